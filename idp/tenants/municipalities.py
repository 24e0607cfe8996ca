"""Codes of municipalities (全国地方公共団体コード, JIS X 0402), found by how an address begins. Pure.

A tenant states which beginnings it knows. Nothing is folded and nothing guessed: an address that begins
otherwise has no code.
"""

import csv
import re
from collections.abc import Mapping
from io import StringIO

MOST = 2500
"""There are some 1 900 municipalities and wards."""
_CODE = re.compile(r"[0-9]{6}")
_WEIGHTS = (6, 5, 4, 3, 2)
_MOST_CHARACTERS = 100


class TableRefused(ValueError):
    """A table that cannot be taken; the sentence names the line."""


def read_table(text: str) -> dict[str, str]:
    """Codes by beginnings of addresses, from lines `code,beginning` without a heading; raises TableRefused.

    The same municipality may begin in several ways. A code's sixth digit is its check digit.
    """
    table: dict[str, str] = {}
    for number, row in enumerate(csv.reader(StringIO(text)), start=1):
        if not row:
            continue
        if len(row) != 2:
            raise TableRefused(f"line {number} is not code,beginning of an address")
        code, beginning = row[0].strip(), row[1].strip()
        if not is_code(code):
            raise TableRefused(f"line {number}: a code has six digits, the last of which checks the others")
        if not 0 < len(beginning) <= _MOST_CHARACTERS:
            raise TableRefused(f"line {number}: an address begins with 1 to {_MOST_CHARACTERS} characters")
        if table.setdefault(beginning, code) != code:
            raise TableRefused(f"line {number}: this beginning has another code in a line before")
    if len(table) > MOST:
        raise TableRefused(f"a table has at most {MOST} lines")
    return table


def is_code(text: str) -> bool:
    """Whether it is six digits whose last one is right."""
    if not _CODE.fullmatch(text):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text, strict=False))
    return int(text[-1]) == (11 - total % 11) % 10


def code_of(address: str, table: Mapping[str, str]) -> str:
    """The code of the longest beginning that the table knows, or the empty text."""
    for length in range(min(len(address), _MOST_CHARACTERS), 0, -1):
        if (code := table.get(address[:length])) is not None:
            return code
    return ""
