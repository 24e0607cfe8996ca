"""Dates of birth: with hyphens, as eight digits, as a certificate's nine (era digit first), or in an era's years.

元号法 and the days on which each era began. An era's year counts only inside the era: 昭和64年1月8日 never was.
Before 1873 Japan counted by another calendar: a day in Meiji years of that time has no sure Gregorian one.
"""

import re
from dataclasses import dataclass
from datetime import date

from idp.comparison.characters import typed
from idp.comparison.numerals import NUMERALS, value_of
from idp.comparison.outcome import DIFFERENT, SAME, Finding, Why, cannot_tell


@dataclass(frozen=True, slots=True)
class _Era:
    """`first_year`: the Gregorian year of its year 1."""

    names: tuple[str, ...]
    first_year: int
    begins: date
    ends: date


_ERAS = (
    _Era(("明治", "M", "1"), 1868, date(1868, 1, 25), date(1912, 7, 30)),
    _Era(("大正", "T", "2"), 1912, date(1912, 7, 30), date(1926, 12, 25)),
    _Era(("昭和", "S", "3"), 1926, date(1926, 12, 25), date(1989, 1, 7)),
    _Era(("平成", "H", "4"), 1989, date(1989, 1, 8), date(2019, 4, 30)),
    _Era(("令和", "R", "5"), 2019, date(2019, 5, 1), date(9999, 12, 31)),
)
_BY_NAME = {name: era for era in _ERAS for name in era.names}
_NEW_CALENDAR = date(1873, 1, 1)
_NUMBER = f"[0-9]+|[{NUMERALS}]+|元"
_PARTS = (
    re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"),
    re.compile(r"(?P<digit>[0-5])(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"),
    re.compile(r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})"),
    re.compile(rf"(?:西暦)?(?P<year>{_NUMBER})年(?P<month>{_NUMBER})月(?P<day>{_NUMBER})日"),
    re.compile(
        rf"(?P<era>明治|大正|昭和|平成|令和)(?P<year>{_NUMBER})年(?P<month>{_NUMBER})月(?P<day>{_NUMBER})日"
    ),
    re.compile(r"(?P<era>[MTSHR])\.?(?P<year>[0-9]{1,2})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})"),
    re.compile(r"(?P<era>[MTSHR])(?P<year>[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"),
)


@dataclass(frozen=True, slots=True)
class _Day:
    """Year, month and day; 0 for what is unknown. `old`: counted by the calendar before 1873."""

    parts: tuple[int, int, int]
    old: bool = False

    @property
    def whole(self) -> bool:
        """Whether all of it is known."""
        return all(self.parts)


def compare(left: str, right: str) -> Finding:
    """Compare two dates of birth."""
    if not typed(left) or not typed(right):
        return cannot_tell(Why.MISSING)
    one, other = _read(left), _read(right)
    if one is None or other is None:
        return cannot_tell(Why.UNREADABLE)
    if one.old != other.old:
        return cannot_tell(Why.OLD_CALENDAR)
    pairs = list(zip(one.parts, other.parts, strict=True))
    if any(known and stated and known != stated for known, stated in pairs):
        return DIFFERENT
    return SAME if one.whole and other.whole else cannot_tell(Why.UNKNOWN_PART)


def _read(text: str) -> _Day | None:
    """The day that a text says; None for none, and for one that never was."""
    plain = typed(text).upper().replace(" ", "")
    found = next((match for pattern in _PARTS if (match := pattern.fullmatch(plain))), None)
    if found is None:
        return None
    said = found.groupdict()
    numbers = [_number(said[name]) for name in ("year", "month", "day")]
    if None in numbers:
        return None
    year, month, day = (number or 0 for number in numbers)
    era = _BY_NAME.get(said.get("era") or "")
    if era is not None:
        year += era.first_year - 1 if year else 0
    whole = _whole(year, month, day)
    if whole is None:
        return _Day((year, month, day)) if _is_partly_known(year, month, day) else None
    era = era or _BY_NAME.get(said.get("digit") or "")
    if era is not None and not era.begins <= whole <= era.ends:
        return None
    return _Day((year, month, day), old="era" in said and whole < _NEW_CALENDAR)


def _number(text: str) -> int | None:
    if text == "元":
        return 1
    return int(text) if text.isascii() else value_of(text)


def _whole(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _is_partly_known(year: int, month: int, day: int) -> bool:
    """Whether a part is left open, in zeros, and the others could be."""
    return 0 in (year, month, day) and month <= 12 and day <= 31 and year <= 9999
