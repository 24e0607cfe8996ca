"""When a revocation list is fetched anew. Pure: what is known of it, the time and a draw in; a decision out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from idp.jpki.revocation import CLOCK_SKEW

LEAST = timedelta(minutes=1)
"""However near its end a list is, nobody is asked more often than this, as long as he answers."""
_FIRST_BACKOFF = timedelta(seconds=30)
_LONGEST_BACKOFF = timedelta(minutes=15)
_DOUBLINGS = 5


class Scope(StrEnum):
    """Which lists are kept for a certificate."""

    WHOLE = "whole"
    """That of the whole CA."""
    POINT = "point"
    """That of the certificate's distribution point; of the whole CA for a certificate without one."""
    BOTH = "both"
    """Both, and either may speak."""

    def points(self, point: bytes | None) -> tuple[bytes | None, ...]:
        """The distribution points (None: the whole CA) whose lists are kept for a certificate with `point`."""
        if point is None or self is Scope.WHOLE:
            return (None,)
        return (point,) if self is Scope.POINT else (None, point)


@dataclass(frozen=True, slots=True)
class Standing:
    """One list as this machine has it. `fetched_at`: when it was last fetched with success, changed or not."""

    next_update: datetime
    fetched_at: datetime
    fresh: bool


def is_due(standing: Standing | None, *, now: datetime, every: timedelta) -> bool:
    """Whether the list, or the lack of one (None), is reason enough to ask its repository."""
    if standing is None or not standing.fresh:
        return True
    set_back = standing.fetched_at > now + CLOCK_SKEW  # by a clock that went wrong, here or there
    return set_back or now - standing.fetched_at >= every


def next_refresh(
    standing: Standing | None, *, now: datetime, every: timedelta, failures: int, draw: float
) -> datetime:
    """When the list is to be fetched next, of its own accord.

    At most `every` after the last time, and sooner the nearer its nextUpdate is: half of what is left then. After
    `failures` in a row a wait that doubles from half a minute to a quarter of an hour, from `now`. `draw`, from
    [0, 1), takes up to a quarter off, so that the machines of all municipalities do not ask at one moment.
    """
    if failures:
        wait = min(_FIRST_BACKOFF * (1 << min(failures - 1, _DOUBLINGS)), _LONGEST_BACKOFF)
        return now + wait * (1 - draw / 4)
    if standing is None or not standing.fresh:
        return now
    fetched_at = min(standing.fetched_at, now)
    wait = max(LEAST, min(every, (standing.next_update - fetched_at) / 2))
    return fetched_at + wait * (1 - draw / 4)
