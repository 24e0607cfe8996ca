"""What two officers do to people: make two one, part whom they joined wrongly, and end who is no more.

People are named by references. What an officer compares is where each reference came from, since when the person
is known, and what happens to their numbers; a serial number or a number of a service is never among it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.errors import Refusal
from idp.oversight.approval import Action, Approvals, Payload, Proposal
from idp.oversight.ledger import Ledger, Operation
from idp.people import merging, record, splitting
from idp.people.arrival import Arrival, Arriving
from idp.people.ending import Ending
from idp.people.merging import Merging
from idp.people.record import By
from idp.people.references import Kind, Reference, References
from idp.people.resident_codes import ResidentCodes
from idp.people.splitting import Splitting
from idp.registration import NotAllowed
from idp.store import pair_life
from idp.store.engine import Store, Transaction
from idp.tenants.tenancy import Tenant

JOIN, SPLIT, DISABLE = "person.join", "person.split", "person.disable"
_SAME = "both references name the same person"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonActs:
    """What approval of a wish about people does."""

    references: References
    arrival: Arrival
    merging: Merging
    splitting: Splitting
    ending: Ending
    ledger: Ledger

    def actions(self) -> Mapping[str, Action]:
        """The actions by name."""
        return {
            JOIN: Action(
                summary=lambda payload: f"link {_text(payload, 'other')} to {_text(payload, 'keep')}",
                apply=self._join,
                facts=lambda payload: dict(payload["facts"]),
            ),
            SPLIT: Action(
                summary=lambda payload: f"undo merge {int(payload['operation'])}",
                apply=self._split,
                facts=lambda payload: dict(payload["facts"]),
            ),
            DISABLE: Action(
                summary=lambda payload: f"end all of {_text(payload, 'person')}: sessions, consents, numbers",
                apply=self._disable,
                facts=lambda payload: dict(payload["facts"]),
            ),
        }

    def _join(self, tx: Transaction, tenant: Tenant, payload: Payload) -> None:
        keep, other = two(tx, tenant, self.references, _text(payload, "keep"), _text(payload, "other"))
        try:
            if other.kind is Kind.PERSON:
                self.merging.run(tx, tenant, keep.body, other.body, By.OFFICERS)
                return
            index, key_index, linked = other.indexes
            via = record.by_way_of(tx, tenant.keys, keep.named)
            self.arrival.attach(tx, tenant, Arriving(index, key_index, linked, keep.body), via=via)
        except Refusal as refusal:
            raise NotAllowed("the certificate or one of the two is another person's by now") from refusal
        secret = {"person": keep.body.hex(), "certificate": index.hex()}
        self.ledger.record(tx, tenant.keys, Operation.PERSON_ATTACHED, {"by": By.OFFICERS}, secret=secret)

    def _split(self, tx: Transaction, tenant: Tenant, payload: Payload) -> None:
        self.splitting.run(tx, tenant, int(payload["operation"]))

    def _disable(self, tx: Transaction, tenant: Tenant, payload: Payload) -> None:
        person = self.references.read(tx, tenant, _text(payload, "person"))
        if person.kind is not Kind.PERSON:
            raise NotAllowed("this reference names a certificate that is nobody's yet")
        self.ending.disable(tx, tenant, person.body)


def two(
    tx: Transaction, tenant: Tenant, references: References, keep: str, other: str
) -> tuple[Reference, Reference]:
    """What two references name. Raises NotAllowed unless the first is a person and the second somebody else."""
    first, second = references.read(tx, tenant, keep), references.read(tx, tenant, other)
    if first.kind is not Kind.PERSON:
        raise NotAllowed("the first reference must be a person's: a certificate keeps nobody's numbers")
    if second.kind is Kind.PERSON and second.body == first.body:
        raise NotAllowed(_SAME)
    return first, second


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Proposing such acts, and telling beforehand what they would do."""

    store: Store
    approvals: Approvals
    references: References
    codes: ResidentCodes
    now: Callable[[], datetime]

    def join_facts(self, tenant: Tenant, keep: str, other: str) -> dict[str, Any]:
        """What linking the two would do. Raises NotAllowed."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            first, second = two(tx, tenant, self.references, keep, other)
            facts: dict[str, Any] = {"keep": describe(tx, tenant, first), "other": describe(tx, tenant, second)}
            if second.kind is Kind.PERSON:
                plan = merging.plan(tx, tenant, first.body, second.body)
                changed = [merging.services_of(tx, tenant, meeting.replaced) for meeting in plan.meetings]
                facts["services_with_another_number"] = sorted(c.service_id for found in changed for c in found)
                facts["numbers_that_move_unchanged"] = len(plan.moved)
                facts["resident_code_cancelled"] = self.codes.has_one(tx, tenant, second.body)
        return facts

    def join(self, tenant: Tenant, keep: str, other: str) -> Proposal:
        """Propose to link the two. Raises NotAllowed."""
        facts = self.join_facts(tenant, keep, other)
        return self.approvals.propose(tenant, JOIN, {"keep": keep, "other": other, "facts": facts})

    def split_facts(self, tenant: Tenant, operation: int) -> dict[str, Any]:
        """What undoing a merge would do. Raises NotAllowed."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            undone = splitting.merged(tx, tenant, operation)
            since = splitting.since(tx, tenant, undone)
        moved = len(undone.secret["moved"])
        return {"operation": operation, **undone.details, "numbers_moved": moved, **since.counts()}

    def split(self, tenant: Tenant, operation: int) -> Proposal:
        """Propose to undo a merge. Raises NotAllowed."""
        facts = self.split_facts(tenant, operation)
        return self.approvals.propose(tenant, SPLIT, {"operation": operation, "facts": facts})

    def disable(self, tenant: Tenant, reference: str) -> Proposal:
        """Propose to end all of a person of whom the register says that they are no more. Raises NotAllowed."""
        facts = self.facts(tenant, reference)
        if facts["kind"] != Kind.PERSON:
            raise NotAllowed("this reference names a certificate that is nobody's yet")
        return self.approvals.propose(tenant, DISABLE, {"person": reference, "facts": facts})

    def facts(self, tenant: Tenant, reference: str) -> dict[str, Any]:
        """What a reference names. Raises NotAllowed."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            return describe(tx, tenant, self.references.read(tx, tenant, reference))


def describe(tx: Transaction, tenant: Tenant, named: Reference) -> dict[str, Any]:
    """A person or a certificate as officers may see it."""
    told: dict[str, Any] = {"kind": named.kind, "from": named.origin}
    if named.kind is Kind.CERTIFICATE:
        return told
    first_came, mine = record.since(tx, tenant.keys, named.body), record.read(tx, tenant.keys, named.body)
    pairs = pair_life.live_at(tx, [tenant.keys.pair_index(sector, named.body) for sector in tenant.sectors])
    services = [client.service_id for pair in pairs.values() for client in merging.services_of(tx, tenant, pair)]
    return told | {
        "since": first_came.isoformat() if first_came else None,
        "certificates": len(mine.certificates) if mine else None,
        "services": sorted(services),
    }


def _text(payload: Payload, name: str) -> str:
    value = payload[name]
    if not isinstance(value, str):
        raise NotAllowed("a reference is a text")
    return value
