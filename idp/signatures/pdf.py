"""Signatures in PDF (ISO 32000-2 section 12.8, PAdES): CMS over the file without the signature's own octets.

Another process reads the file's structure, since a few bytes of PDF can ask for gigabytes; it is believed about
nothing but what the signature fields are and what was changed after each. Which octets were signed is read here.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from idp.signatures import cms, contained
from idp.signatures.found import MAX_SIGNATURES, Coverage, Fault, Found, Unreadable, require_few

_SUBFILTERS = {"/adbe.pkcs7.detached", "/ETSI.CAdES.detached"}
_COVERAGES = {"entire": Coverage.WHOLE, "signed_again": Coverage.WHOLE_THEN_SIGNED}
_MOMENT = re.compile(r"D:(\d{14})(?:Z(?:00'?00'?)?|([+-])(\d{2})'?(\d{2})'?)")


def read(document: bytes) -> list[Found]:
    """Every signature of a PDF. Raises Unreadable, TooMuch, and `contained.Busy`."""
    if not document.startswith(b"%PDF-"):
        raise Unreadable("not a PDF from its first octet on")
    signatures = contained.structure(document)
    require_few(signatures, MAX_SIGNATURES, "signatures")
    if not signatures:
        raise Unreadable("no signature")
    return [_found(document, one) for one in signatures]


def _found(document: bytes, said: Mapping[str, object]) -> Found:
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
    """The DER at the beginning, behind which there are zeros alone; None for anything else."""
    if len(padded) < 6 or padded[0] != 0x30:
        return None
    octets = padded[1] & 0x7F if padded[1] & 0x80 else 0
    if not 0 < octets <= 4:
        return None
    end = 2 + octets + int.from_bytes(padded[2 : 2 + octets])
    return padded[:end] if end <= len(padded) and not padded[end:].strip(b"\0") else None


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
