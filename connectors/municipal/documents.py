"""Fetching what a service publishes and somebody waits for: guarded, and in a hurry."""

from collections.abc import Sequence

from connectors.errors import Garbled
from connectors.municipal import addresses
from connectors.municipal.guarded import Guarded

CONNECT_SECONDS = 1.0
READ_SECONDS = 2.0
SECONDS = 3.0
"""The whole fetch: a service, and behind it a resident, is waiting."""
MAX_BYTES = 64 * 1024


class DocumentFetch:
    """Documents over HTTP. `networks`: private ones where services live; `ca_file`: who vouches for them."""

    accepts = "*/*"
    """Media types of such documents."""

    def __init__(self, networks: Sequence[addresses.Network] = (), *, ca_file: str | None = None) -> None:
        self._guarded = Guarded(
            networks=tuple(networks),
            ca_file=ca_file,
            connect_seconds=CONNECT_SECONDS,
            read_seconds=READ_SECONDS,
            max_bytes=MAX_BYTES,
        )

    def fetch(self, uri: str, *, sandbox: bool) -> bytes:
        """The document at `uri`. Raises as `Guarded.send`, and Garbled for any status but 200."""
        headers = {"Accept": self.accepts}
        answer = self._guarded.send("GET", uri, headers, sandbox=sandbox, seconds=SECONDS)
        if answer.status != 200:
            raise Garbled(f"the service answered {answer.status} instead of the document")
        return answer.body
