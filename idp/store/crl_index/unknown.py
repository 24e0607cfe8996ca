"""Lists of issuers that nobody trusts here: remembered, so that a new generation of a CA is noticed.

What stands in this file was read from unverified lists. It decides nothing.
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from idp.jpki.crl_refused import CrlReason, CrlRefused, UnknownIssuer
from idp.store.crl_index.writing import fsync_directory

_FILE = "unknown-issuers.json"
_MAX = 100
"""Whoever can offer lists can fill the file, but no further; the oldest go first."""


@dataclass(frozen=True, slots=True)
class UnknownList:
    """An issuer by its own, unverified words: key identifier (or nothing) and DER Name; when last offered."""

    key_id: bytes
    name: bytes
    offered_at: datetime


def read(directory: Path) -> list[UnknownList]:
    """All that is remembered, the latest first. Raises CrlRefused with DAMAGED for a file that is not ours."""
    try:
        rows = json.loads((directory / _FILE).read_text(encoding="utf-8"))
        return [
            UnknownList(bytes.fromhex(key_id), bytes.fromhex(name), datetime.fromisoformat(at))
            for key_id, name, at in rows
        ]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        raise CrlRefused(CrlReason.DAMAGED, "the file of unknown issuers cannot be read") from error


def remember(directory: Path, refused: UnknownIssuer, now: datetime) -> None:
    """Put an issuer first. The caller holds the folder's lock. Raises CrlRefused with STORAGE.

    A file that cannot be read is begun anew: it decides nothing, and must not keep us from noticing what comes.
    """
    new = UnknownList(refused.unverified_key_id, refused.unverified_name, now)
    known_so_far: list[UnknownList] = []
    with suppress(CrlRefused):
        known_so_far = read(directory)
    others = [known for known in known_so_far if (known.key_id, known.name) != (new.key_id, new.name)]
    rows = [
        (known.key_id.hex(), known.name.hex(), known.offered_at.isoformat()) for known in [new, *others][:_MAX]
    ]
    temporary = directory / (_FILE + ".tmp")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(json.dumps(rows))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(directory / _FILE)
        fsync_directory(directory)
    except OSError as error:
        raise CrlRefused(CrlReason.STORAGE, f"unknown issuers cannot be kept: {error.strerror}") from error
