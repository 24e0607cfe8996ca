"""`/livez` and `/readyz` on the management listener: a UNIX socket of the supervisor, never published."""

import json
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

Check = Callable[[], object]
Note = Callable[[], Mapping[str, Any]]
_PATHS = {"/livez": ("worker",), "/readyz": None, "/healthz": None}


def health_application(
    checks: Mapping[str, Check], notes: Mapping[str, Note] = MappingProxyType({})
) -> Callable[..., Iterable[bytes]]:
    """A WSGI application over named checks; a check that raises has failed.

    `/livez` asks `worker` alone, `/readyz` (also as `/healthz`) asks all: 200 or 503 with one line per check. The
    answer names the failed check and the error's type, no more. Notes are told beside them and fail nothing.
    """

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path not in _PATHS:
            start_response("404 Not Found", [("Content-Length", "0")])
            return [b""]
        names = _PATHS[path] or tuple(checks)
        results = {name: _outcome(checks[name]) for name in names}
        healthy = all(result == "ok" for result in results.values())
        told = {name: _told(note) for name, note in notes.items()} if path != "/livez" else {}
        answer = {"status": "ok" if healthy else "failing", "checks": results} | ({"notes": told} if told else {})
        body = json.dumps(answer).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response("200 OK" if healthy else "503 Service Unavailable", headers)
        return [body]

    return application


def _told(note: Note) -> Mapping[str, Any]:
    try:
        return note()
    except Exception as error:  # noqa: BLE001 - a note that cannot be taken is none
        return {"error": type(error).__name__}


def _outcome(check: Check) -> str:
    try:
        check()
    except Exception as error:  # noqa: BLE001 - whatever a check dies of, it has failed
        return type(error).__name__
    return "ok"
