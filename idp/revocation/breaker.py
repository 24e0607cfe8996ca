"""A circuit breaker: a source that fails is left alone for a while, so that residents do not wait for it."""

from collections.abc import Callable
from threading import Lock

FAILURES = 5
"""Failures in a row after which the source is left alone."""
RETRY_SECONDS = 10.0
"""How long, before one question is risked again: recovery is noticed within three times that."""


class Breaker:
    """The state of one source, as this process sees it. Safe for threads."""

    def __init__(
        self,
        monotonic: Callable[[], float],
        *,
        failures: int = FAILURES,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._monotonic = monotonic
        self._limit = failures
        self._retry_seconds = retry_seconds
        self._lock = Lock()
        self._failures = 0
        self._risked_at = float("-inf")

    def allows(self) -> bool:
        """Whether the source may be asked now. While open it lets one question pass per `retry_seconds`."""
        with self._lock:
            if self._failures < self._limit:
                return True
            if self._monotonic() - self._risked_at < self._retry_seconds:
                return False
            self._risked_at = self._monotonic()
            return True

    def succeeded(self) -> None:
        """The source gave an answer that could be used."""
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        """The source gave none."""
        with self._lock:
            self._failures += 1
            if self._failures >= self._limit:
                self._risked_at = self._monotonic()
