"""Single flight: many ask, one goes."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from idp.revocation.single_flight import SingleFlight

THREADS = 16


def fly(ask):
    """What sixteen threads receive that ask while the first is under way, and how often it was asked."""
    flights, asked, ready, go = SingleFlight(), [], Barrier(THREADS), Event()

    def slow():
        asked.append(1)
        assert go.wait(10)
        return ask()

    def one(_):
        ready.wait(10)
        try:
            return flights.run("key", slow)
        except LookupError as error:
            return error

    with ThreadPoolExecutor(THREADS) as pool:
        futures = [pool.submit(one, number) for number in range(THREADS)]
        while waiting(flights) < THREADS - 1:
            pass
        go.set()
        return [future.result(10) for future in futures], len(asked)


def waiting(flights):
    """How many threads wait for the answer of the one that asks."""
    flight = flights._flying.get("key")
    return len(flight._condition._waiters) if flight else 0


def test_all_receive_the_answer():
    """Sixteen threads, one question, one answer."""
    answers, asked = fly(lambda: "answer")
    assert answers == ["answer"] * THREADS
    assert asked == 1


def test_all_receive_the_failure():
    """A failure is everybody's, and is not kept."""
    failures, _ = fly(lambda: {}["missing"])
    assert all(isinstance(failure, KeyError) for failure in failures)


def test_the_next_question_is_asked_anew():
    """Nothing is remembered after the flight."""
    flights, asked = SingleFlight(), []
    for _ in range(3):
        flights.run("key", lambda: asked.append(1))
    assert len(asked) == 3


def test_a_failed_flight_is_forgotten():
    """After a failure the next one asks again."""
    flights = SingleFlight()
    with pytest.raises(KeyError):
        flights.run("key", lambda: {}["missing"])
    assert flights.run("key", lambda: 1) == 1
