"""What becomes of a job that was tried: pure decisions."""

import pytest

from connectors.errors import Garbled, Refused, Unreachable
from idp.store.engine import DatabaseUnavailable, WriteConflict
from idp.worker import outcome
from idp.worker.job import Abandon, Postpone
from idp.worker.outcome import Bury, Retry


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_pauses_double_up_to_an_hour_and_no_two_are_alike(share):
    """A random half of each to the whole; the first is short, the last an hour at most."""
    pauses = [outcome.pause(attempt, share) for attempt in range(1, 40)]
    assert pauses == sorted(pauses)
    assert 5 <= pauses[0] <= 10
    assert 1800 <= pauses[-1] <= 3600
    assert pauses[1] in (2 * pauses[0] - 1, 2 * pauses[0], 2 * pauses[0] + 1)


def test_the_random_share_makes_the_difference():
    """Two jobs that failed at the same moment do not come back at the same moment."""
    assert outcome.pause(5, 0.0) * 2 == outcome.pause(5, 1.0)
    assert outcome.random_share(lambda size: b"\xff" * size) < 1
    assert outcome.random_share(bytes) == 0


@pytest.mark.parametrize(
    "error", [Unreachable("x"), Refused("x"), Garbled("x"), DatabaseUnavailable("x"), WriteConflict("x")]
)
def test_troubles_of_others_are_waited_out(error):
    """However often: the job's end alone bounds that."""
    assert outcome.after(error, attempts=500, faults=11, share=0) == Retry(1800, "x")


def test_a_wish_for_a_pause_is_granted_at_least():
    """And up to a quarter more, at random."""
    assert outcome.after(Postpone(100, "p"), attempts=3, faults=11, share=0) == Retry(100, "p")
    assert outcome.after(Postpone(100, "p"), attempts=3, faults=0, share=0.96) == Retry(124, "p")
    assert outcome.after(Postpone(), attempts=1, faults=0, share=0) == Retry(5, "postponed")


def test_defects_are_named_by_their_type_and_end():
    """No text of theirs is kept, which may hold anything."""
    assert outcome.after(ValueError("personal"), attempts=1, faults=0, share=0) == Retry(5, "ValueError", 1)
    assert outcome.after(ValueError("personal"), attempts=1, faults=outcome.MAX_FAULTS - 1, share=0) == Bury(
        "ValueError"
    )
    assert outcome.after(Abandon("gone"), attempts=1, faults=0, share=0) == Bury("gone")


@pytest.mark.parametrize(
    ("now", "faults", "expected"),
    [
        (99, 0, None),
        (100, 0, Bury("expired")),
        (99, outcome.MAX_FAULTS - 1, None),
        (99, outcome.MAX_FAULTS, Bury(outcome.LOST)),
    ],
)
def test_what_is_not_even_tried(now, faults, expected):
    """What is over, and what has cost too many workers their lives."""
    assert outcome.before(now=now, expires_at=100, faults=faults) == expected
