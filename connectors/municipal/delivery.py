"""One delivery to a service's own server: guarded, without hurry."""

from collections.abc import Mapping, Sequence

from connectors.http import Answer
from connectors.municipal import addresses
from connectors.municipal.guarded import Guarded

CONNECT_SECONDS = 3.0
"""Nobody waits for a delivery: a municipality's server may take its time."""
READ_SECONDS = 10.0
MAX_BYTES = 16 * 1024


class Delivery:
    """Posts to registered endpoints.

    `networks`: private ones where services live; `ca_file`: who vouches for their servers.
    """

    def __init__(self, networks: Sequence[addresses.Network] = (), *, ca_file: str | None = None) -> None:
        self._guarded = Guarded(
            networks=tuple(networks),
            ca_file=ca_file,
            connect_seconds=CONNECT_SECONDS,
            read_seconds=READ_SECONDS,
            max_bytes=MAX_BYTES,
        )

    def post(self, endpoint: str, body: bytes, headers: Mapping[str, str], *, sandbox: bool) -> Answer:
        """Send one body. Every delivery makes its own connection: none tells which belong together.

        Raises Refused for an endpoint that may not be reached, Unreachable, and Garbled for a redirect.
        """
        return self._guarded.send("POST", endpoint, headers, sandbox=sandbox, body=body)
