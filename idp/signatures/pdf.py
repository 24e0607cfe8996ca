"""Signatures in PDF (ISO 32000-2 section 12.8, PAdES): CMS over the file without the signature's own octets.

Another process reads the file's structure, since a few bytes of PDF can ask for gigabytes; it is believed about
nothing but what the signature fields are and what was changed after each. Which octets were signed is read here.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from asn1crypto import parser

from idp.signatures import cms, contained
from idp.signatures.found import (
    MAX_SIGNATURES,
    MAX_TOKENS,
    Coverage,
    Enclosed,
    Fault,
    Found,
    Token,
    Unreadable,
    require_few,
)

_SEQUENCE = 0x30
_STORE = ("certificates", "lists", "answers")
_STAMP = "/ETSI.RFC3161"
_SUBFILTERS = {"/adbe.pkcs7.detached", "/ETSI.CAdES.detached"}
_COVERAGES = {"entire": Coverage.WHOLE, "signed_again": Coverage.WHOLE_THEN_SIGNED}
_MOMENT = re.compile(r"D:(\d{14})(?:Z(?:00'?00'?)?|([+-])(\d{2})'?(\d{2})'?)")


def read(document: bytes) -> list[Found]:
    """Every signature of a PDF. Raises Unreadable, TooMuch, and `contained.Busy`."""
    if not document.startswith(b"%PDF-"):
        raise Unreadable("not a PDF from its first octet on")
    said = contained.structure(document)
    require_few(said["signatures"], MAX_SIGNATURES, "signatures")
    require_few(said["stamps"], MAX_TOKENS, "time stamps")
    if not said["signatures"]:
        raise Unreadable("no signature")
    stamps = [stamp for one in said["stamps"] if (stamp := _stamp(document, one)) is not None]
    certificates, lists, answers = (tuple(map(base64.b64decode, said[name])) for name in _STORE)
    return [
        _with_more(
            _found(document, one),
            certificates,
            [stamp.token for stamp in stamps if stamp.covers(one["byte_range"])],
            Enclosed(lists, answers),
        )
        for one in said["signatures"]
    ]


def _with_more(found: Found, pool: Sequence[bytes], tokens: Sequence[Token], enclosed: Enclosed) -> Found:
    """With what stands elsewhere in the file."""
    return replace(
        found,
        pool=(*found.pool, *pool),
        tokens=(*found.tokens, *tokens),
        enclosed=found.enclosed + enclosed,
    )


@dataclass(frozen=True, slots=True)
class _Stamp:
    """A time stamp of the document (ISO 32000-2 section 12.8.5): of all octets before `begin`, and more."""

    begin: int
    token: Token

    def covers(self, byte_range: Sequence[int]) -> bool:
        """Whether a signature of that range stood there as a whole when the stamp was made."""
        return len(byte_range) == 4 and byte_range[2] + byte_range[3] <= self.begin


def _stamp(document: bytes, said: Mapping[str, Any]) -> _Stamp | None:
    """None for what is no stamp in the one form that there is, or says a range that is none."""
    cut = _cut(document, said["byte_range"]) if said["subfilter"] == _STAMP else None
    return None if cut is None else _Stamp(said["byte_range"][1], Token(*cut))


def _found(document: bytes, said: Mapping[str, Any]) -> Found:
    if said["subfilter"] not in _SUBFILTERS:
        return Found(fault=Fault.ALGORITHM_REFUSED)
    cut = _cut(document, said["byte_range"])
    if cut is None:
        return Found(fault=Fault.NOT_COVERED, coverage=Coverage.PART)
    token, content = cut
    found = cms.read(token, content)
    if len(found) != 1:
        raise Unreadable("one signature in each field")
    change = _change(str(said["coverage"]))
    coverage = _COVERAGES.get(str(said["coverage"]), Coverage.PART)
    claimed = found[0].claimed_at or _moment(str(said["moment"]))
    return replace(found[0], fault=found[0].fault or change, coverage=coverage, claimed_at=claimed)


def _change(coverage: str) -> Fault | None:
    if coverage == "changed":
        return Fault.CHANGED_AFTER_SIGNING
    return None if coverage in _COVERAGES else Fault.NOT_COVERED


def _cut(document: bytes, byte_range: object) -> tuple[bytes, bytes] | None:
    """The CMS and the octets that it signs: all of them up to some place but for its own hexadecimal string."""
    if not isinstance(byte_range, Sequence) or not all(isinstance(one, int) for one in byte_range):
        return None
    if len(byte_range) != 4 or byte_range[0] != 0 or not _rises(byte_range, len(document)):
        return None
    _, first, second, length = byte_range
    gap = document[first:second]
    if not re.fullmatch(rb"<(?:[0-9A-Fa-f]{2})+>", gap):
        return None
    token = _whole(bytes.fromhex(gap[1:-1].decode("ascii")))
    return None if token is None else (token, document[:first] + document[second : second + length])


def _rises(byte_range: Sequence[int], size: int) -> bool:
    places = (0, byte_range[1], byte_range[2], byte_range[2] + byte_range[3], size)
    return all(before <= after for before, after in pairwise(places))


def _whole(padded: bytes) -> bytes | None:
    """The element at the beginning, behind which there are zeros alone; None for anything else.

    DER by the standard; what NSS writes, and with it Poppler, is BER.
    """
    try:
        end = parser.peek(padded)
    except cms.BROKEN:
        return None
    return padded[:end] if padded[0] == _SEQUENCE and not padded[end:].strip(b"\0") else None


def _moment(text: str) -> datetime | None:
    """The time of a signature dictionary (section 7.9.4), where it says its distance from UTC."""
    said = _MOMENT.fullmatch(text)
    if said is None:
        return None
    digits, sign, hours, minutes = said.groups()
    try:
        moment = datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        ahead = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
        return moment + ahead if sign == "-" else moment - ahead
    except (ValueError, OverflowError):
        return None
