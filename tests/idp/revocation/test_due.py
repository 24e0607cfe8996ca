"""When a list is fetched anew: a table of what is known and what follows."""

from datetime import timedelta

import pytest
from components.revocation_lists import NOW
from hypothesis import given
from hypothesis import strategies as st

from idp.revocation.due import LEAST, Scope, Standing, is_due, next_refresh

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
POINT = b"a DER Name"


def standing(*, left=36 * HOUR, ago=10 * MINUTE, fresh=True):
    """A list fetched `ago`, with `left` before its nextUpdate."""
    return Standing(next_update=NOW + left, fetched_at=NOW - ago, fresh=fresh)


@pytest.mark.parametrize(
    ("known", "every", "due"),
    [
        (None, HOUR, True),
        (standing(), HOUR, False),
        (standing(fresh=False), HOUR, True),
        (standing(ago=HOUR - MINUTE), HOUR, False),
        (standing(ago=HOUR), HOUR, True),
        (standing(ago=-MINUTE), HOUR, False),
        (standing(ago=-2 * MINUTE), HOUR, True),
        (standing(ago=timedelta(0)), timedelta(0), True),
    ],
    ids=["missing", "young", "stale", "nearly", "old", "clocks differ", "clock set back", "at every question"],
)
def test_what_is_due_at_a_question(known, every, due):
    """Missing, stale, or fetched too long ago."""
    assert is_due(known, now=NOW, every=every) is due


@pytest.mark.parametrize(
    ("scope", "of_point", "of_none"),
    [
        (Scope.WHOLE, (None,), (None,)),
        (Scope.POINT, (POINT,), (None,)),
        (Scope.BOTH, (None, POINT), (None,)),
    ],
)
def test_which_lists_are_kept(scope, of_point, of_none):
    """By the setting, and by whether the certificate names a distribution point."""
    assert (scope.points(POINT), scope.points(None)) == (of_point, of_none)


@pytest.mark.parametrize(
    ("known", "failures", "wait"),
    [
        (None, 0, timedelta(0)),
        (standing(fresh=False), 0, timedelta(0)),
        (standing(ago=timedelta(0)), 0, HOUR),
        (standing(ago=10 * MINUTE), 0, 50 * MINUTE),
        (standing(ago=2 * HOUR), 0, -HOUR),
        (standing(ago=timedelta(0), left=HOUR), 0, HOUR / 2),
        (standing(ago=timedelta(0), left=MINUTE), 0, LEAST),
        (standing(ago=-5 * MINUTE), 0, HOUR),
        (standing(), 1, MINUTE / 2),
        (None, 2, MINUTE),
        (standing(), 5, 8 * MINUTE),
        (standing(), 6, 15 * MINUTE),
        (standing(), 10_000, 15 * MINUTE),
    ],
)
def test_the_next_moment(known, failures, wait):
    """Half of what is left of a list's life at most; after failures, longer and longer."""
    assert next_refresh(known, now=NOW, every=HOUR, failures=failures, draw=0.0) - NOW == wait


@given(
    left=st.integers(0, 48 * 60),
    ago=st.integers(0, 120),
    failures=st.integers(0, 20),
    draw=st.floats(0, 0.999),
)
def test_jitter_only_ever_takes_off(left, ago, failures, draw):
    """At most a quarter of the wait, so that no list is fetched later for it."""
    known = standing(left=left * MINUTE, ago=ago * MINUTE)
    moments = [
        next_refresh(known, now=NOW, every=HOUR, failures=failures, draw=each) for each in (0.0, draw, 0.9995)
    ]
    begin = NOW if failures else known.fetched_at
    assert begin <= moments[2] <= moments[1] <= moments[0]
    assert moments[1] - begin >= (moments[0] - begin) * 3 / 4 - timedelta(microseconds=1)


def test_machines_do_not_ask_at_one_moment():
    """A hundred draws spread over a quarter of the interval."""
    known = standing(ago=timedelta(0))
    moments = {next_refresh(known, now=NOW, every=HOUR, failures=0, draw=n / 100) for n in range(100)}
    assert len(moments) == 100
    assert max(moments) - min(moments) > 14 * MINUTE
