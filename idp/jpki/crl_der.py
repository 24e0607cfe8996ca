"""Strict DER (X.690 section 10) for the few elements around a list's entries, where offsets matter.

Parsers of whole certificates hide where an element lies in the file; the signature here is over the file's own
bytes, and the entries are read by others.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from idp.jpki.crl_refused import Garbled

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OID, ENUMERATED = 0x01, 0x02, 0x03, 0x04, 0x06, 0x0A
SEQUENCE, SET, UTC_TIME, GENERALIZED_TIME = 0x30, 0x31, 0x17, 0x18
TRUE = b"\xff"
_LONGEST_LENGTH = 5
_UTC_TIME = re.compile(rb"[0-9]{12}Z")
_GENERALIZED_TIME = re.compile(rb"[0-9]{14}Z")


@dataclass(frozen=True, slots=True)
class Element:
    """One TLV: where its header starts, where its content starts and ends."""

    tag: int
    start: int
    content: int
    end: int


def element_at(data: bytes, start: int) -> Element:
    """The element whose header begins at `start`; its content may lie beyond `data`.

    Raises Garbled for a header that is cut off, a high tag number, an indefinite or non-minimal length.
    """
    head = data[start : start + 2]
    if len(head) < 2 or head[0] & 0x1F == 0x1F:
        raise Garbled("an element is cut off or has a high tag number")
    tag, first = head
    if first < 0x80:
        return Element(tag, start, start + 2, start + 2 + first)
    count = first - 0x80
    octets = data[start + 2 : start + 2 + count]
    length = int.from_bytes(octets, "big")
    if not 0 < count < _LONGEST_LENGTH or len(octets) < count:
        raise Garbled("a length is indefinite, too long or cut off")
    if length < 0x80 or octets[0] == 0:
        raise Garbled("a length is not minimal")
    content = start + 2 + count
    return Element(tag, start, content, content + length)


class Reader:
    """Elements one after another inside `data[start:end]`."""

    def __init__(self, data: bytes, start: int = 0, end: int | None = None) -> None:
        self.data = data
        self.position = start
        self.end = len(data) if end is None else end

    def next_tag(self) -> int | None:
        """The tag of the element that comes next, or None at the end."""
        return self.data[self.position] if self.position < min(self.end, len(self.data)) else None

    def take(self, tag: int, what: str) -> Element:
        """The next element, which must have this tag and lie within the reader's bounds."""
        element = element_at(self.data, self.position)
        if element.tag != tag or element.end > self.end:
            raise Garbled(f"{what} is missing, cut off or of another type")
        self.position = element.end
        return element

    def content(self, tag: int, what: str) -> bytes:
        """The content of the next element."""
        element = self.take(tag, what)
        return self.data[element.content : element.end]

    def inside(self, tag: int, what: str) -> "Reader":
        """A reader of the next element's content."""
        element = self.take(tag, what)
        return Reader(self.data, element.content, element.end)

    def finish(self, what: str) -> None:
        """Raise Garbled unless everything has been read."""
        if self.position != self.end:
            raise Garbled(f"{what} has more in it than it should")


def natural(octets: bytes, what: str) -> int:
    """A non-negative INTEGER of at most 20 octets (RFC 5280 section 5.2.3), minimally encoded."""
    if (
        not 1 <= len(octets) <= 20
        or octets[0] >= 0x80
        or (len(octets) > 1 and octets[0] == 0 and octets[1] < 0x80)
    ):
        raise Garbled(f"{what} is not a non-negative integer in DER")
    return int.from_bytes(octets, "big")


def boolean_true(octets: bytes, what: str) -> None:
    """Accept TRUE alone: FALSE is every such field's default, which DER leaves out."""
    if octets != TRUE:
        raise Garbled(f"{what} is not TRUE in DER")


def moment(reader: Reader, what: str) -> datetime:
    """The next element as Time: UTCTime or GeneralizedTime, to the second, in UTC (RFC 5280 section 4.1.2.5)."""
    tag = reader.next_tag()
    octets = reader.content(UTC_TIME if tag == UTC_TIME else GENERALIZED_TIME, what)
    if not (_UTC_TIME if tag == UTC_TIME else _GENERALIZED_TIME).fullmatch(octets):
        raise Garbled(f"{what} is not a time in DER")
    digits = octets[:-1].decode("ascii")
    if tag == UTC_TIME:
        digits = ("19" if digits >= "50" else "20") + digits
    year, (month, day, hour, minute, second) = digits[:4], (int(digits[at : at + 2]) for at in range(4, 14, 2))
    try:
        return datetime(int(year), month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise Garbled(f"{what} is not a date") from error
