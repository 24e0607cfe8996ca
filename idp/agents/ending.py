"""The end of a representation: the logins in which it was used end with it, with all their tokens, and each
service where it was used is told that this agent acts for this person no more.

Whoever ends it ends it at once; nobody asks the other side. What passes by itself (the last day) is written down
by a sweep, and counts from that day's end without it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from idp.agents import acting
from idp.agents.acting import Acting
from idp.agents.registry import Kept, Registry, Role
from idp.agents.representation import OFFER_LIFE, EndedBy, State
from idp.events.events import EventName, Events
from idp.oversight.audit import Action, Auditor
from idp.people import record
from idp.people.merging import open_ppid
from idp.people.sessions import EndLogin
from idp.store import agents as rows
from idp.store import pair_life
from idp.store.engine import Store, Transaction
from idp.tenants.tenancy import Client, Tenant

KEPT_AFTER = timedelta(days=366)
"""For how long both sides see that it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The act, inside the transaction of whoever has it done."""

    registry: Registry
    events: Events
    end_login: EndLogin
    auditor: Auditor
    now: Callable[[], datetime]

    def run(self, tx: Transaction, tenant: Tenant, kept: Kept, by: EndedBy) -> bool:
        """End one. False when it had ended before."""
        held = self.registry.one(tx, tenant, kept.representation_id, held=True)
        if held is None or held.body.state is State.ENDED:
            return False
        self.registry.put(tx, tenant, replace(held, body=held.body.ended(by, self.now())))
        self.end_logins(tx, tenant, {held.representation_id})
        self._tell(tx, tenant, held)
        self.write_down(tx, tenant, held, "ended", by=str(by))
        return True

    def end_logins(self, tx: Transaction, tenant: Tenant, representation_ids: set[bytes]) -> int:
        """End every login in which one of these was used; how many. Reads all open logins: for rare cases."""
        return self.end_logins_where(tx, tenant, lambda one, _: one.representation_id in representation_ids)

    def end_logins_where(self, tx: Transaction, tenant: Tenant, is_meant: Callable[[Acting, str], bool]) -> int:
        """The same of those that `is_meant` picks, by what each carries and the client id of its service."""
        ended = 0
        for row in rows.open_logins(tx):
            if is_meant(acting.opened(tenant.keys, row.transaction_id, row.sealed_body), row.client_id):
                ended += self.end_login(tx, tenant, row.transaction_id)
        return ended

    def write_down(self, tx: Transaction, tenant: Tenant, kept: Kept, outcome: str, **more: object) -> None:
        """An audit entry. It names either side by a tag that changes each month and that no service ever sees."""
        keys, moment = tenant.keys, self.now()
        tags = {
            str(role): keys.audit_tag("", moment, keys.agent_mark(role, handle))
            for role in Role
            if (handle := kept.handle(role))
        }
        details = {"kind": kept.body.kind, "basis": kept.body.basis, **tags, **more}
        self.auditor.record(tx, keys, Action.AGENT_CHANGED, outcome, **details)

    def _tell(self, tx: Transaction, tenant: Tenant, kept: Kept) -> None:
        """Each service where it was used; none where both sides turned out to be one person."""
        services = {service_id for month in kept.body.uses.values() for service_id in month}
        for client in tenant.clients.values():
            if client.service_id not in services:
                continue
            principal, agent = (self._number(tx, tenant, client, kept.handle(role)) for role in Role)
            if principal and agent and principal != agent:
                act = {"sub": agent, "kind": str(kept.body.kind)}
                name, occurred = EventName.REPRESENTATION_ENDED, self.now()
                self.events.emit(tx, tenant, client, principal, name, {"act": act}, occurred)

    def _number(self, tx: Transaction, tenant: Tenant, client: Client, handle: bytes) -> str:
        """By which number that service knows a person, empty where it does not."""
        owner = record.surviving(tx, tenant.keys, handle)
        indexes = [tenant.keys.pair_index(sector, owner) for sector in client.sectors]
        for pair in pair_life.live_at(tx, indexes).values():
            if client.client_id in {grant.client_id for grant in pair_life.grants(tx, pair.pair_id)}:
                return open_ppid(tenant, pair)
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithPeople:
    """What becomes of representations when people turn out to be one, or two, or are no more."""

    registry: Registry
    ending: Ending
    now: Callable[[], datetime]

    def end_of(self, tx: Transaction, tenant: Tenant, handle: bytes) -> int:
        """End all of a person, on either side; how many."""
        return sum(self.ending.run(tx, tenant, kept, EndedBy.PERSON) for kept in self._of(tx, tenant, handle))

    def suspend(self, tx: Transaction, tenant: Tenant, handle: bytes, client_id: str = "") -> int:
        """End the logins in which somebody acts for a person, or they for somebody, and nothing else; how many."""

        def is_meant(one: Acting, at: str) -> bool:
            return handle in (one.principal, one.agent) and client_id in ("", at)

        return self.ending.end_logins_where(tx, tenant, is_meant)

    def merged(self, tx: Transaction, tenant: Tenant, keep: bytes, other: bytes) -> int:
        """Carry those of who was merged over to the survivor; how many ended, because both sides are one now.

        Logins in which one of them is used end: the numbers that their tokens name may have changed.
        """
        self.registry.settle(tx, tenant, other)
        mine = self._of(tx, tenant, keep)
        self.ending.end_logins(tx, tenant, {kept.representation_id for kept in mine})
        ended = 0
        for kept in mine:
            principal, agent = (record.surviving(tx, tenant.keys, kept.handle(role)) for role in Role)
            if principal == agent:
                ended += self.ending.run(tx, tenant, kept, EndedBy.PERSON)
        return ended

    def split(self, tx: Transaction, tenant: Tenant, keep: bytes, merged_at: int) -> int:
        """Give theirs back to who stands alone again; how many ended.

        Those that were made since the merge end: either of the two may have made them.
        """
        mine = self._of(tx, tenant, keep)
        self.registry.settle(tx, tenant, keep)
        self.ending.end_logins(tx, tenant, {kept.representation_id for kept in mine})
        later = [kept for kept in mine if kept.body.since >= merged_at]
        return sum(self.ending.run(tx, tenant, kept, EndedBy.PERSON) for kept in later)

    def _of(self, tx: Transaction, tenant: Tenant, handle: bytes) -> list[Kept]:
        """Those of a person that have not ended, on either side, each once."""
        found = {
            kept.representation_id: kept
            for role in Role
            for kept in self.registry.of(tx, tenant, role, handle)
            if kept.body.state is not State.ENDED
        }
        return list(found.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """The sweep: what has passed is ended, what ended long ago is deleted."""

    store: Store
    registry: Registry
    ending: Ending
    now: Callable[[], datetime]

    def sweep(self, tenants: Iterable[Tenant]) -> int:
        """End what is over by time, delete old offers and what ended a year ago; how many ended."""
        ended = 0
        for tenant in tenants:
            with self.store.for_tenant(tenant.tenant_id).read() as tx:
                found = [kept for kept in self.registry.all(tx, tenant) if self._is_due(kept)]
            for kept in found:
                with self.store.for_tenant(tenant.tenant_id).write() as tx:
                    ended += self._settle(tx, tenant, kept)
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                rows.forget(tx, now=int(self.now().timestamp()))
        return ended

    def _is_due(self, kept: Kept) -> bool:
        return self._is_forgotten(kept) or kept.body.is_over_by_time(self.now())

    def _is_forgotten(self, kept: Kept) -> bool:
        moment = self.now().timestamp()
        if kept.body.state is State.OFFERED:
            return kept.body.since + OFFER_LIFE.total_seconds() < moment
        return kept.body.state is State.ENDED and kept.body.ended_at + KEPT_AFTER.total_seconds() < moment

    def _settle(self, tx: Transaction, tenant: Tenant, seen: Kept) -> bool:
        kept = self.registry.one(tx, tenant, seen.representation_id, held=True)
        if kept is None:
            return False
        if self._is_forgotten(kept):
            self.registry.remove(tx, tenant, kept)
            return False
        return self.ending.run(tx, tenant, kept, EndedBy.TIME)
