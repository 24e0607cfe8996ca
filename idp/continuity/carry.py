"""Residents of one service taken over from another tenant: read there, sealed anew here, never in one transaction.

Two tenants, two sets of keys, two transactions; whatever goes over is one service's, released by the giver's
officers and accepted by the taker's (the package tells why this keeps the walls).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from idp.continuity import carried_numbers, record
from idp.continuity.holders import Origin, of, origin_of, seal_origin
from idp.continuity.plan import Plan, Reason
from idp.continuity.record import Migration, State
from idp.continuity.sweep import PART, still
from idp.keys.sealing import digest
from idp.login.pairwise import handle_place, open_ppid, ppid_place
from idp.login.previous import previous_place
from idp.people import pair_proofs
from idp.registration import NotAllowed
from idp.store import migrating, moving
from idp.store.engine import Store, Transaction
from idp.store.migrating import MovedRow
from idp.store.pairs import NewPair, PairRow
from idp.tenants.directory import Directory
from idp.tenants.tenancy import Client, Tenant
from idp.worker.job import Postpone

_PAIR_ID_BYTES = 16
_WAIT_SECONDS = 60
LISTED = b"listed:"
"""Before a cursor that is a user number's id and no pair's."""


@dataclass(frozen=True, slots=True)
class Giver:
    """The tenant and the client there whose residents are taken over."""

    tenant: Tenant
    client: Client


@dataclass(frozen=True, slots=True)
class Opened:
    """A resident's number at the giver, opened. `handle`: for whom it was derived; `holder`: who has it there.

    `user_number`: the service's own for the resident, empty where it has none.
    """

    number: str = field(repr=False)
    handle: bytes = field(repr=False)
    holder: bytes = field(repr=False)
    key_version: int
    origin: Origin
    user_number: str = field(default="", repr=False)

    def to_json(self) -> bytes:
        """As a login under way keeps it, sealed."""
        texts = (self.number, self.handle.hex(), self.holder.hex())
        origin = (self.origin.tenant_id, self.origin.sector_id)
        return json.dumps([*texts, self.key_version, *origin, self.user_number]).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Undo `to_json`."""
        number, handle, holder, key_version, tenant_id, sector_id, user_number = json.loads(text)
        origin = Origin(tenant_id, sector_id)
        return cls(number, bytes.fromhex(handle), bytes.fromhex(holder), key_version, origin, user_number)


def giver_of(directory: Directory, plan: Plan) -> Giver:
    """Who gives. Raises NotAllowed when the tenant or the service is not there."""
    tenant = directory.tenant(plan.other_tenant)
    client = tenant.clients.get(plan.other_client) if tenant else None
    if tenant is None or client is None:
        raise NotAllowed("there is no such service at the giving tenant")
    return Giver(tenant, client)


def is_released(tx: Transaction, giver: Giver, taker: Tenant, client_id: str) -> bool:
    """Whether the giver's officers have released these residents to this very client; `tx` is the giver's."""
    return any(
        migration.state is State.RELEASED
        and migration.plan.reason is Reason.RELEASE
        and set(migration.plan.services) == {giver.client.client_id}
        and (migration.plan.other_tenant, migration.plan.other_client) == (taker.tenant_id, client_id)
        for migration in record.all_of(tx, giver.tenant.keys)
    )


def require_one_number(tx: Transaction, giver: Giver, taker: Tenant, client_id: str) -> None:
    """Raise NotAllowed when services that share a number here would bring different ones; `tx` is the taker's.

    Whoever shares the number with this client must have nobody yet, or take over the same sector of the giver's.
    """
    client = taker.clients[client_id]
    sources = {
        migration.plan.only_service: (migration.plan.other_tenant, migration.plan.other_client)
        for migration in record.all_of(tx, taker.keys)
        if migration.plan.reason is Reason.MERGER and migration.state not in (State.ABORTING, State.ABORTED)
    }
    shared = {
        (giver.tenant.tenant_id, one.client_id) for one in (giver.client, *giver.tenant.sharing(giver.client))
    }
    for other in taker.sharing(client):
        source = sources.get(other.client_id)
        knows_some = bool(moving.count_of_service(tx, client.sector_id, other.client_id))
        if source not in shared and (source is not None or knows_some):
            raise NotAllowed(
                f"residents of {other.service_id}, which shares its number, have another number than those to come"
            )


def opened(tx: Transaction, giver: Giver, rows: Sequence[PairRow]) -> list[Opened]:
    """Numbers of the giver; `tx` is the giver's."""
    tenant = giver.tenant
    found = []
    user_numbers = carried_numbers.of_pairs(tx, tenant, giver.client, [row.pair_id for row in rows])
    for row in rows:
        made = origin_of(tenant, row)  # by yet another tenant, perhaps
        origin = Origin(made.tenant_id, made.sector_id)
        number = open_ppid(tenant, row.pair_id, row.sealed_ppid)
        handle = tenant.keys.open(handle_place(row.pair_id), row.sealed_handle)
        own = user_numbers.get(row.pair_id, "")
        found.append(Opened(number, handle, of(tx, tenant, row), row.key_version, origin, own))
    return found


def sealed(taker: Tenant, client: Client, one: Opened, holder: bytes, pair_id: bytes) -> NewPair:
    """The pair as the taker stores it, found by `holder`."""
    return NewPair(
        pair_id=pair_id,
        sector_id=client.sector_id,
        pair_index=taker.keys.pair_index(client.sector_id, holder),
        generation=0,
        ppid_digest=digest(one.number),
        sealed_ppid=taker.keys.seal(ppid_place(pair_id), one.number.encode()),
        sealed_handle=taker.keys.seal(handle_place(pair_id), one.handle),
        key_version=one.key_version,
        sealed_proof=pair_proofs.seal(taker.keys, pair_id, b""),
    )


