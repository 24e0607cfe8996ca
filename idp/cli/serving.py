"""Running the server: granian's workers, the management listener beside them, one process per embedded store."""

import fcntl
import multiprocessing
import os
import signal
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Thread
from types import MappingProxyType
from typing import IO, Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import MPServer
from werkzeug.serving import WSGIRequestHandler, make_server

from idp.cli.output import CommandFailed, Exit
from idp.health import Check, Note, health_application
from idp.settings import PREFIX, Settings

END = (signal.SIGINT, signal.SIGTERM)
"""What ends a server or a worker."""
_STOP_SECONDS = 5
"""How long a worker may take to finish its requests when the server ends."""


def run(
    settings: Settings,
    environment: Mapping[str, str],
    checks: Mapping[str, Check],
    notes: Mapping[str, Note] = MappingProxyType({}),
) -> None:
    """Serve until SIGINT or SIGTERM. The workers read their settings from `environment`."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    os.environ.update({name: value for name, value in environment.items() if name.startswith(PREFIX)})
    if settings.management_socket is not None:
        worker = worker_check(settings)
        start_management(settings.management_socket, health_application({"worker": worker, **checks}, notes))
    multiprocessing.set_start_method("spawn", force=True)  # a fork would inherit open databases and their locks
    _Server(
        "idp.wsgi:app",
        address=settings.bind_address,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.threads,
        workers_kill_timeout=_STOP_SECONDS,
        log_access=False,
        log_level=LogLevels.warning,
    ).serve()


class _Server(MPServer):
    """Granian, which hears the first signal alone."""

    def signal_handler_interrupt(self, *arguments: Any, **more: Any) -> None:
        """End; how long that takes is bounded by `workers_kill_timeout`."""
        ignore_further_signals()
        super().signal_handler_interrupt(*arguments, **more)  # type: ignore[no-untyped-call]


def ignore_further_signals() -> None:
    """For a handler of `END` that sets an event: were it called again meanwhile, it would wait for its lock."""
    for number in END:
        signal.signal(number, signal.SIG_IGN)


def worker_check(settings: Settings) -> Check:
    """Whether a worker answers at all: an unknown host is its quickest answer."""
    url = f"http://{settings.bind_address}:{settings.port}/livez"

    def check() -> None:
        try:
            urllib.request.urlopen(urllib.request.Request(url, headers={"Host": "healthcheck"}), timeout=2)
        except urllib.error.HTTPError as answer:
            answer.close()

    return check


def start_management(path: Path, application: Callable[..., Any]) -> None:
    """Serve the management listener on a UNIX socket for the owner alone, in a daemon thread."""
    path.unlink(missing_ok=True)
    before = os.umask(0o177)
    try:
        server = make_server(f"unix://{path}", 0, application, threaded=True, request_handler=Quiet)
    finally:
        os.umask(before)
    Thread(target=server.serve_forever, name="idp-management", daemon=True).start()


def start_thread_server(port: int, application: Callable[..., Any]) -> None:
    """Serve an application of the sandbox on 127.0.0.1, in daemon threads of this process."""
    server = make_server("127.0.0.1", port, application, threaded=True, request_handler=Quiet)
    Thread(target=server.serve_forever, name=f"sandbox-{port}", daemon=True).start()


class Quiet(WSGIRequestHandler):
    """Logs nothing: paths of the sandbox carry handles."""

    def log(self, type: str, message: str, *arguments: Any) -> None:  # noqa: A002 - werkzeug's name
        """See WSGIRequestHandler."""


def lock(path: Path, advice: str = "take another folder") -> IO[str]:
    """Hold the lock of an embedded store while the returned file is open.

    Raises CommandFailed when another process holds it, with `advice` beside ending that one.
    """
    held = path.open("w", encoding="utf-8")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.close()
        raise CommandFailed(
            f"another process serves {path.parent} already: end it, or {advice}", Exit.REFUSED
        ) from error
    return held
