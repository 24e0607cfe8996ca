"""The index file: one page of facts about the list, then its tables, in the byte order of the machine.

    magic, SHA-256 of the facts, their length, the facts as JSON, zeros up to HEADER_BYTES
    six columns, each at a multiple of eight bytes: narrow directory, narrow keys,
    wide directory, wide low / middle / high words, wide ranks

What a directory holds is told in `directory.py`.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np

from idp.jpki.crl_refused import CrlReason, CrlRefused
from idp.store.crl_index.directory import Step

MAGIC = b"IDPCRL1\n"
HEADER_BYTES = 32 * 1024
"""Room for the two names (at most 4 KiB each, written in hexadecimal) and everything else."""
_FACTS_AT = len(MAGIC) + 32 + 4
COLUMNS = ("narrow_directory", "narrow", "wide_directory", "low", "middle", "high", "rank")
ITEM_BYTES = {"narrow_directory": 4, "narrow": 8, "wide_directory": 4, "low": 8, "middle": 8, "high": 4, "rank": 1}


BLOCK_ITEMS = 256 * 1024
"""Columns are written, and summed, in blocks of so many items."""


class Sums:
    """A checksum of columns against damage, not against forgery: any one changed octet changes it.

    The sum of the 64-bit words of every block, at the speed of memory.
    """

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, block: memoryview) -> None:
        """Take in a block of a column."""
        octets = block.cast("B")
        whole = len(octets) // 8 * 8
        words = np.frombuffer(octets[:whole], dtype=np.uint64)
        self._digest.update(int(words.sum(dtype=np.uint64)).to_bytes(8, "big") + bytes(octets[whole:]))

    def digest(self) -> bytes:
        """SHA-256 of all the sums."""
        return self._digest.digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of the list behind an index. `anchor`: SHA-256 of the SubjectPublicKeyInfo that verified it.

    `digest`: SHA-256 of its TBSCertList, which is what was signed. `counts`: items per column. `sums`: of the
    columns as written.
    """

    issuer_key_id: bytes
    issuer: bytes
    anchor: bytes
    point: bytes | None
    shard: str
    crl_number: int | None
    this_update: datetime
    next_update: datetime
    digest: bytes
    source_bytes: int
    loaded_at: datetime
    narrow_steps: list[Step | None]
    wide_steps: list[Step | None]
    counts: dict[str, int]
    sums: bytes

    @property
    def entries(self) -> int:
        """How many entries the list has."""
        return self.counts["narrow"] + self.counts["low"]

    def offsets(self) -> dict[str, int]:
        """Where each column begins; `end` is the length of the file."""
        places, at = {}, HEADER_BYTES
        for name in COLUMNS:
            places[name] = at
            at += -(-self.counts[name] * ITEM_BYTES[name] // 8) * 8
        return places | {"end": at}


def encode(facts: Facts) -> bytes:
    """The first HEADER_BYTES of the file."""
    plain = {name: _plain(value) for name, value in asdict(facts).items()}
    text = json.dumps(plain, sort_keys=True).encode()
    head = MAGIC + hashlib.sha256(text).digest() + len(text).to_bytes(4, "big") + text
    return head.ljust(HEADER_BYTES, b"\0")


def decode(head: bytes) -> Facts:
    """Read the facts back. Raises CrlRefused with DAMAGED for anything but what `encode` wrote."""
    size = int.from_bytes(head[_FACTS_AT - 4 : _FACTS_AT], "big")
    text = head[_FACTS_AT : _FACTS_AT + size]
    if head[: len(MAGIC)] != MAGIC or hashlib.sha256(text).digest() != head[len(MAGIC) : _FACTS_AT - 4]:
        raise CrlRefused(CrlReason.DAMAGED, "not an index of this version, or a damaged one")
    plain: dict[str, Any] = json.loads(text)
    octets = {name: bytes.fromhex(plain[name]) for name in ("issuer_key_id", "issuer", "anchor", "digest", "sums")}
    moments = {name: datetime.fromisoformat(plain[name]) for name in ("this_update", "next_update", "loaded_at")}
    point = None if plain["point"] is None else bytes.fromhex(plain["point"])
    steps = {
        name: [None if step is None else (step[0], step[1]) for step in plain[name]]
        for name in ("narrow_steps", "wide_steps")
    }
    return Facts(**plain | octets | moments | steps | {"point": point})


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if isinstance(value, datetime) else value
