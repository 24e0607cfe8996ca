"""The registry: representations as they are kept, found by either side.

Handles in a sealed body stay those of when it was made; who they are by now is asked each time, so that a merge
changes no body and a split gives back what was somebody's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from idp.agents.acting import Acting
from idp.agents.representation import Representation
from idp.japan import day_in_japan
from idp.keys.sealing import Place, TenantKeys
from idp.people import record
from idp.store import agents as rows
from idp.store.engine import Store, Transaction
from idp.tenants.tenancy import Client, Tenant

_ID_BYTES = 16


class Role(StrEnum):
    """The two sides."""

    PRINCIPAL = "principal"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Kept:
    """A representation with its id."""

    representation_id: bytes
    body: Representation

    def handle(self, role: Role) -> bytes:
        """Whose side that is, as it was when it was made."""
        return self.body.principal if role is Role.PRINCIPAL else self.body.agent


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Reading and writing, inside the transaction of whoever acts."""

    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def add(self, tx: Transaction, tenant: Tenant, body: Representation) -> Kept:
        """Store a new one; both sides find it, as far as it has them."""
        kept = Kept(self.token_bytes(_ID_BYTES), body)
        rows.add(tx, _row(tenant.keys, kept), created=self.now().date())
        for role in Role:
            if kept.handle(role):
                self.add_side(tx, tenant, kept, role)
        return kept

    def add_side(self, tx: Transaction, tenant: Tenant, kept: Kept, role: Role) -> None:
        """Let one more side find it."""
        party_id, keys = self.token_bytes(_ID_BYTES), tenant.keys
        owner = record.surviving(tx, keys, kept.handle(role))
        sealed = keys.seal(_party_place(party_id), kept.representation_id)
        rows.add_party(tx, rows.PartyRow(party_id, keys.agent_mark(role, owner), sealed))

    def put(self, tx: Transaction, tenant: Tenant, kept: Kept) -> None:
        """Replace it."""
        rows.put(tx, _row(tenant.keys, kept))

    def one(self, tx: Transaction, tenant: Tenant, representation_id: bytes, *, held: bool = False) -> Kept | None:
        """One of them; `held`: nobody else changes it until `tx` ends."""
        row = rows.one(tx, representation_id, held=held)
        return None if row is None else _opened(tenant.keys, row)

    def of(self, tx: Transaction, tenant: Tenant, role: Role, handle: bytes) -> list[Kept]:
        """Those in which a person has that role, the latest first."""
        keys = tenant.keys
        ids = [
            keys.open(_party_place(side.party_id), side.sealed_representation)
            for side in rows.parties(tx, keys.agent_mark(role, handle))
        ]
        found = [_opened(keys, row) for row in rows.among(tx, ids)] if ids else []
        return sorted(found, key=lambda kept: (-kept.body.since, kept.representation_id))

    def all(self, tx: Transaction, tenant: Tenant) -> list[Kept]:
        """All of the tenant, in no order: for rare cases."""
        return [_opened(tenant.keys, row) for row in rows.every(tx)]

    def settle(self, tx: Transaction, tenant: Tenant, handle: bytes) -> int:
        """Let each side that this person finds be found by whose it is now; how many that changes.

        After a merge, of who was merged; after a split, of who survived it.
        """
        keys, moved = tenant.keys, 0
        for role in Role:
            for side in rows.parties(tx, keys.agent_mark(role, handle)):
                kept = self.one(tx, tenant, keys.open(_party_place(side.party_id), side.sealed_representation))
                owner = handle if kept is None else record.surviving(tx, keys, kept.handle(role))
                if owner != handle:
                    rows.mark_party(tx, side.party_id, keys.agent_mark(role, owner))
                    moved += 1
        return moved

    def remove(self, tx: Transaction, tenant: Tenant, kept: Kept) -> None:
        """Delete it, with the rows of both sides."""
        keys = tenant.keys
        owners = {role: record.surviving(tx, keys, kept.handle(role)) for role in Role if kept.handle(role)}
        marks = [keys.agent_mark(role, owner) for role, owner in owners.items()]
        theirs = {
            side.party_id
            for mark in marks
            for side in rows.parties(tx, mark)
            if keys.open(_party_place(side.party_id), side.sealed_representation) == kept.representation_id
        }
        rows.remove(tx, kept.representation_id, marks, theirs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """For whom somebody may act now: the question that logins ask."""

    store: Store
    registry: Registry
    now: Callable[[], datetime]

    def usable(self, tenant: Tenant, client: Client, agent: bytes, procedure: str) -> list[Acting]:
        """By which representations an agent may act at that service; none where it takes no agents. One read."""
        if not client.agent_kinds:
            return []
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            found = [
                standing(tx, tenant, kept, self.now())
                for kept in self.registry.of(tx, tenant, Role.AGENT, agent)
                if kept.body.holds_at(client.service_id, procedure, client.agent_kinds)
            ]
        return [acting for acting in found if acting is not None and acting.agent == agent]


def standing(tx: Transaction, tenant: Tenant, kept: Kept, now: datetime) -> Acting | None:
    """By what an agent acts, as long as the representation holds.

    None where it does not hold now: it has ended, both sides turned out to be one person, or no certificate of the
    person is good any more. One that is for once lasts to the end of the day on which it is used.
    """
    if not kept.body.is_live(now):
        return None
    principal, agent = (record.surviving(tx, tenant.keys, kept.handle(role)) for role in Role)
    mine = record.read(tx, tenant.keys, principal)
    if principal == agent or (mine is not None and mine.departed_at):
        return None
    return Acting(
        representation_id=kept.representation_id,
        principal=principal,
        agent=agent,
        basis=kept.body.basis,
        until=min(kept.body.until, day_in_japan(now)) if kept.body.once else kept.body.until,
        label=kept.body.principal_label,
        once=kept.body.once,
    )


def _row(keys: TenantKeys, kept: Kept) -> rows.RepresentationRow:
    sealed = keys.seal(_place(kept.representation_id), kept.body.to_bytes())
    return rows.RepresentationRow(kept.representation_id, sealed)


def _opened(keys: TenantKeys, row: rows.RepresentationRow) -> Kept:
    opened = keys.open(_place(row.representation_id), row.sealed_body)
    return Kept(row.representation_id, Representation.from_bytes(opened))


def _place(representation_id: bytes) -> Place:
    return Place("representation", representation_id, "body")


def _party_place(party_id: bytes) -> Place:
    return Place("representation_party", party_id, "representation")
