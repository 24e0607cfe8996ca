"""One part of going back: residents whose new number nobody has received have their old one again."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from idp.continuity import carried_numbers
from idp.continuity.carry import LISTED
from idp.continuity.plan import Reason
from idp.continuity.record import Migration
from idp.continuity.sweep import PART, still
from idp.store import migrating, moving
from idp.store.engine import Store, Transaction
from idp.store.migrating import MovedRow
from idp.store.moving import Move
from idp.tenants.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """The part of a migration that is aborted."""

    store: Store

    def run(self, tenant: Tenant, migration: Migration) -> bytes | None:
        """See Part. A login that hands out a new number at this moment waits, and then finds the old one."""
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if still(tx, tenant, migration) is None:
                return migration.cursor
            if migration.cursor.startswith(LISTED):
                return self._numbers(tx, tenant, migration)
            rows = migrating.untold(tx, migration.migration_id, after=migration.cursor, limit=PART)
            if not rows:
                return self._numbers(tx, tenant, migration)
            self._return(tx, migration, rows)
            tried = {row.pair_id: tenant.keys.ended_pair_index(row.pair_id) for row in rows}
            moving.bury(tx, tried)
            migrating.change(tx, migration.migration_id, cursor=rows[-1].pair_id)
        return rows[-1].pair_id

    def _numbers(self, tx: Transaction, tenant: Tenant, migration: Migration) -> bytes | None:
        """Of a merger: the user numbers that it brought and that nobody here has, after all residents."""
        if migration.plan.reason is not Reason.MERGER:
            return None
        after = migration.cursor.removeprefix(LISTED) if migration.cursor.startswith(LISTED) else b""
        last = carried_numbers.take_back(
            tx, tenant, migration.plan.only_service, migration.migration_id, after=after, limit=PART
        )
        if last is None:
            return None
        migrating.change(tx, migration.migration_id, cursor=LISTED + last)
        return LISTED + last

    def _return(self, tx: Transaction, migration: Migration, rows: Sequence[MovedRow]) -> None:
        if migration.plan.reason is Reason.MERGER:
            migrating.unmove(tx, rows)
            moving.drop(tx, {row.pair_id for row in rows})
            return
        whole = migration.plan.reason is Reason.COMPROMISE
        new = moving.hold(tx, {row.pair_id for row in rows})
        going = _untold_wholly(tx, rows, new) if whole else [row for row in rows if row.pair_id in new]
        if whole:
            moving.end(tx, {row.pair_id for row in going})
        former = {row.former_pair_id for row in going if row.former_pair_id is not None}
        moving.revive(tx, former)
        alive = moving.hold(tx, former)
        back = [row for row in going if row.former_pair_id in alive]
        created = {(pair_id, client_id): day for pair_id, client_id, day in moving.grants(tx, new)}
        moves = [
            Move(row.client_id, row.pair_id, row.former_pair_id, created[row.pair_id, row.client_id])
            for row in back
            if row.former_pair_id is not None and (row.pair_id, row.client_id) in created
        ]
        moving.move(tx, moves)
        migrating.unmove(tx, back)
        if not whole:
            moving.end_empty(tx, {row.pair_id for row in back})


def _untold_wholly(tx: Transaction, rows: Sequence[MovedRow], new: Collection[bytes]) -> list[MovedRow]:
    """Those whose pair has no grant of a service that has received its number: one pair has one number for all."""
    untold = defaultdict(set)
    for row in rows:
        untold[row.pair_id].add(row.client_id)
    holding = defaultdict(set)
    for pair_id, client_id, _ in moving.grants(tx, new):
        holding[pair_id].add(client_id)
    return [row for row in rows if row.pair_id in new and holding[row.pair_id] <= untold[row.pair_id]]
