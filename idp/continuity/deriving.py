"""Many numbers at once, of any generation and sector, with one question to the key's custody."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import ppid
from connectors.ports import Keys


@dataclass(frozen=True, slots=True)
class Wanted:
    """The inputs of a number: whose, in which sector, and how often the person has begun anew there."""

    sector_id: str
    handle: bytes = field(repr=False)
    generation: int


class _Answered:
    """The answers of one question, as a Mac."""

    def __init__(self, keys: Keys, tenant_id: str, key_version: int, messages: Sequence[bytes]) -> None:
        tags = keys.hmac_sha256_many(tenant_id, key_version, messages)
        self._tags = dict(zip(messages, tags, strict=True))

    def hmac_sha256(self, tenant_id: str, key_version: int, message: bytes) -> bytes:
        """See ppid.Mac."""
        del tenant_id, key_version  # of the one question
        return self._tags[message]


def derive_all(keys: Keys, *, tenant_id: str, key_version: int, wanted: Sequence[Wanted]) -> list[str]:
    """The numbers, in order. Raises what the custody raises, and the library's refusals."""
    messages = [
        ppid.message(tenant_id=tenant_id, sector_id=one.sector_id, handle=one.handle, generation=one.generation)
        for one in wanted
    ]
    answered = _Answered(keys, tenant_id, key_version, messages)
    return [
        ppid.derive(
            answered,
            tenant_id=tenant_id,
            sector_id=one.sector_id,
            handle=one.handle,
            key_version=key_version,
            generation=one.generation,
        )
        for one in wanted
    ]
