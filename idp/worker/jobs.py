"""Doing one job: find a tenant that has work due, claim it, call its handler, note what became of it.

Any number of workers, on any number of machines, may do this at once over one database. Their clocks must agree
within much less than the lease.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from idp.events.outbox import JSON, open_payload
from idp.keys.sealing import SealBroken
from idp.store import outbox as rows
from idp.store.engine import Store, Transaction
from idp.tenants.directory import Directory
from idp.tenants.tenancy import Tenant
from idp.worker import outcome
from idp.worker.job import Handler, Job, LastWord, LeaseLost
from idp.worker.outcome import Bury, Retry

LEASE_SECONDS = 120
"""How long a job is left to a worker that gives no sign of life; a handler that needs more renews."""
LEASE_BYTES = 16
MOST_IN_TURN = 50
"""Jobs of one tenant before another has its turn..."""
TURN_SECONDS = 5
"""...and how long its turn lasts, when they are slow."""
_log = structlog.get_logger("idp.worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """The jobs of all tenants of the kinds that `handlers` names."""

    store: Store
    directory: Directory
    handlers: Mapping[str, Handler]
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]
    lease_seconds: int = LEASE_SECONDS

    def do_one(self) -> bool:
        """Do one job that is due, whose ever it is; False without any. Raises as `Round.do_one`."""
        return Round(self).do_one()

    def drawn(self) -> list[Tenant]:
        """The tenants that have work due, in random order. Raises DatabaseUnavailable."""
        tenants = self._with_work()
        return [tenants.pop(self._draw(len(tenants))) for _ in range(len(tenants))]

    def _draw(self, size: int) -> int:
        return int(outcome.random_share(self.token_bytes) * size)

    def _with_work(self) -> list[Tenant]:
        with self.store.read_platform() as connection:
            due = rows.due_tenants(connection, self._seconds(), self.handlers.keys())
        found = (self.directory.tenant(tenant_id) for tenant_id in due)
        return [tenant for tenant in found if tenant is not None]

    def do_one_of(self, tenant: Tenant) -> bool:
        """Do the job of a tenant that is due for the longest time; False without any."""
        lease, now = self.token_bytes(LEASE_BYTES), self._seconds()
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            claimed = rows.claim(
                tx,
                now=now,
                lease=lease,
                lease_until=now + self.lease_seconds,
                kinds=self.handlers.keys(),
                limit=1,
            )
        for job in claimed:
            _Held(self, tenant, job, lease).do()
        return bool(claimed)

    def _seconds(self) -> int:
        return int(self.now().timestamp())


class Round:
    """One thread's way through the tenants: some jobs of each in turn, so that none waits for all of another's.

    Who has work is asked anew after a round only: that question reads every job that is due.
    """

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._tenants: list[Tenant] = []
        self._begin_turn()

    def do_one(self) -> bool:
        """Do one job that is due; False when there was none of any tenant.

        Raises DatabaseUnavailable, also when what a job came to could not be noted: it is done again then.
        """
        for looked in (False, True):
            while self._tenants:
                if self._has_turn() and self._jobs.do_one_of(self._tenants[-1]):
                    self._left -= 1
                    return True
                self._tenants.pop()
                self._begin_turn()
            if not looked:
                self._tenants = self._jobs.drawn()
                self._begin_turn()
        return False

    def _begin_turn(self) -> None:
        self._left, self._began = MOST_IN_TURN, self._jobs.now()

    def _has_turn(self) -> bool:
        taken = abs(self._jobs.now() - self._began)  # clocks are set back, too
        return self._left > 0 and (self._left == MOST_IN_TURN or taken < timedelta(seconds=TURN_SECONDS))


@dataclass(frozen=True, slots=True)
class _Held:
    """One claimed job."""

    jobs: Jobs
    tenant: Tenant
    claimed: rows.Claimed
    lease: bytes

    def do(self) -> None:
        """Call the handler and note what became of the job."""
        claimed, now = self.claimed, self._seconds()
        early = outcome.before(now=now, expires_at=claimed.expires_at, faults=claimed.faults)
        result = early or self._attempt()
        with self._write() as tx:
            if result is None:
                rows.finish(tx, claimed.job_id, self.lease)
            elif isinstance(result, Retry):
                self._retry(tx, result)
            else:
                self._bury(tx, result)

    def _attempt(self) -> Retry | Bury | None:
        """What came of calling the handler; None when the job is done, or is another's."""
        claimed = self.claimed
        try:
            self.jobs.handlers[claimed.kind].run(self.tenant, self._job())
        except LeaseLost:
            self._warn("job.lost", "the lease is another's")
            return None
        except SealBroken:
            return Bury("what was sealed was altered")
        except Exception as error:  # noqa: BLE001 - a defect of one handler must not end the worker
            share = outcome.random_share(self.jobs.token_bytes)
            return outcome.after(error, attempts=claimed.attempts, faults=claimed.faults, share=share)
        return None

    def _job(self) -> Job:
        claimed = self.claimed
        return Job(
            job_id=claimed.job_id,
            kind=claimed.kind,
            payload=self._payload(),
            attempts=claimed.attempts,
            expires_at=claimed.expires_at,
            renew=self._renew,
            finish=self._finish,
        )

    def _payload(self) -> Mapping[str, JSON]:
        return open_payload(self.tenant.keys, self.claimed.job_id, self.claimed.sealed_payload)

    def _renew(self) -> bool:
        until = self._seconds() + self.jobs.lease_seconds
        with self._write() as tx:
            return rows.renew(tx, self.claimed.job_id, self.lease, lease_until=until)

    def _finish(self, tx: Transaction) -> None:
        if not rows.finish(tx, self.claimed.job_id, self.lease):
            raise LeaseLost

    def _retry(self, tx: Transaction, retry: Retry) -> None:
        again = self._seconds() + retry.seconds
        if again >= self.claimed.expires_at:
            self._bury(tx, Bury(f"{outcome.EXPIRED}; at last: {retry.problem}"))
        elif rows.retry(
            tx, self.claimed.job_id, self.lease, run_at=again, problem=retry.problem, faults=retry.faults
        ):
            self._warn("job.postponed", retry.problem)

    def _bury(self, tx: Transaction, bury: Bury) -> None:
        if rows.bury(tx, self.claimed.job_id, self.lease, at=self._seconds(), problem=bury.problem):
            self._let_speak(tx, bury)
            self._warn("job.buried", bury.problem)

    def _let_speak(self, tx: Transaction, bury: Bury) -> None:
        """Tell the handler, if it wants to know; of a payload that was altered there is nothing to tell."""
        handler = self.jobs.handlers[self.claimed.kind]
        if not isinstance(handler, LastWord):
            return
        try:
            payload = self._payload()
        except SealBroken:
            return
        handler.given_up(tx, self.tenant, payload, bury.problem)

    def _warn(self, event: str, problem: str) -> None:
        attempts, tenant_id = self.claimed.attempts, self.tenant.tenant_id
        _log.warning(event, kind=self.claimed.kind, tenant=tenant_id, attempts=attempts, problem=problem)

    def _write(self) -> AbstractContextManager[Transaction]:
        return self.jobs.store.for_tenant(self.tenant.tenant_id).write()

    def _seconds(self) -> int:
        return int(self.jobs.now().timestamp())
