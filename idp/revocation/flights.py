"""Work that many wait for and nobody waits for long: done once, in a thread of its own."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock, Thread

import structlog

from idp.jpki.revocation import NoEvidence

_log = structlog.get_logger("idp.revocation")


@dataclass(frozen=True, slots=True)
class Flight:
    """One piece of work under way. `landed`: the way it failed, or None."""

    started: float
    landed: Future[NoEvidence | None]

    def failure(self, *, until: float, monotonic: Callable[[], float]) -> NoEvidence | None:
        """How it failed, or None when it did not; NoEvidence too when it is not done at `until`."""
        try:
            return self.landed.result(max(0.0, until - monotonic()))
        except TimeoutError:
            return NoEvidence("CRL: the list is still being fetched")


class Flights:
    """The work under way in this process, by key. The threads end with the process."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = Lock()
        self._flying: dict[Hashable, Flight] = {}

    def board(self, key: Hashable, work: Callable[[], None]) -> Flight:
        """The flight for `key`: the one under way, or a new one that does `work`, which may raise NoEvidence."""
        with self._lock:
            flight = self._flying.get(key)
            if flight is not None:
                return flight
            flight = self._flying[key] = Flight(self._monotonic(), Future())
        Thread(target=self._fly, args=(key, flight, work), name="idp-crl", daemon=True).start()
        return flight

    def _fly(self, key: Hashable, flight: Flight, work: Callable[[], None]) -> None:
        failure: NoEvidence | None = None
        try:
            work()
        except NoEvidence as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - who waits here is a resident, and is told something
            _log.error("background.failed", task="idp-crl", error=type(error).__name__, exc_info=error)
            failure = NoEvidence("CRL: the list cannot be fetched")
        with self._lock:
            del self._flying[key]
        flight.landed.set_result(failure)
