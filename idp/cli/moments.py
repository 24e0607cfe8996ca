"""Moments as options state them: ISO 8601 with an offset, so that nobody's clock is guessed."""

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


def read_beginning(text: str, option: str) -> datetime:
    """A moment, or the first one of a day in Japan (`2026-12-01`), UTC. Raises CommandFailed."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return read_moment(text, option)
    return datetime.combine(day, time(), JAPAN).astimezone(UTC)


def written(milliseconds: int) -> str:
    """Milliseconds since 1970 as they are printed: UTC, to the millisecond; nothing for what is no moment."""
    try:
        moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, TypeError, ValueError, OSError):  # a row that was altered, and SQLite keeps anything
        return ""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