def sealed_origin(taker: Tenant, one: Opened, holder: bytes, pair_id: bytes) -> bytes:
    """Where the number of that pair is from, and who has it here."""
    return seal_origin(taker.keys, pair_id, Origin(one.origin.tenant_id, one.origin.sector_id, holder))


@dataclass(frozen=True, slots=True, kw_only=True)
class Carry:
    """The part of a merger, at the taker."""

    store: Store
    directory: Directory
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def run(self, tenant: Tenant, migration: Migration) -> bytes | None:
        """See Part. Raises Postpone until the giver's officers have released the residents."""
        try:
            giver = giver_of(self.directory, migration.plan)
        except NotAllowed as refused:
            raise Postpone(_WAIT_SECONDS, str(refused)) from refused
        if not migration.cursor.startswith(LISTED):
            cursor = self._residents(tenant, migration, giver)
            if cursor is not None:
                return cursor
        return self._listed(tenant, migration, giver)

    def _residents(self, tenant: Tenant, migration: Migration, giver: Giver) -> bytes | None:
        client_id = migration.plan.only_service
        with self.store.for_tenant(giver.tenant.tenant_id).read() as tx:
            _require_released(tx, giver, tenant, client_id)
            rows = moving.of_service(
                tx, giver.client.sector_id, giver.client.client_id, after=migration.cursor, limit=PART
            )
            found = opened(tx, giver, rows)
        if not rows:
            return None
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            current = still(tx, tenant, migration)
            if current is not None:
                count = self.take(tx, tenant, migration.migration_id, tenant.clients[client_id], found)
                migrating.change(tx, migration.migration_id, cursor=rows[-1].pair_id, moved=current.moved + count)
        return rows[-1].pair_id

    def _listed(self, tenant: Tenant, migration: Migration, giver: Giver) -> bytes | None:
        """The service's numbers that are nobody's, after all residents."""
        client = tenant.clients[migration.plan.only_service]
        if not client.user_numbers:
            return None
        after = migration.cursor.removeprefix(LISTED) if migration.cursor.startswith(LISTED) else b""
        with self.store.for_tenant(giver.tenant.tenant_id).read() as tx:
            _require_released(tx, giver, tenant, client.client_id)
            found, last = carried_numbers.listed(tx, giver.tenant, giver.client, after=after, limit=PART)
        if not found:
            return None
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if still(tx, tenant, migration) is not None:
                carried_numbers.take_listed(
                    tx,
                    tenant,
                    client,
                    migration.migration_id,
                    found,
                    token_bytes=self.token_bytes,
                    today=self.now().date(),
                )
                migrating.change(tx, migration.migration_id, cursor=LISTED + last)
        return LISTED + last

    def take(
        self,
        tx: Transaction,
        tenant: Tenant,
        migration_id: str,
        client: Client,
        found: Sequence[Opened],
        *,
        holder: bytes = b"",
    ) -> int:
        """Store those that are not here yet, with the service's grant; how many. `tx` is the taker's.

        `holder`: the person here whose they are; left out, they wait under the giver's handle. A number that is
        here since an earlier time is noted as known, and stays whatever becomes of this migration.
        """
        there = moving.by_digests(tx, [digest(one.number) for one in found])
        made, notes, today = [], [], self.now().date()
        for one in found:
            if (known := there.get(digest(one.number))) is not None:
                note = _noted(tenant, migration_id, client.client_id, known, one.number)
                notes.append(replace(note, told=True))
                continue
            pair_id, whose = self.token_bytes(_PAIR_ID_BYTES), holder or one.holder
            pair = sealed(tenant, client, one, whose, pair_id)
            made.append((pair, sealed_origin(tenant, one, whose, pair_id)))
            notes.append(_noted(tenant, migration_id, client.client_id, pair_id, one.number))
        moving.add(tx, made, created=today)
        stored = set(moving.by_digests(tx, [pair.ppid_digest for pair, _ in made]).values())
        made = [(pair, origin) for pair, origin in made if pair.pair_id in stored]
        moving.add_grants(tx, [(pair.pair_id, client.client_id, today) for pair, _ in made])
        migrating.add_moved(tx, [note for note in notes if note.told or note.pair_id in stored])
        if client.user_numbers:
            here = there | {pair.ppid_digest: pair.pair_id for pair, _ in made}
            brought = {here[digest(one.number)]: one.user_number for one in found if digest(one.number) in here}
            self.link(tx, tenant, migration_id, client, brought)
        return len(made)

    def link(
        self, tx: Transaction, tenant: Tenant, migration_id: str, client: Client, brought: Mapping[bytes, str]
    ) -> None:
        """Let pairs of the taker's, by id, have the user numbers that their people bring."""
        carried = {pair_id: number for pair_id, number in brought.items() if number}
        carried_numbers.link(tx, tenant, client, migration_id, carried, today=self.now().date())


def _require_released(tx: Transaction, giver: Giver, taker: Tenant, client_id: str) -> None:
    """Raise Postpone unless the giver's officers have released the residents; `tx` is the giver's."""
    if not is_released(tx, giver, taker, client_id):
        raise Postpone(_WAIT_SECONDS, "until the other tenant's officers release the residents")


def _noted(tenant: Tenant, migration_id: str, client_id: str, pair_id: bytes, number: str) -> MovedRow:
    """That the service knew the resident of this pair by the same number, from the giver."""
    return MovedRow(
        migration_id=migration_id,
        client_id=client_id,
        pair_id=pair_id,
        former_pair_id=None,
        sealed_previous=tenant.keys.seal(previous_place(client_id, pair_id), number.encode()),
        told=False,
    )
