"""The sandbox listens on loopback, yet any web page may send a browser there: it answers to its own names only."""

from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Request

_OWN = frozenset({"localhost", "127.0.0.1", "[::1]"})


def require_own_host(request: Request) -> None:
    """Refuse a request to another host name (DNS rebinding) and one that a page of another site sends.

    Raises Forbidden. A navigation by link, which the tray is reached by, is not sent by a page's script or form.
    """
    if request.host.rpartition(":")[0] not in _OWN and request.host not in _OWN:
        raise Forbidden
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise Forbidden
