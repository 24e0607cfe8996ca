"""The worker's threads over a real outbox."""

import threading
import time

import pytest
from components.jobs import Does, jobs, leave, stored

from idp.store.engine import DatabaseUnavailable
from idp.worker.recurring import Recurrences, Recurring, every
from idp.worker.worker import Worker, WorkerStopped

DEADLINE = 20


def worker_over(town, handlers, *tasks, threads=2):
    """A worker of that town."""
    recurrences = Recurrences(store=town.product.store, tasks=tasks, now=town.clock, token_bytes=bytes)
    return Worker(jobs=jobs(town, handlers), recurrences=recurrences, threads=threads)


def eventually(condition):
    """Wait for a condition, with a deadline."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


def test_it_does_what_is_due_and_what_recurs_until_it_is_stopped(shared_town):
    """A job and a task; stopped, it finishes the job in hand and takes up no other."""
    begun, may_end, ran = threading.Event(), threading.Event(), []

    def hold(_tenant, _job):
        begun.set()
        may_end.wait(DEADLINE)

    task = Recurring(name="t", next_moment=every(1), run=lambda: ran.append(1))
    worker = worker_over(shared_town, {"held": Does(hold)}, task, threads=1)
    with pytest.raises(WorkerStopped):
        worker.check()
    first = leave(shared_town, "held")
    worker.start()
    assert begun.wait(DEADLINE)
    worker.check()
    eventually(lambda: ran)
    second = leave(shared_town, "held")
    worker.stop()
    may_end.set()
    worker.join()
    assert (stored(shared_town, first), stored(shared_town, second).attempts) == (None, 0)


def test_trouble_with_the_database_ends_no_thread(shared_town):
    """The next turn may find it well again."""
    turns = []

    def turn():
        turns.append(1)
        raise DatabaseUnavailable if len(turns) % 2 else KeyError

    assert [Worker._turn(turn), Worker._turn(turn)] == [False, False]
    assert len(turns) == 2


def test_once_does_all_that_is_due(shared_town):
    """Tasks, then jobs; and says how many jobs."""
    ran, handler = [], Does()
    for number in range(3):
        leave(shared_town, "many", {"number": number})
    task = Recurring(name="t", next_moment=every(1), run=lambda: ran.append(1))
    assert worker_over(shared_town, {"many": handler}, task).once() == 3
    assert (len(ran), sorted(p["number"] for _, p in handler.seen)) == (1, [0, 1, 2])
