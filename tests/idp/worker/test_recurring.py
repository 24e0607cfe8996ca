"""Tasks that recur: each at its own drawn moments, none in the way of another."""

from datetime import UTC, datetime, timedelta

import pytest

from idp.store.engine import open_store
from idp.worker.recurring import FIRST_SECONDS, Recurrences, Recurring, every

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)


class Clock:
    """A clock that a test sets."""

    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now

    def go(self, seconds):
        """Forward, or back."""
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def recurrences():
    """Tasks over a clock and a random byte: `recurrences(clock, byte, *tasks)`."""

    def make(clock, byte, *tasks):
        return Recurrences(
            store=open_store("sqlite://"), tasks=tasks, now=clock, token_bytes=lambda size: bytes([byte]) * size
        )

    return make


def task(name, ran, *, error=None, one_at_a_time=False):
    """A task that notes its name and may fail."""

    def run():
        ran.append(name)
        if error:
            raise error

    return Recurring(name=name, next_moment=every(100), run=run, one_at_a_time=one_at_a_time)


@pytest.mark.parametrize(("byte", "first", "period"), [(0, 0, 80), (128, 15.06, 100.16), (255, 30, 120)])
def test_every_machine_draws_its_own_moments(recurrences, byte, first, period):
    """The first within half a minute, then a fifth sooner or later than asked."""
    clock, ran = Clock(), []
    tasks = recurrences(clock, byte, task("a", ran))
    tasks.turn()
    assert ran == []
    clock.go(first - 0.1)
    tasks.turn()
    assert ran == []
    clock.go(0.2)
    tasks.turn()
    assert ran == ["a"]
    clock.go(period - 0.5)
    tasks.turn()
    assert ran == ["a"]
    clock.go(1)
    tasks.turn()
    assert ran == ["a", "a"]


def test_a_task_that_fails_keeps_no_other_from_its_turn(recurrences):
    """Nor itself from its next one."""
    clock, ran = Clock(), []
    tasks = recurrences(clock, 0, task("a", ran, error=KeyError("personal")), task("b", ran, one_at_a_time=True))
    for _ in range(3):
        tasks.turn()
        clock.go(101)
    assert ran == ["a", "b"] * 2


def test_a_clock_set_back_stops_no_task(recurrences):
    """What was due next year is drawn anew."""
    clock, ran = Clock(), []
    clock.go(365 * 24 * 3600)
    tasks = recurrences(clock, 0, task("a", ran))
    tasks.turn()
    clock.go(-365 * 24 * 3600)
    tasks.turn()
    clock.go(FIRST_SECONDS + 1)
    tasks.turn()
    assert ran == ["a"]


def test_once_is_every_task_now(recurrences):
    """For `idp worker --once`."""
    ran = []
    recurrences(Clock(), 255, task("a", ran, error=KeyError()), task("b", ran)).once()
    assert ran == ["a", "b"]
