"""Strict DER (X.690 section 10): what is not the one canonical encoding is refused before any parser sees it.

Iterative and counted, so that nesting can exhaust neither the stack nor the clock.
"""

import re

from msgspec import Struct

from idp.jpki.path.limits import MAX_ELEMENTS
from idp.jpki.path.reasons import PathReason, PathRefusal

MAX_DEPTH = 32
_CONSTRUCTED = 0x20
_HIGH_TAG = 0x1F
_SET = 0x31
_SEQUENCE = 0x30
_OCTET_STRING = 0x04
_OCTETS_PER_ELEMENT = 8
"""Inside an OCTET STRING, which parsers open and we do not, so many octets count as one element."""
_UTC_TIME = re.compile(rb"\d{12}Z")
_GENERALIZED_TIME = re.compile(rb"\d{14}Z")


class Element(Struct, frozen=True):
    """One TLV inside a buffer: its tag byte, where it starts, where its content starts, and where both end."""

    tag: int
    start: int
    content: int
    end: int


def _malformed(detail: str) -> PathRefusal:
    return PathRefusal(PathReason.MALFORMED, f"not DER: {detail}")


def header(data: bytes, at: int, end: int) -> Element:
    """The element that starts at `at` and must fit before `end`. Raises PathRefusal with MALFORMED."""
    if end - at < 2:
        raise _malformed("truncated")
    tag, length = data[at], data[at + 1]
    if tag & _HIGH_TAG == _HIGH_TAG:
        raise _malformed("tag number above 30")
    content = at + 2
    if length >= 0x80:
        size = length & 0x7F
        if not 1 <= size <= 4 or end - content < size:
            raise _malformed("length")
        length = int.from_bytes(data[content : content + size], "big")
        if length < 0x80 or length >> (8 * (size - 1)) == 0:
            raise _malformed("length is not minimal")
        content += size
    if end - content < length:
        raise _malformed("content is cut off")
    return Element(tag, at, content, content + length)


def children(data: bytes, parent: Element) -> list[Element]:
    """The elements inside a constructed one. Raises PathRefusal with MALFORMED."""
    found, at = [], parent.content
    while at < parent.end:
        element = header(data, at, parent.end)
        found.append(element)
        at = element.end
    return found


def whole(data: bytes) -> Element:
    """The one SEQUENCE that the buffer is, with nothing behind it. Raises PathRefusal with MALFORMED."""
    element = header(data, 0, len(data))
    if element.tag != _SEQUENCE or element.end != len(data):
        raise _malformed("not exactly one SEQUENCE")
    return element


def walk(data: bytes, *, skip: Element | None = None) -> int:
    """Prove that the whole buffer, but for `skip`, is canonical, and return its number of elements.

    Raises PathRefusal with MALFORMED, or with TOO_LARGE above the limit of elements.
    """
    count = 0
    open_elements = [(whole(data), 0)]
    while open_elements:
        element, depth = open_elements.pop()
        count += 1
        if count > MAX_ELEMENTS:
            raise PathRefusal(PathReason.TOO_LARGE, "too many DER elements")
        if element == skip:
            continue
        if element.tag & _CONSTRUCTED:
            if depth == MAX_DEPTH:
                raise _malformed("nested too deeply")
            inner = children(data, element)
            if element.tag == _SET:
                _require_order(data, inner)
            open_elements.extend((child, depth + 1) for child in inner)
        elif element.tag == _OCTET_STRING:
            count += (element.end - element.content) // _OCTETS_PER_ELEMENT
        elif element.tag in _CHECKS:
            _CHECKS[element.tag](data[element.content : element.end])
        elif element.tag in (_SEQUENCE & ~_CONSTRUCTED, _SET & ~_CONSTRUCTED, 0x00):
            raise _malformed("primitive SEQUENCE or SET, or end of contents")
    return count


def _require_order(data: bytes, members: list[Element]) -> None:
    encoded = [data[m.start : m.end] for m in members]
    if encoded != sorted(encoded):
        raise _malformed("SET OF out of order")


def _boolean(content: bytes) -> None:
    if content not in {b"\x00", b"\xff"}:
        raise _malformed("BOOLEAN")


def require_integer(content: bytes) -> None:
    """The content octets of an INTEGER are minimal. Raises PathRefusal with MALFORMED."""
    if not content:
        raise _malformed("empty INTEGER")
    if len(content) > 1 and (content[0], content[1] >> 7) in {(0x00, 0), (0xFF, 1)}:
        raise _malformed("INTEGER is not minimal")


def _bit_string(content: bytes) -> None:
    if not content or content[0] > 7:
        raise _malformed("BIT STRING")
    unused = content[0]
    if unused and (len(content) == 1 or content[-1] & ((1 << unused) - 1)):
        raise _malformed("BIT STRING padding")


def _null(content: bytes) -> None:
    if content:
        raise _malformed("NULL with content")


def _object_identifier(content: bytes) -> None:
    if not content or content[-1] & 0x80:
        raise _malformed("OBJECT IDENTIFIER")
    starts = [0, *(i + 1 for i, octet in enumerate(content[:-1]) if not octet & 0x80)]
    if any(content[start] == 0x80 for start in starts):
        raise _malformed("OBJECT IDENTIFIER is not minimal")


def _utc_time(content: bytes) -> None:
    if not _UTC_TIME.fullmatch(content):
        raise _malformed("UTCTime")


def _generalized_time(content: bytes) -> None:
    if not _GENERALIZED_TIME.fullmatch(content):
        raise _malformed("GeneralizedTime")


_CHECKS = {
    0x01: _boolean,
    0x02: require_integer,
    0x03: _bit_string,
    0x05: _null,
    0x06: _object_identifier,
    0x0A: require_integer,
    0x17: _utc_time,
    0x18: _generalized_time,
}
