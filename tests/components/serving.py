"""A WSGI application of a test on a loopback port."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def served(application: Callable[..., Any]) -> Iterator[str]:
    """Serve it for the length of a block; yields `http://127.0.0.1:port`."""
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def behind_proxy(application: Callable[..., Any], host: str) -> Callable[..., Any]:
    """The application as a proxy shows it: whatever the port, requests come for `host`."""

    def proxied(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        return application(environ | {"HTTP_HOST": host}, start_response)

    return proxied
