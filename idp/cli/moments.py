"""Moments and days as options state them, and as they are printed: ISO 8601.

A moment has its offset, so that nobody's clock is guessed; a day is one in Japan.
"""

from datetime import UTC, date, datetime, time

from idp.cli.output import CommandFailed, Exit
from idp.japan import JAPAN


def read_moment(text: str, option: str) -> datetime:
    """The moment, UTC. Raises CommandFailed for what is none, or has no offset."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise CommandFailed(f"{option} needs its offset from UTC: +09:00 in Japan", Exit.USAGE)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise CommandFailed(f"{option} is a time such as 2026-12-01T09:00+09:00", Exit.USAGE) from error


def read_day(text: str, option: str) -> date:
    """The day. Raises CommandFailed for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandFailed(f"{option} is a day such as 2027-03-31", Exit.USAGE) from error


def read_beginning(text: str, option: str) -> datetime:
    """A moment, or the first one of a day in Japan (`2026-12-01`), UTC. Raises CommandFailed."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return read_moment(text, option)
    return read_moment(datetime.combine(day, time(), JAPAN).isoformat(), option)


def written(milliseconds: int) -> str:
    """Milliseconds since 1970 as they are printed: UTC, to the millisecond; nothing for what is no moment."""
    try:
        moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, TypeError, ValueError, OSError):  # a row that was altered, and SQLite keeps anything
        return ""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
