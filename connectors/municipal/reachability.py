"""Whether a service's own address answers at all: asked by HEAD, which changes nothing there."""

from collections.abc import Sequence

from connectors.http import Redirected
from connectors.municipal import addresses
from connectors.municipal.documents import CONNECT_SECONDS, MAX_BYTES, READ_SECONDS, SECONDS
from connectors.municipal.guarded import Guarded
from connectors.ports import Reachability


class Knock(Reachability):
    """Addresses over HTTP. `networks`: private ones where services live; `ca_file`: who vouches for them."""

    def __init__(self, networks: Sequence[addresses.Network] = (), *, ca_file: str | None = None) -> None:
        self._guarded = Guarded(
            networks=tuple(networks),
            ca_file=ca_file,
            connect_seconds=CONNECT_SECONDS,
            read_seconds=READ_SECONDS,
            max_bytes=MAX_BYTES,
        )

    def knock(self, uri: str, *, sandbox: bool) -> None:
        """See Reachability."""
        try:
            self._guarded.send("HEAD", uri, {"Accept": "*/*"}, sandbox=sandbox, seconds=SECONDS)
        except Redirected:
            return  # somebody is there, and says where to go on
