"""One delivery to a service's own server: guarded, over a connection of its own, without hurry."""

from collections.abc import Mapping, Sequence
from functools import partial
from urllib.parse import SplitResult, urlsplit

from connectors.errors import Refused
from connectors.http import Answer, Outbound
from connectors.municipal import addresses

CONNECT_SECONDS = 3.0
"""Nobody waits for a delivery: a municipality's server may take its time."""
READ_SECONDS = 10.0
MAX_BYTES = 16 * 1024
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Delivery:
    """Posts to registered endpoints.

    `networks`: private ones where services live; `ca_file`: who vouches for their servers.
    """

    def __init__(self, networks: Sequence[addresses.Network] = (), *, ca_file: str | None = None) -> None:
        self._networks = tuple(networks)
        self._ca_file = ca_file

    def post(self, endpoint: str, body: bytes, headers: Mapping[str, str], *, sandbox: bool) -> Answer:
        """Send one body. Every delivery makes its own connection: none tells which belong together.

        Raises Refused for an endpoint that may not be reached, Unreachable, and Garbled for a redirect.
        """
        parts = _allowed(endpoint, sandbox=sandbox)
        outbound = Outbound(
            [f"{parts.scheme}://{parts.netloc}"],
            connect_seconds=CONNECT_SECONDS,
            read_seconds=READ_SECONDS,
            max_bytes=MAX_BYTES,
            ca_file=self._ca_file,
            resolve=partial(addresses.resolve, networks=self._networks, loopback=sandbox),
        )
        sent = {**headers, "Connection": "close", "User-Agent": "ppid-idp"}
        try:
            return outbound.send("POST", endpoint, body=body, headers=sent)
        finally:
            outbound.close()


def _allowed(endpoint: str, *, sandbox: bool) -> SplitResult:
    """The endpoint's parts. Raises Refused unless it is https, or http on loopback for a sandbox tenant."""
    try:
        parts = urlsplit(endpoint)
        well_formed = parts.port is None or parts.port > 0
    except ValueError:
        raise Refused("an endpoint of a service does not parse") from None
    plain = sandbox and parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not (well_formed and parts.hostname and "@" not in parts.netloc and (plain or parts.scheme == "https")):
        raise Refused("an endpoint of a service is https, without user")
    return parts
