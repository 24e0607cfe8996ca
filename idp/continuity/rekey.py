"""One part of a migration inside a tenant: numbers are derived, and grants move to the pairs that have them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.ports import Keys
from idp.continuity import holders, versions
from idp.continuity.holders import Origin, origin_of, seal_origin
from idp.continuity.plan import Plan, Reason
from idp.continuity.record import Migration
from idp.continuity.sweep import PART, still
from idp.custody.bulk import Wanted, derive_many
from idp.keys.sealing import digest
from idp.login.pairwise import handle_place, open_ppid, ppid_place
from idp.login.previous import previous_place
from idp.people import pair_proofs
from idp.store import migrating, moving
from idp.store.engine import Store, Transaction
from idp.store.migrating import MovedRow
from idp.store.moving import Move
from idp.store.pairs import NewPair, PairRow
from idp.tenants.tenancy import Tenant

_PAIR_ID_BYTES = 16
_MOST_GENERATIONS = 100
"""Numbers that were issued before are passed over; so many in a row are a defect."""


@dataclass(frozen=True, slots=True)
class _Target:
    """Where the grants of a pair go: the index there, and the number's inputs unless the person has one there."""

    leaving: PairRow
    index: bytes
    wanted: Wanted | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rekey:
    """The part of a compromise, and of a service's move to another sector."""

    store: Store
    keys: Keys
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def run(self, tenant: Tenant, migration: Migration) -> bytes | None:
        """See Part. The custody is asked before the transaction, and once."""
        plan = migration.plan
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            leaving, cursor = _leaving(tx, tenant, plan, migration.cursor)
            targets = self._targets(tx, tenant, plan, leaving)
        if not leaving:
            return None
        made = self._made(tenant, plan, targets)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            current = still(tx, tenant, migration)
            if current is not None:
                moved = self._move(tx, tenant, migration, targets, made)
                migrating.change(tx, migration.migration_id, cursor=cursor, moved=current.moved + moved)
        return cursor

    def _targets(self, tx: Transaction, tenant: Tenant, plan: Plan, leaving: Sequence[PairRow]) -> list[_Target]:
        places = []
        for row in leaving:
            if plan.reason is Reason.COMPROMISE:
                handle = _derived_for(tx, tenant, row)
                places.append((row, row.sector_id, row.pair_index, handle))
            else:
                holder = holders.of(tx, tenant, row)
                places.append((row, plan.to_sector, tenant.keys.pair_index(plan.to_sector, holder), holder))
        indexes = [index for _, _, index, _ in places]
        there = moving.live_at(tx, indexes) if plan.reason is Reason.SECTOR else {}
        generations = moving.next_generations(tx, indexes)
        return [
            _Target(row, index, None if index in there else Wanted(sector, handle, generations.get(index, 0)))
            for row, sector, index, handle in places
        ]

    def _made(self, tenant: Tenant, plan: Plan, targets: Sequence[_Target]) -> dict[bytes, NewPair]:
        """A new pair for every index that has none, by index; no number that was ever issued."""
        version = plan.to_version or tenant.ppid_key_version
        missing = [(target.index, target.wanted) for target in targets if target.wanted is not None]
        made: dict[bytes, NewPair] = {}
        for _ in range(_MOST_GENERATIONS):
            if not missing:
                return made
            wanted = [inputs for _, inputs in missing]
            derived = derive_many(self.keys, tenant_id=tenant.tenant_id, key_version=version, wanted=wanted)
            numbers = list(derived)
            with self.store.for_tenant(tenant.tenant_id).read() as tx:
                taken = moving.issued(tx, map(digest, numbers))
            again = []
            for (index, inputs), number in zip(missing, numbers, strict=True):
                if digest(number) in taken:
                    again.append((index, replace(inputs, generation=inputs.generation + 1)))
                else:
                    made[index] = self._new_pair(tenant, index, inputs, number, version)
            missing = again
        raise LookupError("no number was found that was never issued")

    def _new_pair(self, tenant: Tenant, index: bytes, inputs: Wanted, number: str, version: int) -> NewPair:
        pair_id = self.token_bytes(_PAIR_ID_BYTES)
        return NewPair(
            pair_id=pair_id,
            sector_id=inputs.sector_id,
            pair_index=index,
            generation=inputs.generation,
            ppid_digest=digest(number),
            sealed_ppid=tenant.keys.seal(ppid_place(pair_id), number.encode()),
            sealed_handle=tenant.keys.seal(handle_place(pair_id), inputs.handle),
            key_version=version,
        )

    def _move(
        self,
        tx: Transaction,
        tenant: Tenant,
        migration: Migration,
        targets: Sequence[_Target],
        made: dict[bytes, NewPair],
    ) -> int:
        """Move the grants of the pairs that are still live; how many numbers changed."""
        held = moving.hold(tx, [target.leaving.pair_id for target in targets])
        going = [target for target in targets if target.leaving.pair_id in held]
        rekeyed = migration.plan.reason is Reason.COMPROMISE
        if rekeyed:
            moving.end(tx, held)
        new = [
            (
                _proved(tenant, target.leaving, made[target.index]),
                _origin(tenant, target.leaving, made[target.index]),
            )
            for target in going
            if target.index in made
        ]
        moving.add(tx, new, created=self.now().date())
        there = moving.live_at(tx, [target.index for target in going])
        to = {target.leaving.pair_id: there[target.index] for target in going if target.index in there}
        if rekeyed and len(to) < len(held):
            raise LookupError("a number was made and is not there")
        leaving = {target.leaving.pair_id: target.leaving for target in going}
        moves = [
            Move(client_id, pair_id, to[pair_id], created)
            for pair_id, client_id, created in moving.grants(tx, to)
            if rekeyed or client_id in migration.plan.services
        ]
        moving.move(tx, moves)
        if not rekeyed:
            moving.end_empty(tx, held)
        told = [
            _noted(tenant, migration.migration_id, leaving[move.source], move)
            for move in moves
            if move.client_id in migration.plan.services
        ]
        migrating.add_moved(tx, told)
        return len(to)


