"""What becomes of a job that was tried: a pure decision over what its handler raised."""

from collections.abc import Callable
from dataclasses import dataclass

from connectors.errors import ConnectorError
from idp.store.engine import DatabaseUnavailable, WriteConflict
from idp.worker.job import Abandon, Job, Postpone

FIRST_PAUSE_SECONDS = 10
LONGEST_PAUSE_SECONDS = 3600
MAX_FAULTS = 12
"""In a row, after which a job whose handler has a defect, or whose worker dies of it, is buried: some three hours.

A job that only waits (for J-LIS, for a receiver) has none, however often it is tried.
"""
EXPIRED = "expired"
LOST = "its worker died or was too slow, again and again"
LATE_SECONDS = 60
"""A worker that comes later than this was away, and finds many deliveries due: their delays are drawn again."""
LONGEST_CATCHING_UP_SECONDS = 3600
"""Over which they are then drawn: it mixes what was due meanwhile, however long that was."""
_PRECISION = 6
"""Random bytes in a share: a float holds 53 bits, and rounding up must not give 1."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Again after so many seconds. `faults`: how many in a row, with this one."""

    seconds: int
    problem: str
    faults: int = 0


@dataclass(frozen=True, slots=True)
class Bury:
    """Never again by itself."""

    problem: str


def before(*, now: int, expires_at: int, faults: int) -> Bury | None:
    """Why a job that was just claimed is not even tried, or None."""
    if now >= expires_at:
        return Bury(EXPIRED)
    return Bury(LOST) if faults >= MAX_FAULTS else None


def after(error: Exception, *, attempts: int, faults: int, share: float) -> Retry | Bury:
    """What an error means for the job; `faults` before it; `share` is a random number in [0, 1)."""
    if isinstance(error, Abandon):
        return Bury(error.problem)
    if isinstance(error, Postpone):
        seconds = pause(attempts, share) if error.seconds is None else round(error.seconds * (1 + share / 4))
        return Retry(seconds, error.problem)
    if isinstance(error, ConnectorError | DatabaseUnavailable | WriteConflict):
        return Retry(pause(attempts, share), str(error))
    if faults + 1 >= MAX_FAULTS:
        return Bury(type(error).__name__)
    return Retry(pause(attempts, share), type(error).__name__, faults + 1)


def pause(attempts: int, share: float) -> int:
    """Seconds before the next attempt: doubled with every one up to an hour, of which a random half to whole."""
    doubled = FIRST_PAUSE_SECONDS << min(attempts - 1, 20)
    return round(min(doubled, LONGEST_PAUSE_SECONDS) * (1 + share) / 2)


def draw_again_when_late(job: Job, *, now: float, delay_seconds: int, token_bytes: Callable[[int], bytes]) -> None:
    """Keep apart in time what was to be told apart: a first attempt that comes late is not made.

    `now` and the payload's `due` in seconds since 1970; `delay_seconds`: the longest delay. Raises Postpone.
    """
    late = now - int(str(job.payload["due"]))
    if job.attempts == 1 and delay_seconds and late > LATE_SECONDS:
        longest = min(delay_seconds, LONGEST_CATCHING_UP_SECONDS)
        raise Postpone(longest * random_share(token_bytes), "the worker was late")


def random_share(token_bytes: Callable[[int], bytes]) -> float:
    """A random number in [0, 1)."""
    return int.from_bytes(token_bytes(_PRECISION), "big") / (1 << 8 * _PRECISION)
