"""A service's own numbers as they leave: JSON members, or CSV, written as their pages come. Pure."""

import csv
import io
import json
from collections.abc import Iterator, Mapping

from idp.user_numbers.registry import Found

COLUMNS = ("user_number", "state", "sub")


def members(found: Found) -> Mapping[str, object]:
    """One number as JSON; `sub` is null while it is nobody's."""
    return {"state": found.state, "user_number": found.number, "sub": found.sub}


def as_csv(pages: Iterator[list[Found]]) -> Iterator[bytes]:
    """RFC 4180, with a header."""
    yield (",".join(COLUMNS) + "\r\n").encode()
    for page in pages:
        text = io.StringIO()
        csv.writer(text).writerows((found.number, found.state, found.sub) for found in page)
        yield text.getvalue().encode()


def as_json(pages: Iterator[list[Found]]) -> Iterator[bytes]:
    """One object."""
    yield b'{"user_numbers":['
    comma = ""
    for page in pages:
        objects = (json.dumps(members(found), separators=(",", ":")) for found in page)
        if text := ",\n".join(objects):
            yield (comma + text).encode()
            comma = ",\n"
    yield b"]}\n"
