"""Work done once for all who wait, and nobody waits for long."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from idp.jpki.revocation import NoEvidence
from idp.revocation.flights import Flights


def test_many_board_one_flight():
    """It is flown once; all see the same end; the next to come flies anew."""
    flights, gate, flown = Flights(time.monotonic), threading.Event(), []

    def work():
        gate.wait()
        flown.append(1)
        raise NoEvidence("as it ended")

    with ThreadPoolExecutor(20) as pool:
        boarded = list(pool.map(lambda _: flights.board("key", work), range(20)))
        gate.set()
        ends = {id(flight.failure(until=time.monotonic() + 10, monotonic=time.monotonic)) for flight in boarded}
    assert (len(ends), len(flown)) == (1, 1)
    again = flights.board("key", lambda: None)
    assert again.failure(until=time.monotonic() + 10, monotonic=time.monotonic) is None


def test_keys_do_not_wait_for_each_other():
    """Another list's flight is another flight."""
    flights, gate = Flights(time.monotonic), threading.Event()
    held = flights.board("held", gate.wait)
    free = flights.board("free", lambda: None)
    assert free.failure(until=time.monotonic() + 10, monotonic=time.monotonic) is None
    assert held.failure(until=time.monotonic(), monotonic=time.monotonic) is not None
    gate.set()
    assert held.failure(until=time.monotonic() + 10, monotonic=time.monotonic) is None


def test_whatever_goes_wrong_is_an_answer():
    """A defect in a thread is told to nobody who waits, and nobody waits for ever."""
    flights = Flights(time.monotonic)
    failure = flights.board("key", lambda: 1 / 0).failure(until=time.monotonic() + 10, monotonic=time.monotonic)
    assert "division" not in str(failure)
    assert flights.board("key", lambda: None) is not None
