"""The normal forms of items, the same from every source, and what is made of the Basic 4. Pure.

Nothing is folded, trimmed or mended: a value is in its form, or it is refused. A name stands as recorded, with an
ideographic space (U+3000) between its parts; a former surname (旧氏), a common name (通称) and Latin letters are
part of it. So does an address; of somebody who moved abroad it is words about that, or empty.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from idp.ages import attained
from idp.errors import Reason, Refusal
from idp.items import ADDRESS, AGES, BIRTHDATE, FROM, GENDER, KANA, MUNICIPALITY, NAME
from idp.tenants.municipalities import code_of as municipality_of


class Form(StrEnum):
    """How a value is written."""

    TEXT = "text"
    """Unicode without control characters, as recorded."""
    KATAKANA = "katakana"
    """Full-width katakana, the parts of a name with an ideographic space between."""
    DATE = "date"
    """YYYYMMDD in the Gregorian calendar, a part that is unknown in zeros."""
    GENDER = "gender"
    """1 male, 2 female, 3 and 9 other or unknown."""
    YES_NO = "yes-no"
    """`true`, `false`; empty where what is known leaves it open."""
    MUNICIPALITY = "municipality"
    """Six digits (JIS X 0402); empty where the tenant's table does not know it."""


FORMS: Mapping[str, Form] = {
    NAME: Form.TEXT,
    KANA: Form.KATAKANA,
    ADDRESS: Form.TEXT,
    MUNICIPALITY: Form.MUNICIPALITY,
    BIRTHDATE: Form.DATE,
    **dict.fromkeys(AGES, Form.YES_NO),
    GENDER: Form.GENDER,
}
_TEXT = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]"
_PATTERNS: Mapping[str, re.Pattern[str]] = {
    NAME: re.compile(_TEXT + "{1,300}"),
    KANA: re.compile("[\u30a1-\u30fa\u30fc\u30fb\u3000]{1,300}"),
    ADDRESS: re.compile(_TEXT + "{0,600}"),
    BIRTHDATE: re.compile("[0-9]{8}"),
    GENDER: re.compile("[1239]"),
}
_SAID: Mapping[bool | None, str] = {True: "true", False: "false", None: ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of a source. `items`: names of ITEMS; `day`: the one on which ages count, in Japan.

    `municipalities`: codes by how addresses begin; `at`: now, seconds since 1970.
    """

    items: tuple[str, ...]
    day: date
    municipalities: Mapping[str, str]
    at: int


def checked(held: Mapping[str, str]) -> dict[str, str]:
    """The same, each in its form; a name's reading in another form is left out, as nobody has to have one.

    Raises Refusal with ATTRIBUTES_INVALID, naming what failed and never what was read.
    """
    found = {}
    for name, value in held.items():
        if _PATTERNS[name].fullmatch(value):
            found[name] = value
        elif name != KANA:
            raise Refusal(Reason.ATTRIBUTES_INVALID, f"attributes: the form of {name}")
    return found


def told(held: Mapping[str, str], wanted: Wanted) -> dict[str, str]:
    """The values of the items that are wanted, as far as they can be made of what is held."""
    return {item: _value(item, held, wanted) for item in wanted.items if FROM.get(item, item) in held}


def _value(item: str, held: Mapping[str, str], wanted: Wanted) -> str:
    if item in AGES:
        return _SAID[attained(held[BIRTHDATE], AGES[item], wanted.day)]
    if item == MUNICIPALITY:
        return municipality_of(held[ADDRESS], wanted.municipalities)
    return held[item]


def whole_date(birthdate: str) -> date | None:
    """The day of birth; None where the card leaves a part of it open, or where there was no such day."""
    try:
        return date(int(birthdate[:4]), int(birthdate[4:6]), int(birthdate[6:]))
    except ValueError:
        return None


def leaves_open(name: str, value: str) -> bool:
    """Whether there is nothing to be told: no address, no whole date, an age that depends on what is unknown, a
    municipality that the tenant does not know, neither man nor woman.
    """
    if name == BIRTHDATE:
        return whole_date(value) is None
    return value not in ("1", "2") if name == GENDER else not value
