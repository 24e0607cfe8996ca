"""JSON from outside, read strictly (RFC 8259): UTF-8, no member twice, neither NaN nor infinity. Pure."""

import json
from typing import Any


def parse(unverified: bytes) -> Any:
    """The value of one JSON text. Raises ValueError otherwise, and where it is nested deeper than Python reads."""
    try:
        return json.loads(
            unverified.decode("utf-8"), object_pairs_hook=_without_duplicates, parse_constant=_no_constant
        )
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")
    return members


def _no_constant(_name: str) -> object:
    raise ValueError("not a JSON number")
