"""The minutes of a ceremony: who, when, which key, by what it is known again. Nothing in them is secret.

A JSON file, kept beside the paper that the officers sign; a restore compares its 1 000 known answers.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from idp.custody.known_answers import COUNT, is_answer

FORMAT = "ppid-idp-ceremony/1"
MAX_BYTES = 256 * 1024
_SHOWN_ANSWERS = 3


class MinutesUnreadable(ValueError):
    """A file that is no ceremony's minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Minutes:
    """What was done. `held_at`: ISO 8601; `shares`: fingerprints by number; `vectors`: how many were checked."""

    tenant_id: str
    version: int
    ceremony: str
    held_at: str
    officers: tuple[str, ...]
    needed: int
    shares: Mapping[int, str]
    vectors: int
    known_answers: tuple[str, ...]


def write(minutes: Minutes) -> str:
    """The file's text."""
    members = asdict(minutes) | {"shares": {str(number): mark for number, mark in minutes.shares.items()}}
    return json.dumps({"format": FORMAT, **members}, indent=1, ensure_ascii=False) + "\n"


def read(content: bytes) -> Minutes:
    """Undo `write`. Raises MinutesUnreadable."""
    try:
        members: dict[str, Any] = json.loads(content)
        minutes = Minutes(
            **{name: member for name, member in members.items() if name != "format"}
            | {
                "officers": tuple(map(str, members["officers"])),
                "shares": {int(number): str(mark) for number, mark in members["shares"].items()},
                "known_answers": tuple(members["known_answers"]),
            }
        )
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise MinutesUnreadable("these are no minutes of a ceremony") from error
    if members.get("format") != FORMAT:
        raise MinutesUnreadable("these are the minutes of another version")
    texts = (minutes.tenant_id, minutes.ceremony, minutes.held_at)
    counts = (minutes.version, minutes.needed)
    if not all(isinstance(text, str) for text in texts) or not all(type(count) is int for count in counts):
        raise MinutesUnreadable("these minutes are not as they were written")
    if len(minutes.known_answers) != COUNT or not all(map(is_answer, minutes.known_answers)):
        raise MinutesUnreadable("these minutes lack known answers")
    return minutes


def record(minutes: Minutes) -> dict[str, Any]:
    """What is printed, signed and filed."""
    return {
        "tenant": minutes.tenant_id,
        "key": f"ppid-{minutes.tenant_id}",
        "key_version": minutes.version,
        "ceremony": minutes.ceremony,
        "held_at": minutes.held_at,
        "officers": list(minutes.officers),
        "shares": [f"{number}: {mark}" for number, mark in sorted(minutes.shares.items())],
        "shares_needed": minutes.needed,
        "openssl_vectors_checked": minutes.vectors,
        "known_answers": list(minutes.known_answers[:_SHOWN_ANSWERS]),
    }
