"""Serving the two screens on loopback, to this computer's own browser and nobody else."""

import signal
from collections.abc import Callable

from werkzeug.serving import WSGIRequestHandler, make_server

from connectors.card.counter.desk import Desk
from connectors.card.counter.screens.application import Screens
from connectors.card.counter.windows import CounterBrowser

HOST = "127.0.0.1"


class _Quiet(WSGIRequestHandler):
    """Logs nothing: the addresses are secrets."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """See WSGIRequestHandler."""


def serve(
    desk: Desk, port: int, *, staff: str, resident: str, show: Callable[[dict[str, str]], CounterBrowser | None]
) -> None:
    """Serve until interrupted. `show` is given both addresses once they answer, and may give back a browser.

    Raises OSError, BrowserUnusable.
    """
    screens = Screens(desk=desk, staff=staff, resident=resident)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # both ways of ending it close its browser
    server = make_server(HOST, port, screens, threaded=True, request_handler=_Quiet)
    base = f"http://{HOST}:{server.server_port}"
    browser = show({"staff": f"{base}/staff/{staff}", "resident": f"{base}/resident/{resident}"})
    try:
        if browser is not None:
            screens.renew = browser.renew
            browser.open()
        server.serve_forever()
    except KeyboardInterrupt:
        return
    finally:
        if browser is not None:
            browser.close()
        server.server_close()
