"""Values in PostgreSQL's binary form, each by the type of its column: what `send` and `recv` of its types speak.

Text is its octets, and PostgreSQL itself refuses a NUL among them. Numbers are big-endian. Pure.
"""

import struct
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, Integer, LargeBinary, String
from sqlalchemy.types import TypeEngine

NOT_OF_ITS_KIND = (TypeError, struct.error)
"""What a writer raises for a value of another kind than its column's, or a number that the column cannot hold."""
_DAY_ZERO = date(2000, 1, 1).toordinal()
_FOUR_OCTETS = struct.Struct("!i").pack


def writer(column: TypeEngine[Any]) -> Callable[[Any], bytes]:
    """What writes the values of a column. Raises LookupError for a type that no table of ours has."""
    for kind in type(column).__mro__:
        if kind in _WRITERS:
            return _WRITERS[kind]
    raise LookupError(f"nobody has said how a {type(column).__name__} is sent")


def _day(value: object) -> bytes:
    if type(value) is not date:  # a moment is none
        raise TypeError
    return _FOUR_OCTETS(value.toordinal() - _DAY_ZERO)


def _truth(value: object) -> bytes:
    if type(value) is not bool:
        raise TypeError
    return b"\1" if value else b"\0"


_WRITERS: Mapping[type[TypeEngine[Any]], Callable[[Any], bytes]] = {
    String: str.encode,
    LargeBinary: bytes.__bytes__,  # as it is; what is no bytes is a TypeError
    BigInteger: struct.Struct("!q").pack,
    Integer: _FOUR_OCTETS,
    Boolean: _truth,
    Date: _day,
}