def _leaving(tx: Transaction, tenant: Tenant, plan: Plan, cursor: bytes) -> tuple[list[PairRow], bytes]:
    """The next pairs, and the cursor after them."""
    if plan.reason is Reason.COMPROMISE:
        return versions.page(tx, tenant, plan, after=cursor, limit=PART)
    rows = moving.of_service(tx, plan.sectors[0], plan.only_service, after=cursor, limit=PART)
    return rows, rows[-1].pair_id if rows else cursor


def _derived_for(tx: Transaction, tenant: Tenant, row: PairRow) -> bytes:
    """The handle of a number's successor: the same; of another tenant's number, whoever has it here."""
    if row.sealed_origin is not None:
        return holders.of(tx, tenant, row)
    return tenant.keys.open(handle_place(row.pair_id), row.sealed_handle)


def _origin(tenant: Tenant, leaving: PairRow, pair: NewPair) -> bytes | None:
    """Of a number that takes the place of another tenant's: that it is ours, and who has it here."""
    if leaving.sealed_origin is None or leaving.sector_id != pair.sector_id:
        return None
    ours = Origin(tenant.tenant_id, pair.sector_id, origin_of(tenant, leaving).holder)
    return seal_origin(tenant.keys, pair.pair_id, ours)


def _proved(tenant: Tenant, leaving: PairRow, pair: NewPair) -> NewPair:
    """The pair with the proof that made the one whose place it takes."""
    proof = pair_proofs.opened(tenant.keys, leaving.pair_id, leaving.sealed_proof)
    return replace(pair, sealed_proof=pair_proofs.seal(tenant.keys, pair.pair_id, proof))


def _noted(tenant: Tenant, migration_id: str, row: PairRow, move: Move) -> MovedRow:
    old = open_ppid(tenant, row.pair_id, row.sealed_ppid)
    return MovedRow(
        migration_id=migration_id,
        client_id=move.client_id,
        pair_id=move.target,
        former_pair_id=move.source,
        sealed_previous=tenant.keys.seal(previous_place(move.client_id, move.target), old.encode()),
        told=False,
    )
