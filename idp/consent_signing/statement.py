"""What a resident signs: a text that they read in full before the PIN is asked, and what it is for. Pure."""

import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

MOST_CHARACTERS = 4000
"""Several screens: nobody reads more before they sign."""


class Purpose(StrEnum):
    """What a signature is for; at most 32 letters."""

    BASIC_4 = "basic4"
    """A service receives what the signature certificate says of its holder, once."""
    LATEST_INFORMATION = "latest-information"
    """J-LIS may tell the municipality what has changed, for years (最新の利用者情報提供)."""
    APPLICATION = "application"
    """An application, by its digest."""


class StatementMalformed(ValueError):
    """The text cannot be shown as it is signed."""


@dataclass(frozen=True, slots=True)
class Statement:
    """`text`: as it is shown and signed, lines parted by LF; `kept_days`: for how long the proof is kept.

    Raises StatementMalformed for an empty or longer text, and for characters that no screen shows: what somebody
    signs is what they see.
    """

    purpose: Purpose
    text: str = field(repr=False)
    kept_days: int

    def __post_init__(self) -> None:
        if not 0 < len(self.text) <= MOST_CHARACTERS:
            raise StatementMalformed("a statement has 1 to 4000 characters")
        unseen = {unicodedata.category(character) for character in self.text.replace("\n", "")}
        if unseen & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
            raise StatementMalformed("a statement holds characters that are not shown")
