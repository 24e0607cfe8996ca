"""Serving the two screens on loopback, to this computer's own browser and nobody else."""

from collections.abc import Callable

from werkzeug.serving import WSGIRequestHandler, make_server

from connectors.card.counter.desk import Desk
from connectors.card.counter.screens.application import Screens

HOST = "127.0.0.1"


class _Quiet(WSGIRequestHandler):
    """Logs nothing: the addresses are secrets."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """See WSGIRequestHandler."""


def serve(desk: Desk, port: int, *, staff: str, resident: str, tell: Callable[[dict[str, str]], None]) -> None:
    """Serve until interrupted. `tell` is given both addresses once they answer. Raises OSError."""
    screens = Screens(desk=desk, staff=staff, resident=resident)
    server = make_server(HOST, port, screens, threaded=True, request_handler=_Quiet)
    base = f"http://{HOST}:{server.server_port}"
    tell({"staff": f"{base}/staff/{staff}", "resident": f"{base}/resident/{resident}"})
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return
    finally:
        server.server_close()
