"""The worker's half of a migration: part after part until there is nothing left to do in its state.

Each part is one transaction with its progress, and begins by holding the migration's row: of two workers the
second finds that the part is done.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from idp.continuity import record
from idp.continuity.plan import Reason
from idp.continuity.record import UNDER_WAY, Migration, State
from idp.events.outbox import JSON
from idp.oversight.ledger import Ledger, Operation
from idp.registration import NotAllowed
from idp.store import migrating
from idp.store.engine import Store, Transaction
from idp.tenants.tenancy import Tenant
from idp.worker.job import Abandon, Job, LeaseLost, Postpone

KIND = "migrate-numbers"
"""The outbox's kind of the job; its payload: `migration`, the id."""
LIVES_SECONDS = 90 * 24 * 3600
"""A migration outlives a key custody that is away for long; `resume` gives it a new job at any time."""
KNOWN_SECONDS = 10
"""Every process loads what changed within 2 s: after five such turns a migration is known wherever one serves.

Before that nothing moves, and nothing goes back: a server that did not know would give a new number away without
the old one beside it, and unmarked.
"""
PART = 500
"""Pairs of one transaction: tens of milliseconds."""


class Part(Protocol):
    """What is done to one part in one state."""

    def run(self, tenant: Tenant, migration: Migration) -> bytes | None:
        """Do the part after `migration.cursor`; the new cursor, or None when nothing was left.

        Raises the connectors' and the store's errors, and Postpone.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """The handler of KIND. `moves`: the part of the state MOVING, by the reason of the plan."""

    store: Store
    moves: Mapping[str, Part]
    telling: Part
    back: Part
    ended: Callable[[Transaction, Tenant, Migration], State]
    ledger: Ledger
    now: Callable[[], datetime]

    def run(self, tenant: Tenant, job: Job) -> None:
        """Do everything that is to be done. Raises LeaseLost, Postpone, Abandon."""
        migration_id = str(job.payload["migration"])
        while self._step(tenant, migration_id):
            if not job.renew():
                raise LeaseLost

    def _step(self, tenant: Tenant, migration_id: str) -> bool:
        """One part, or the end of a pass; False when there is nothing left to do."""
        try:
            with self.store.for_tenant(tenant.tenant_id).read() as tx:
                migration = record.read(tx, tenant.keys, migration_id)
        except NotAllowed as refused:
            raise Abandon(str(refused)) from refused
        if migration.state not in UNDER_WAY:
            return False
        waits = migration.started_at + KNOWN_SECONDS - int(self.now().timestamp())
        if waits > 0:
            raise Postpone(waits, "until every server has heard of it")
        if self._part(migration).run(tenant, migration) is None:
            self._end_pass(tenant, migration)
        return True

    def _part(self, migration: Migration) -> Part:
        if migration.state is State.MOVING:
            return self.moves[migration.plan.reason]
        return self.telling if migration.state is State.TELLING else self.back

    def _end_pass(self, tenant: Tenant, seen: Migration) -> None:
        """The next state; after a pass inside a tenant that found anything, another, until one finds nothing."""
        moving = seen.state is State.MOVING
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            migration = still(tx, tenant, seen)
            if migration is None:
                return
            if moving and seen.cursor and seen.plan.reason is not Reason.MERGER:
                migrating.change(tx, seen.migration_id, cursor=b"")
                return
            migrating.change(tx, seen.migration_id, state=self._next(tx, tenant, migration), cursor=b"")
            if moving:
                details: dict[str, JSON] = {"migration": seen.migration_id, "moved": migration.moved}
                self.ledger.record(tx, tenant.keys, Operation.MIGRATION_MOVED, details)

    def _next(self, tx: Transaction, tenant: Tenant, migration: Migration) -> State:
        if migration.state is State.MOVING:
            return State.TELLING
        return State.OPEN if migration.state is State.TELLING else self.ended(tx, tenant, migration)


def still(tx: Transaction, tenant: Tenant, seen: Migration) -> Migration | None:
    """The migration, held, if it is still where it was seen; None when another worker or an operator was there."""
    migration = record.read(tx, tenant.keys, seen.migration_id, held=True)
    return migration if (migration.state, migration.cursor) == (seen.state, seen.cursor) else None
