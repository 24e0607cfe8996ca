"""JSON from outside, read strictly (RFC 8259): one reading, and all of it can be written again. Pure."""

import json
import math
from collections.abc import Mapping
from typing import Any

Scalar = str | int | float | bool
Json = Scalar | None | list["Json"] | dict[str, "Json"]
"""A value as `parse` gives it."""


def parse(unverified: bytes) -> Any:
    """The value of one JSON text in UTF-8.

    Raises ValueError for anything else, a member twice, a number that is not finite, text that is no Unicode (half
    a surrogate pair), and where it is nested deeper than Python reads.
    """
    try:
        text = unverified.decode("utf-8")
        value = _DECODER.decode(text)
        if "\\u" in text:  # only an escape can hide half a character
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def members(unverified: bytes) -> Mapping[str, object]:
    """The members of a text that is one JSON object. Raises ValueError as `parse`, and for any other value."""
    value = parse(unverified)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - as for every other text that is none
    return value


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")
    return members


def _no_constant(_name: str) -> object:
    raise ValueError("not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number out of range")
    return number


_DECODER = json.JSONDecoder(
    object_pairs_hook=_without_duplicates, parse_constant=_no_constant, parse_float=_finite
)
