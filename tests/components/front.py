"""A front before a server on a loopback port: it passes requests on, and writes down what a proxy could log."""

import http.client
from collections.abc import Iterable
from typing import Any

_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "date", "server"}


class Front:
    """A WSGI application. `seen`: request line, Referer and Location of every request, one text each."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.seen: list[str] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Pass one request on. A server that is not there gives 502."""
        target = environ["PATH_INFO"] + (f"?{query}" if (query := environ.get("QUERY_STRING")) else "")
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(environ["REQUEST_METHOD"], target, body, _headers(environ))
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            start_response("502 Bad Gateway", [])
            return [b""]
        finally:
            connection.close()
        self._note(environ, target, answer.getheader("Location", ""))
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP]
        start_response(f"{answer.status} {answer.reason}", kept)
        return [content]

    def _note(self, environ: dict[str, Any], target: str, location: str) -> None:
        self.seen += [f"{environ['REQUEST_METHOD']} {target}", environ.get("HTTP_REFERER", ""), location]


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").title(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    if kind := environ.get("CONTENT_TYPE"):
        headers["Content-Type"] = kind
    return headers
