"""One record of a collector, and its JSON inside the encrypted line."""

import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.ports import CertificateKind
from idp.revocation.serials import Named, SerialRefused, read_key_id, read_serial

PLACE_CHARACTERS = 200
_TIME = re.compile(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}Z")
_INVISIBLE = ("Cc", "Cf", "Zl", "Zp", "Cs")


class RecordRefused(ValueError):
    """A record that does not have the form; the sentence repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class Collected:
    """Whose certificate was seen, when and where. `place`: free text of at most 200 characters."""

    named: Named
    at: datetime
    place: str


@dataclass(frozen=True, slots=True)
class Total:
    """How many records a file had when this was written: shows that its last lines are missing."""

    records: int


def require_place(text: str) -> str:
    """The place, without space around it. Raises RecordRefused."""
    place = text.strip()
    if not place or len(place) > PLACE_CHARACTERS:
        raise RecordRefused(f"a place has 1 to {PLACE_CHARACTERS} characters")
    if any(unicodedata.category(character) in _INVISIBLE for character in place):
        raise RecordRefused("a place holds a control or direction character")
    return place


def write(record: Collected | Total) -> bytes:
    """The JSON of a record; times in whole seconds, UTC."""
    if isinstance(record, Total):
        return json.dumps({"total": record.records}).encode()
    key_id = record.named.issuer_key_id
    members = {
        "kind": record.named.kind,
        "serial": f"{record.named.serial:x}",
        "issuer_key_id": None if key_id is None else key_id.hex(),
        "at": record.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "place": record.place,
    }
    return json.dumps(members, ensure_ascii=False).encode()


def read(unverified: bytes) -> Collected | Total:
    """Undo `write`. Raises RecordRefused: whoever has the public key can encrypt anything."""
    try:
        members = json.loads(unverified)
        if "total" in members:
            return _total(members["total"])
        named = Named(
            CertificateKind(members["kind"]),
            read_serial(members["serial"]),
            read_key_id(members["issuer_key_id"] or ""),
        )
        return Collected(named, _time(members["at"]), require_place(members["place"]))
    except RecordRefused:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, SerialRefused) as error:
        raise RecordRefused("not a record of a collector") from error


def _time(unverified: str) -> datetime:
    if not _TIME.fullmatch(unverified):
        raise RecordRefused("not a time")
    return datetime.fromisoformat(unverified)


def _total(unverified: Any) -> Total:
    if type(unverified) is not int or not 0 <= unverified < 1 << 53:
        raise RecordRefused("not a number of records")
    return Total(unverified)
