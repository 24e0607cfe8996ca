"""Telling the services' back channels that a session is over (OpenID Connect Back-Channel Logout 1.0)."""

from collections.abc import Sequence
from urllib.parse import urlencode

from connectors.municipal import addresses
from connectors.municipal.delivery import Delivery
from connectors.ports import LogoutReceiver


class LogoutPush(LogoutReceiver):
    """Back channels over HTTP. `networks`: private ones where services live; `ca_file`: who vouches for them."""

    def __init__(self, networks: Sequence[addresses.Network] = (), *, ca_file: str | None = None) -> None:
        self._delivery = Delivery(networks, ca_file=ca_file)

    def tell(self, uri: str, token: bytes, *, sandbox: bool) -> int:
        """See LogoutReceiver; section 2.5. What a service writes beside its status is not kept."""
        body = urlencode({"logout_token": token.decode("ascii")}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "*/*"}
        return self._delivery.post(uri, body, headers, sandbox=sandbox).status
