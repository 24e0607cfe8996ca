"""What a job is to whoever does it, and how that one says what became of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from idp.events.outbox import JSON
from idp.store.engine import Transaction
from idp.tenants.tenancy import Tenant


class Postpone(Exception):
    """Not now: try again, after `seconds` at least, or after the worker's own pause, which grows.

    `problem` is kept with the job: a word or two of ours, never a peer's, no personal data.
    """

    def __init__(self, seconds: float | None = None, problem: str = "postponed") -> None:
        super().__init__(problem)
        self.seconds = seconds
        self.problem = problem


class Abandon(Exception):
    """Never: trying again would not help. The job is buried with the problem, for an operator to look at."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class LeaseLost(Exception):
    """Another worker has the job by now; nothing that depends on it may be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job under a lease of `lease_seconds` (`idp/worker/jobs.py`).

    `attempts` counts this one. `expires_at`: seconds since 1970. `renew` holds the job for another lease; False
    says that it is lost: stop. `finish` ends it inside the handler's own transaction, so that what it did and
    that it is done commit together; raises LeaseLost. A handler that does not call it is done when it returns.
    """

    job_id: bytes
    kind: str
    payload: Mapping[str, JSON]
    attempts: int
    expires_at: int
    renew: Callable[[], bool]
    finish: Callable[[Transaction], None]


class Handler(Protocol):
    """Does the jobs of one kind. Called without an open transaction, by several threads at once."""

    def run(self, tenant: Tenant, job: Job) -> None:
        """Do the job; at least once: a worker may die after the deed and before it is noted.

        Raises Postpone, or an error of the connectors or of the store, to be called again later; Abandon to
        give up. Anything else is a defect: logged by its type alone, and tried a bounded number of times.
        """
        ...


@runtime_checkable
class LastWord(Protocol):
    """A handler that has something to write down when a job of its kind is given up, for whatever reason."""

    def given_up(self, tx: Transaction, tenant: Tenant, payload: Mapping[str, JSON], problem: str) -> None:
        """Write it in the transaction that buries the job. `problem`: as `Abandon` has it."""
        ...
