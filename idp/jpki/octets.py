"""Where elements lie in DER that a parser has already proved to be well-formed, but does not show.

What is signed is checked in the very octets that came, and what is remembered is remembered by them.
"""


def element(der: bytes, at: int) -> tuple[int, int]:
    """Where the content of the element at `at` begins, and where the element ends (X.690 section 8.1)."""
    length, begin = der[at + 1], at + 2
    if length >= 0x80:
        begin += length & 0x7F
        length = int.from_bytes(der[at + 2 : begin])
    return begin, begin + length


def elements(der: bytes, begin: int, end: int) -> list[bytes]:
    """The elements that fill `der[begin:end]`, whole."""
    found = []
    while begin < end:
        _, behind = element(der, begin)
        found.append(der[begin:behind])
        begin = behind
    return found


def last_element(der: bytes, begin: int, end: int) -> int:
    """Where the last of the elements begins that fill `der[begin:end]`; there is at least one."""
    last = begin
    while begin < end:
        last = begin
        _, begin = element(der, begin)
    return last
