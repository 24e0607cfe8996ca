"""One request to a service's own server: at addresses that may be reached, over a connection of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import SplitResult, urlsplit

from connectors.errors import Refused
from connectors.http import Answer, Outbound
from connectors.municipal import addresses

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """Requests to registered URLs, within their limits of time (seconds) and size.

    `networks`: private ones where services live; `ca_file`: who vouches for their servers, PEM; None for the
    system's authorities.
    """

    networks: Sequence[addresses.Network]
    ca_file: str | None
    connect_seconds: float
    read_seconds: float
    max_bytes: int

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        *,
        sandbox: bool,
        body: bytes | None = None,
        seconds: float | None = None,
    ) -> Answer:
        """Send one request over a connection that nothing else uses: none tells which belong together.

        `seconds`: the most that it may take as a whole. Raises Refused for a URL that may not be reached,
        Unreachable, and Garbled for a redirect and for an answer over the limit.
        """
        parts = _allowed(url, sandbox=sandbox)
        outbound = Outbound(
            [f"{parts.scheme}://{parts.netloc}"],
            connect_seconds=self.connect_seconds,
            read_seconds=self.read_seconds,
            max_bytes=self.max_bytes,
            ca_file=self.ca_file,
            resolve=partial(addresses.resolve, networks=self.networks, loopback=sandbox),
        )
        sent = {**headers, "Connection": "close"}
        try:
            return outbound.send(method, url, body=body, headers=sent, seconds=seconds)
        finally:
            outbound.close()


def _allowed(url: str, *, sandbox: bool) -> SplitResult:
    """The URL's parts. Raises Refused unless it is https, or http on loopback for a sandbox tenant."""
    try:
        parts = urlsplit(url)
        well_formed = parts.port is None or parts.port > 0
    except ValueError:
        raise Refused("a URL of a service does not parse") from None
    plain = sandbox and parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not (well_formed and parts.hostname and "@" not in parts.netloc and (plain or parts.scheme == "https")):
        raise Refused("a URL of a service is https, without user")
    return parts
