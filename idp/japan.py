"""Time as the residents' municipality reckons it: days of bills and of events are those of Japan."""

from datetime import date, datetime, timedelta, timezone

JAPAN = timezone(timedelta(hours=9), "JST")
"""Japan has no summer time."""


def day_in_japan(at: datetime) -> date:
    """The day in Japan on which an instant falls."""
    return at.astimezone(JAPAN).date()
