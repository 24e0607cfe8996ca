"""Deriving for many people of one sector at once: the same numbers as one by one, in a fraction of the time.

For a whole town's handles, all of generation 0, never for a login; a migration, whose people may have begun anew,
goes through `idp/continuity/deriving.py`. Numbers come out in the order in which handles go in; memory holds one
chunk.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

import ppid
from connectors.ports import Keys
from idp.custody.progress import Progress, silent
from ppid.derive import HANDLE_BYTES
from ppid.encoding import encode_tag

CHUNK = 10_000
"""Handles in memory at once; the custody cuts them into batches of the size that it takes."""


def derive_many(
    keys: Keys,
    *,
    tenant_id: str,
    sector_id: str,
    handles: Iterable[bytes],
    key_version: int,
    total: int = 0,
    progress: Progress = silent,
) -> Iterator[str]:
    """The PPID of each handle, generation 0. `total`: how many there are, for the progress.

    Raises what `ppid.message` raises for a handle that is none, and the custody's errors.
    """
    remaining, done = iter(handles), 0
    while chunk := list(islice(remaining, CHUNK)):
        messages = _messages(tenant_id, sector_id, chunk)
        yield from map(encode_tag, keys.hmac_sha256_many(tenant_id, key_version, messages))
        done += len(chunk)
        progress("numbers", done, max(done, total))


def _messages(tenant_id: str, sector_id: str, handles: list[bytes]) -> list[bytes]:
    """The message of each handle. They differ in their ends alone, so the rest is made and checked once."""
    head = ppid.message(tenant_id=tenant_id, sector_id=sector_id, handle=bytes(HANDLE_BYTES))[:-HANDLE_BYTES]
    if not all(type(handle) is bytes and len(handle) == HANDLE_BYTES for handle in handles):
        raise ppid.HandleRefused(f"a handle is not {HANDLE_BYTES} bytes")
    return [head + handle for handle in handles]
