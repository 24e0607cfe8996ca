"""The worker's threads: some that do jobs, one that does what recurs."""

from collections.abc import Callable
from threading import Event, Thread

import structlog

from connectors.errors import ConnectorError
from idp.store.engine import DatabaseUnavailable
from idp.worker.jobs import Jobs, Round
from idp.worker.recurring import Recurrences

POLL_SECONDS = 1.0
_log = structlog.get_logger("idp.worker")


class WorkerStopped(Exception):
    """A thread of the worker has ended, and nobody asked it to."""


class Worker:
    """Does jobs and recurring tasks until it is stopped."""

    def __init__(self, *, jobs: Jobs, recurrences: Recurrences, threads: int) -> None:
        self._jobs = jobs
        self._recurrences = recurrences
        self._stop = Event()
        self._workers = [self._thread(f"idp-jobs-{n}", Round(jobs).do_one) for n in range(threads)]
        self._recurring = self._thread("idp-recurring", recurrences.turn)

    def start(self) -> None:
        """Begin."""
        for thread in (*self._workers, self._recurring):
            thread.start()

    def stop(self) -> None:
        """Take up nothing new."""
        self._stop.set()

    def join(self) -> None:
        """Wait until the jobs in hand are done. A task is not waited for: it may be cut off, and recurs."""
        for thread in self._workers:
            thread.join()

    def check(self) -> None:
        """Return while every thread lives. Raises WorkerStopped."""
        if not all(thread.is_alive() for thread in (*self._workers, self._recurring)):
            raise WorkerStopped

    def once(self) -> int:
        """Do every recurring task and then every job that is due, here; how many jobs were done.

        Raises DatabaseUnavailable. Ends early when the worker is stopped.
        """
        self._recurrences.once()
        done, way = 0, Round(self._jobs)
        while not self._stop.is_set() and way.do_one():
            done += 1
        return done

    def _thread(self, name: str, turn: Callable[[], object]) -> Thread:
        return Thread(target=self._loop, args=(turn,), name=name, daemon=True)

    def _loop(self, turn: Callable[[], object]) -> None:
        while not self._stop.is_set():
            if self._turn(turn):
                continue
            self._stop.wait(POLL_SECONDS)

    @staticmethod
    def _turn(turn: Callable[[], object]) -> bool:
        """Whether there may be more to do at once."""
        try:
            return bool(turn())
        except (ConnectorError, DatabaseUnavailable) as error:
            _log.warning("worker.waiting", error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - a thread that dies silently is worse
            _log.error("worker.failed", error=type(error).__name__)
        return False
