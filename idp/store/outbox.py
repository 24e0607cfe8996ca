"""The outbox's rows: jobs written in the transaction that makes them necessary, claimed under a lease.

A lease is a random token and a moment. Whoever holds a job's token may finish, retry, renew or bury it, even a
little late; once another worker has claimed the job, the token is another one and the first holder's word
counts no more. What a payload says is `idp/events/outbox.py`'s business.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, UpdateBase, and_, bindparam, delete, func, select, update

from idp.store import schema
from idp.store.engine import Transaction, values

PROBLEM_CHARACTERS = 200
_o = schema.outbox


class State(StrEnum):
    """Of a job. One that is done has no row."""

    WAITING = "waiting"
    """For its moment, or in the hands of a worker while its lease lasts."""
    DEAD = "dead"
    """Given up; an operator may let it be tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """A job that waits. Times in seconds since 1970; `sealed_payload` bound to `job_id`."""

    job_id: bytes
    kind: str
    run_at: int
    expires_at: int
    sealed_payload: bytes


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job under a lease. `attempts` counts this one.

    `faults`: how many times in a row, until now, its worker died of it or its handler had a defect.
    """

    job_id: bytes
    kind: str
    expires_at: int
    attempts: int
    faults: int
    sealed_payload: bytes


@dataclass(frozen=True, slots=True)
class Dead:
    """A job that was given up at `died_at`, without what it says."""

    job_id: bytes
    kind: str
    died_at: int
    attempts: int
    problem: str


@dataclass(frozen=True, slots=True)
class Counts:
    """The state of the outbox. `oldest_due`: since when the longest waiting job is due, None when none is."""

    pending: int
    oldest_due: int | None
    dead: int


_DUE = and_(_o.c.state == State.WAITING, _o.c.run_at <= bindparam("now"), _o.c.lease_until <= bindparam("now"))
_KINDS = _o.c.kind.in_(bindparam("kinds", expanding=True))
_MINE = and_(_o.c.tenant_id == bindparam("tenant"), _o.c.job_id == bindparam("job"))
_HELD = and_(_MINE, _o.c.state == State.WAITING, _o.c.lease == bindparam("held"))
_DUE_TENANTS = select(_o.c.tenant_id).where(_DUE, _KINDS).distinct().order_by(_o.c.tenant_id)
_CLAIMABLE = (
    select(_o.c.job_id, _o.c.kind, _o.c.expires_at, _o.c.attempts, _o.c.faults, _o.c.lease, _o.c.sealed_payload)
    .where(_o.c.tenant_id == bindparam("tenant"), _DUE, _KINDS)
    .order_by(_o.c.run_at, _o.c.job_id)
    .limit(bindparam("count"))
    .with_for_update(skip_locked=True)  # SQLite has no such words, and one writer at a time
)
_LEASE = (
    update(_o)
    .where(_MINE)
    .values(
        lease=bindparam("token"),
        lease_until=bindparam("until"),
        attempts=_o.c.attempts + 1,
        faults=bindparam("counted"),
    )
)
_RENEW = update(_o).where(_HELD).values(lease_until=bindparam("until"))
_RETRY = (
    update(_o)
    .where(_HELD)
    .values(
        lease=None, lease_until=0, run_at=bindparam("at"), problem=bindparam("why"), faults=bindparam("counted")
    )
)
_BURY = (
    update(_o)
    .where(_HELD)
    .values(state=State.DEAD, lease=None, lease_until=0, run_at=bindparam("at"), problem=bindparam("why"))
)
_DEAD = (
    select(_o.c.job_id, _o.c.kind, _o.c.run_at, _o.c.attempts, _o.c.problem)
    .where(_o.c.tenant_id == bindparam("tenant"), _o.c.state == State.DEAD)
    .order_by(_o.c.run_at, _o.c.job_id)
)
_REVIVE = (
    update(_o)
    .where(_MINE, _o.c.state == State.DEAD)
    .values(state=State.WAITING, run_at=bindparam("at"), expires_at=bindparam("until"), attempts=0, faults=0)
)
_FORGET = delete(_o).where(
    _o.c.tenant_id == bindparam("tenant"), _o.c.state == State.DEAD, _o.c.run_at < bindparam("before")
)
_PENDING = select(func.count()).where(_o.c.state == State.WAITING)
_OLDEST_DUE = select(func.min(_o.c.run_at)).where(_o.c.state == State.WAITING, _o.c.run_at <= bindparam("now"))
_DEAD_COUNT = select(func.count()).where(_o.c.state == State.DEAD)


def enqueue(tx: Transaction, job: JobRow) -> None:
    """Insert a job that waits; it exists when the caller's transaction commits, and not otherwise."""
    fresh = {"state": State.WAITING, "attempts": 0, "faults": 0, "lease": None, "lease_until": 0, "problem": ""}
    tx.connection.execute(_o.insert(), values(tx, job, **fresh))


