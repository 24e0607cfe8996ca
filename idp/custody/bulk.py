"""Many computations of a tenant's PPID key at once: the answers of one by one, in a fraction of the time.

The only way in bulk: a migration derives here, and known answers are asked for here (`tests/rules`). Answers come
out in the order in which the questions go in; memory holds one chunk.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import ppid
from connectors.ports import Keys
from idp.custody.progress import Progress, silent
from ppid.derive import HANDLE_BYTES
from ppid.encoding import encode_tag

CHUNK = 10_000
"""Questions in memory at once; the custody cuts them into batches of the size that it takes."""
_GENERATION_BYTES = 8
"""A generation at the end of a message, with its length; the first one leaves it out."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The inputs of a number: whose, in which sector, and how often the person has begun anew there."""

    sector_id: str
    handle: bytes = field(repr=False)
    generation: int = 0


def derive_many(
    keys: Keys,
    *,
    tenant_id: str,
    key_version: int,
    wanted: Iterable[Wanted],
    total: int = 0,
    progress: Progress = silent,
) -> Iterator[str]:
    """The PPID of each. `total`: how many there are, for the progress.

    Raises what `ppid.message` raises for inputs that are none, and the custody's errors.
    """
    remaining, frames, done = iter(wanted), _Frames(tenant_id), 0
    while chunk := list(islice(remaining, CHUNK)):
        yield from map(encode_tag, tags(keys, tenant_id, key_version, list(map(frames.message, chunk))))
        done += len(chunk)
        progress("numbers", done, max(done, total))


def tags(keys: Keys, tenant_id: str, key_version: int, messages: Sequence[bytes]) -> list[bytes]:
    """HMAC-SHA-256 of every message under that version of the tenant's PPID key. Raises the custody's errors."""
    return keys.hmac_sha256_many(tenant_id, key_version, messages)


class _Frames:
    """Messages of one tenant. Of one sector and generation they differ in the handle: the rest is made once."""

    def __init__(self, tenant_id: str) -> None:
        self._tenant_id = tenant_id
        self._made: dict[tuple[str, int], tuple[bytes, bytes]] = {}

    def message(self, of: Wanted) -> bytes:
        """What `ppid.message` gives for the same inputs, and what it raises."""
        handle = of.handle
        if type(handle) is not bytes or len(handle) != HANDLE_BYTES:
            raise ppid.HandleRefused(f"handle is not {HANDLE_BYTES} bytes")
        frame = self._made.get((of.sector_id, of.generation))
        head, tail = self._frame(of.sector_id, of.generation) if frame is None else frame
        return head + handle + tail

    def _frame(self, sector_id: str, generation: int) -> tuple[bytes, bytes]:
        whole = ppid.message(
            tenant_id=self._tenant_id, sector_id=sector_id, handle=bytes(HANDLE_BYTES), generation=generation
        )
        end = len(whole) - (_GENERATION_BYTES if generation else 0)
        frame = self._made[sector_id, generation] = whole[: end - HANDLE_BYTES], whole[end:]
        return frame
