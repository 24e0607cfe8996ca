"""The Basic 4 as a resident's card gave them (EF 0002 of its input-support application), read by the server.

Nobody signed these bytes in a way that can be checked here: what makes them this person's is that the proof
binds them, and that a card read them out after its holder's PIN. The agent has code of its own for the same
layout, `connectors/card/basic4.py`, and is not believed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from idp.errors import Reason, Refusal

MAX_BYTES = 4096
"""The longest name and address that a card holds take about 1.2 KiB."""
_RECORD, _PLACES = b"\xff\x20", 0xDF21
_MEMBERS: Mapping[int, str] = {0xDF22: "name", 0xDF23: "address", 0xDF24: "birth_date", 0xDF25: "gender"}
_FORMS: Mapping[str, re.Pattern[str]] = {
    "name": re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,300}"),
    "address": re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{0,600}"),
    "birth_date": re.compile(r"[0-9]{8}"),
    "gender": re.compile(r"[1239]"),
}
_PADDING = re.compile(rb"[\x00\xff]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class CardAttributes:
    """The four, in Unicode as on the card; without a representation, so that no log can show them.

    `birth_date`: YYYYMMDD in the Gregorian calendar, a part that is unknown in zeros. `gender`: 1 male,
    2 female, 3 and 9 other or unknown. There are no substitute marks, unlike in a signature certificate.
    """

    name: str = field(repr=False)
    address: str = field(repr=False)
    birth_date: str = field(repr=False)
    gender: str = field(repr=False)


def parse_attributes(unverified: bytes) -> CardAttributes:
    """Read EF 0002 in either layout: FF20 at its beginning, or behind two more bytes.

    Checked are: one record and nothing behind it but padding; elements that fill it; each of DF21 to DF25
    once, others passed over; the offsets in DF21 (from the file's or from the record's beginning); UTF-8; the
    forms. Raises Refusal with ATTRIBUTES_INVALID, naming what failed and never what was read.
    """
    if len(unverified) > MAX_BYTES:
        _refuse("size")
    start = next((lead for lead in (0, 2) if unverified[lead : lead + 2] == _RECORD), None)
    if start is None:
        _refuse("layout")
    _, inner, end = _header(unverified, start, len(unverified))
    if not _PADDING.fullmatch(unverified, end):
        _refuse("octets behind the record")
    begins, values = _elements(unverified, inner, end)
    if not values.keys() >= {_PLACES, *_MEMBERS}:
        _refuse("a missing element")
    begin_of_four = [begins[tag] for tag in _MEMBERS]
    told = values[_PLACES]
    if told not in (_table(begin_of_four), _table([begin - start for begin in begin_of_four])):
        _refuse("offsets")
    return CardAttributes(**{member: _text(member, values[tag]) for tag, member in _MEMBERS.items()})


def _elements(content: bytes, at: int, end: int) -> tuple[dict[int, int], dict[int, bytes]]:
    """Where each element begins, and its value, by tag."""
    begins: dict[int, int] = {}
    values: dict[int, bytes] = {}
    while at < end:
        tag, inner, behind = _header(content, at, end)
        if tag in values:
            _refuse("a repeated element")
        begins[tag], values[tag] = at, content[inner:behind]
        at = behind
    return begins, values


def _header(content: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Tag, begin of the value, end of the value. The length may take one octet, or stand behind 81 or 82."""
    inner = at + 3
    if inner > end:
        _refuse("a truncated element")
    length = content[at + 2]
    if length in (0x81, 0x82):
        inner += length - 0x80
        length = int.from_bytes(content[at + 3 : inner])
    elif length > 0x7F:
        _refuse("a length")
    if inner + length > end:
        _refuse("a truncated element")
    return int.from_bytes(content[at : at + 2]), inner, inner + length


def _table(begins: list[int]) -> bytes:
    return b"".join(begin.to_bytes(2) for begin in begins)


def _text(member: str, value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        _refuse("UTF-8")
    if not _FORMS[member].fullmatch(text):
        _refuse(f"the form of {member}")
    return text


def _refuse(what: str) -> NoReturn:
    raise Refusal(Reason.ATTRIBUTES_INVALID, f"attributes: {what}")
