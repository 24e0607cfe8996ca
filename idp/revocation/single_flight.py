"""Single flight: of many threads that ask the same question at once, one asks and all receive the answer."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """The questions that are being asked now, by key."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._flying: dict[Hashable, Future[T]] = {}

    def run(
        self,
        key: Hashable,
        ask: Callable[[], T],
        *,
        followed: Callable[[], None] = lambda: None,
        patience: Callable[[], float] | None = None,
    ) -> T:
        """The answer of `ask`, called by the first thread alone; what it raises is raised in every thread.

        `followed` is called in every other thread, before it waits. `patience`: for how many seconds that one
        waits; without, as long as it takes. Raises TimeoutError in a thread whose patience was too short.
        """
        with self._lock:
            flight = self._flying.get(key)
            first = flight is None
            if flight is None:
                flight = self._flying[key] = Future()
        if not first:
            followed()
            return flight.result(None if patience is None else patience())
        try:
            answer = ask()
            flight.set_result(answer)
        except BaseException as error:
            flight.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._flying[key]
        return answer
