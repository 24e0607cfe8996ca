"""Where elements lie in DER that a parser has already proved to be well-formed, but does not show.

What is signed is checked in the very octets that came, and what is remembered is remembered by them.
"""

from itertools import pairwise


def element(der: bytes, at: int) -> tuple[int, int]:
    """Where the content of the element at `at` begins, and where the element ends (X.690 section 8.1)."""
    length, begin = der[at + 1], at + 2
    if length >= 0x80:
        begin += length & 0x7F
        length = int.from_bytes(der[at + 2 : begin])
    return begin, begin + length


def bounds(der: bytes, begin: int, end: int) -> list[int]:
    """Where each of the elements begins that fill `der[begin:end]`, and where the last one ends."""
    found, at = [begin], begin
    while at < end:
        length, at = der[at + 1], at + 2
        if length >= 0x80:  # as in `element`, which is not called for each
            content = at + (length & 0x7F)
            length, at = int.from_bytes(der[at:content]), content
        at += length
        found.append(at)
    return found


def elements(der: bytes, begin: int, end: int) -> list[bytes]:
    """The elements that fill `der[begin:end]`, whole."""
    return [der[first:behind] for first, behind in pairwise(bounds(der, begin, end))]