def due_tenants(connection: Connection, now: int, kinds: Collection[str]) -> list[str]:
    """The tenants that have a job of one of these kinds to be done now. Needs no tenant in the transaction."""
    return list(connection.execute(_DUE_TENANTS, {"now": now, "kinds": list(kinds)}).scalars())


def claim(
    tx: Transaction, *, now: int, lease: bytes, lease_until: int, kinds: Collection[str], limit: int
) -> list[Claimed]:
    """Take up to `limit` jobs that are due, the longest waiting first, under one lease of 16 random bytes.

    On PostgreSQL rows that another worker is just taking are passed over, not waited for. A lease that ran out
    unanswered is a fault.
    """
    asked = {"tenant": tx.tenant_id, "now": now, "kinds": list(kinds), "count": limit}
    found = tx.connection.execute(_CLAIMABLE, asked).all()
    claimed = [
        Claimed(
            job_id=row.job_id,
            kind=row.kind,
            expires_at=row.expires_at,
            attempts=row.attempts + 1,
            faults=row.faults + (row.lease is not None),
            sealed_payload=row.sealed_payload,
        )
        for row in found
    ]
    for job in claimed:
        taken = {"tenant": tx.tenant_id, "job": job.job_id, "token": lease, "until": lease_until}
        tx.connection.execute(_LEASE, {**taken, "counted": job.faults})
    return claimed


def renew(tx: Transaction, job_id: bytes, lease: bytes, *, lease_until: int) -> bool:
    """Hold a job for longer. False when the lease is another's by now: stop working on it."""
    return _changed(tx, _RENEW, job_id, lease, until=lease_until)


def finish(tx: Transaction, job_id: bytes, lease: bytes) -> bool:
    """Delete a job that is done. False when the lease is another's by now."""
    return _changed(tx, delete(_o).where(_HELD), job_id, lease)


def retry(tx: Transaction, job_id: bytes, lease: bytes, *, run_at: int, problem: str, faults: int) -> bool:
    """Give a job back until `run_at`. False when the lease is another's by now."""
    return _changed(tx, _RETRY, job_id, lease, at=run_at, why=problem[:PROBLEM_CHARACTERS], counted=faults)


def bury(tx: Transaction, job_id: bytes, lease: bytes, *, at: int, problem: str) -> bool:
    """Give a job up. False when the lease is another's by now."""
    return _changed(tx, _BURY, job_id, lease, at=at, why=problem[:PROBLEM_CHARACTERS])


def dead(tx: Transaction) -> Sequence[Dead]:
    """The tenant's jobs that were given up, the oldest first."""
    return [Dead(*row) for row in tx.connection.execute(_DEAD, {"tenant": tx.tenant_id})]


def revive(tx: Transaction, job_id: bytes, *, run_at: int, expires_at: int) -> bool:
    """Let a job that was given up be tried again, as if for the first time. False when there is none."""
    parameters = {"tenant": tx.tenant_id, "job": job_id, "at": run_at, "until": expires_at}
    return tx.connection.execute(_REVIVE, parameters).rowcount == 1


def forget(tx: Transaction, *, before: int) -> int:
    """Delete the tenant's jobs that were given up before that moment; how many."""
    return tx.connection.execute(_FORGET, {"tenant": tx.tenant_id, "before": before}).rowcount


def counts(connection: Connection, now: int) -> Counts:
    """What waits and what was given up, over all tenants in a transaction without tenant."""
    return Counts(
        pending=connection.execute(_PENDING).scalar_one(),
        oldest_due=connection.execute(_OLDEST_DUE, {"now": now}).scalar_one_or_none(),
        dead=connection.execute(_DEAD_COUNT).scalar_one(),
    )


def _changed(tx: Transaction, statement: UpdateBase, job_id: bytes, lease: bytes, **more: object) -> bool:
    parameters = {"tenant": tx.tenant_id, "job": job_id, "held": lease, **more}
    return tx.connection.execute(statement, parameters).rowcount == 1
