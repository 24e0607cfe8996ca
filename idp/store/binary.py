"""Values in PostgreSQL's binary form, each by the type of its column: what `send` and `recv` of its types speak.

Text is its octets, and PostgreSQL itself refuses a NUL among them. Numbers are big-endian. Pure.
"""

import struct
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, Integer, LargeBinary, String
from sqlalchemy.types import TypeEngine

MISMATCH = (TypeError, struct.error)
"""What a writer raises for a value of another kind than its column's, or a number that the column cannot hold."""
_EPOCH = date(2000, 1, 1).toordinal()
"""The day from which PostgreSQL counts."""
_INT4, _INT8 = struct.Struct("!i").pack, struct.Struct("!q").pack


def writer(column_type: TypeEngine[Any]) -> Callable[[Any], bytes]:
    """What writes the values of a column of that type, and raises MISMATCH for others.

    Raises LookupError for a type that no table of ours has.
    """
    for kind in type(column_type).__mro__:
        if kind in _WRITERS:
            return _WRITERS[kind]
    raise LookupError(f"nobody has said how a {type(column_type).__name__} is sent")


def _date(value: object) -> bytes:
    if type(value) is not date:  # a datetime is one to isinstance
        raise TypeError
    return _INT4(value.toordinal() - _EPOCH)


def _boolean(value: object) -> bytes:
    if type(value) is not bool:
        raise TypeError
    return b"\1" if value else b"\0"


_WRITERS: Mapping[type[TypeEngine[Any]], Callable[[Any], bytes]] = {
    String: str.encode,
    LargeBinary: bytes.__bytes__,  # as they are; of anything else a TypeError
    BigInteger: _INT8,
    Integer: _INT4,
    Boolean: _boolean,
    Date: _date,
}
