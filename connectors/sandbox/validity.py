"""How long a JPKI certificate lives: to the end of a birthday, by Japanese time."""

from calendar import isleap, monthrange
from datetime import UTC, date, datetime, timedelta, timezone

JST = timezone(timedelta(hours=9), "JST")
BIRTHDAYS = 5
"""A certificate ends with the fifth birthday after its issue ..."""
RENEWAL_MONTHS = 3
"""... or with the sixth, if it replaces one that would have ended within three months."""


def end_of_validity(issued_at: datetime, birth: date, *, replaces_end: datetime | None = None) -> datetime:
    """The notAfter of a certificate: 23:59:59 Japanese time, that is 14:59:59 UTC, on a birthday.

    `replaces_end`: the notAfter of the certificate that this one replaces.
    """
    issued_on = issued_at.astimezone(JST).date()
    year = issued_on.year if birthday(birth, issued_on.year) > issued_on else issued_on.year + 1
    years = BIRTHDAYS - 1
    if replaces_end is not None and _opening(replaces_end) <= issued_at <= replaces_end:
        years += 1
    return last_second(birthday(birth, year + years))


def birthday(birth: date, year: int) -> date:
    """The birthday in that year; somebody born on 29 February has it on 28 February in common years."""
    if (birth.month, birth.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return birth.replace(year=year)


def last_second(day: date) -> datetime:
    """23:59:59 Japanese time of that day, as aware UTC."""
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=JST).astimezone(UTC)


def _opening(end: datetime) -> datetime:
    """When renewal opens: the same day of the month three months earlier, or that month's last day."""
    month = end.month - RENEWAL_MONTHS
    year, month = (end.year, month) if month >= 1 else (end.year - 1, month + 12)
    return end.replace(year=year, month=month, day=min(end.day, monthrange(year, month)[1]))
