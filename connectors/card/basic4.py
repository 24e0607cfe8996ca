"""EF 0002 of the input-support application: name, address, birth date and gender as the card writes them.

Two layouts are in use: the record FF20 at the beginning of the file, or behind two more bytes (cards of 2023).
The server reads the same bytes with code of its own, `idp/jpki/attributes.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from connectors.card.errors import AttributesAltered

MAX_BYTES = 4096
"""Name and address of the longest allowed take about 1.2 KiB."""
HEAD = 8
"""So many bytes hold the two leading ones, the tag and the length of the record."""
RECORD = b"\xff\x20"
_OFFSETS, _NAME, _ADDRESS, _BIRTH, _GENDER = 0xDF21, 0xDF22, 0xDF23, 0xDF24, 0xDF25
_ITEMS = (_NAME, _ADDRESS, _BIRTH, _GENDER)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Basic4:
    """One person's record: no representation, so that no log shows it.

    `birth_date`: 8 digits YYYYMMDD, Gregorian, zeros where a part is unknown; `gender`: 1 male, 2 female, 3 or
    9 other.
    """

    name: str = field(repr=False)
    address: str = field(repr=False)
    birth_date: str = field(repr=False)
    gender: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Element:
    """One data object: `begin` is its tag's place in the file, `content` to `end` its value's."""

    tag: int
    begin: int
    content: int
    end: int


def extent(unverified_head: bytes, record: bytes = RECORD) -> tuple[int, int]:
    """Where a record begins in its file (0 or 2) and where it ends, told from its first `HEAD` bytes.

    Raises AttributesAltered where neither layout fits.
    """
    for begin in (0, 2):
        if unverified_head[begin : begin + 2] == record:
            end = element(unverified_head, begin).end
            if end <= MAX_BYTES:
                return begin, end
    raise AttributesAltered


def element(content: bytes, at: int) -> Element:
    """The data object with a two-byte tag at `at`; lengths also in the forms 81 and 82, even when short.

    Raises AttributesAltered where there is none. Its end is not looked at.
    """
    head = content[at : at + 3]
    if len(head) != 3 or head[2] > 0x82 or head[2] == 0x80:
        raise AttributesAltered
    more = max(0, head[2] - 0x80)
    behind = content[at + 3 : at + 3 + more]
    if len(behind) != more:
        raise AttributesAltered
    length = int.from_bytes(behind) if more else head[2]
    begin = at + 3 + more
    return Element(int.from_bytes(head[:2]), at, begin, begin + length)


def elements(content: bytes, begin: int, end: int) -> Iterator[Element]:
    """The data objects that fill `content[begin:end]` exactly. Raises AttributesAltered where they do not."""
    while begin < end:
        found = element(content, begin)
        if found.end > end:
            raise AttributesAltered
        yield found
        begin = found.end


def items_begin(content: bytes) -> tuple[int, int]:
    """Where DF22 begins and where the record ends: what DF32 is computed over. Raises AttributesAltered."""
    begin, end = extent(content)
    for found in elements(content, element(content, begin).content, end):
        if found.tag == _NAME:
            return found.begin, end
    raise AttributesAltered


def parse(unverified: bytes) -> Basic4:
    """Read the file. Raises AttributesAltered for anything outside the two layouts, always without detail."""
    begin, end = extent(unverified[:HEAD])
    if end > len(unverified) or set(unverified[end:]) - {0x00, 0xFF}:
        raise AttributesAltered
    found: dict[int, Element] = {}
    for item in elements(unverified, element(unverified, begin).content, end):
        if item.tag in found:
            raise AttributesAltered
        found[item.tag] = item
    if not found.keys() >= {_OFFSETS, *_ITEMS}:
        raise AttributesAltered
    _require_offsets(unverified, found, begin)
    name, address, birth, gender = (_text(unverified, found[tag]) for tag in _ITEMS)
    if not re.fullmatch(r"[0-9]{8}", birth) or not re.fullmatch(r"[1239]", gender) or not name:
        raise AttributesAltered
    return Basic4(name, address, birth, gender)


def _require_offsets(unverified: bytes, found: dict[int, Element], lead: int) -> None:
    """DF21 names the places of the four, counted from the file's beginning or from the record's."""
    table = unverified[found[_OFFSETS].content : found[_OFFSETS].end]
    told = [int.from_bytes(table[at : at + 2]) for at in range(0, len(table), 2)]
    places = [found[tag].begin for tag in _ITEMS]
    if len(table) != 8 or told not in (places, [place - lead for place in places]):
        raise AttributesAltered


def _text(unverified: bytes, item: Element) -> str:
    try:
        text = unverified[item.content : item.end].decode("utf-8")
    except UnicodeDecodeError as error:
        raise AttributesAltered from error
    if _CONTROL.search(text):
        raise AttributesAltered
    return text
