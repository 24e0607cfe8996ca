"""Ages by Japanese law, from a date of birth of which parts may be unknown. Pure.

年齢計算ニ関する法律 counts from the day of birth itself, and 民法第143条 by the calendar: an age is attained at
the end of the day before the birthday, which is the first moment of the birthday. Who was born on 29 February
attains it at the end of 28 February in every year. A rule that gives something on the very day on which an age
is attained, as that of old-age pensions does, gives it on the day before: a service with such a rule asks for
the date.
"""

from calendar import isleap, monthrange
from datetime import date

_UNKNOWN = 0


def attained(birthdate: str, years: int, day: date) -> bool | None:
    """Whether somebody has attained an age on that day; None where their date of birth leaves that open.

    `birthdate`: YYYYMMDD, unknown parts in zeros (`CardAttributes`). A date with unknown parts says yes or no
    where every date that it may be says so.
    """
    born = _span(birthdate)
    if born is None:
        return None
    by_earliest, by_latest = (_since(one, years) <= day for one in born)
    return by_earliest if by_earliest is by_latest else None


def _span(birthdate: str) -> tuple[date, date] | None:
    """The first and the last day that it may be; None where it says nothing, or where there was no such day."""
    year, month, day = int(birthdate[:4]), int(birthdate[4:6]), int(birthdate[6:])
    try:
        if day != _UNKNOWN:
            whole = date(year, month, day)
            return whole, whole
        if month != _UNKNOWN:
            return date(year, month, 1), date(year, month, monthrange(year, month)[1])
        return date(year, 1, 1), date(year, 12, 31)
    except ValueError:
        return None


def _since(born: date, years: int) -> date:
    """The first day on which somebody is that old."""
    year = born.year + years
    if (born.month, born.day) == (2, 29) and not isleap(year):
        return date(year, 3, 1)
    return born.replace(year=year)
