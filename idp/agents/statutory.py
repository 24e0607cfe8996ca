"""Parents and guardians: registered at the counter, where a document proves it, on the word of two officers.

Both people are named by references (`idp/people/references.py`), each given out after their card, their code or a
service's number has told who they are. The last day is never in clear, since a parent's tells the child's
birthday: the proposal bears it sealed, and each officer types the date as the document has it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from idp.agents.ending import Ending
from idp.agents.registry import Registry, Role
from idp.agents.representation import (
    PROVES,
    Basis,
    Kind,
    Representation,
    Seen,
    State,
    last_day_as_child,
)
from idp.japan import day_in_japan
from idp.keys.sealing import Place, SealBroken
from idp.oversight.approval import Action, Approvals, Payload, Proposal
from idp.people import record
from idp.people.acts import describe
from idp.people.references import Kind as Named
from idp.people.references import References
from idp.registration import NotAllowed
from idp.store.engine import Store, Transaction
from idp.tenants.tenancy import Tenant

REGISTER = "agent.register"
LONGEST = timedelta(days=5 * 366)
"""After that a guardian shows a new document."""
DESK_CHARACTERS = 80
_NONCE_BYTES = 16
_ASKED = "the date as the document has it, YYYY-MM-DD"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAgent:
    """What was seen at the counter.

    `principal`, `agent`: references. `on`: of a parent the child's date of birth, else the last day. `services`:
    entries `service` or `service/procedure`, none for all. `desk`: which post saw the document.
    """

    principal: str
    agent: str
    basis: Basis
    seen: Seen
    on: date
    desk: str
    services: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatutoryActs:
    """What approval of such a wish does."""

    references: References
    registry: Registry
    ending: Ending
    now: Callable[[], datetime]

    def actions(self) -> Mapping[str, Action]:
        """The action by name."""
        return {
            REGISTER: Action(
                summary=lambda payload: (
                    f"{Basis(payload['basis'])} {_text(payload, 'agent')} acts for {_text(payload, 'principal')}"
                ),
                apply=self._register,
                facts=lambda payload: dict(payload["facts"]),
                asks=_ASKED,
                confirm=_is_its_date,
            )
        }

    def _register(self, tx: Transaction, tenant: Tenant, payload: Payload) -> None:
        principal, agent = _people_of(
            tx, tenant, self.references, _text(payload, "principal"), _text(payload, "agent")
        )
        basis, until, now = Basis(payload["basis"]), _until(tenant, payload), self.now()
        _require_new(tx, tenant, self.registry, principal, agent, basis, now)
        if day_in_japan(now) > until:
            raise NotAllowed("the last day is over")
        body = Representation(
            basis=basis,
            seen=Seen(payload["seen"]),
            state=State.LIVE,
            principal=principal,
            agent=agent,
            services=tuple(payload["services"]),
            since=int(now.timestamp()),
            until=until,
            desk=_text(payload, "desk"),
        )
        kept = self.registry.add(tx, tenant, body)
        self.ending.write_down(tx, tenant, kept, "registered", seen=payload["seen"], desk=payload["desk"])


@dataclass(frozen=True, slots=True, kw_only=True)
class StatutoryWishes:
    """Proposing it."""

    store: Store
    approvals: Approvals
    references: References
    registry: Registry
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def register(self, tenant: Tenant, new: NewAgent) -> Proposal:
        """Propose that somebody acts for somebody. Raises NotAllowed."""
        until = last_day_as_child(new.on) if new.basis is Basis.PARENT else new.on
        _require_possible(tenant, new, until, day_in_japan(self.now()))
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            principal, agent = _people_of(tx, tenant, self.references, new.principal, new.agent)
            _require_new(tx, tenant, self.registry, principal, agent, new.basis, self.now())
            facts = {
                "basis": str(new.basis),
                "seen": str(new.seen),
                "desk": new.desk,
                "services": list(new.services) or "all that take statutory agents",
                "principal": describe(tx, tenant, self.references.read(tx, tenant, new.principal)),
                "agent": describe(tx, tenant, self.references.read(tx, tenant, new.agent)),
            }
        nonce = self.token_bytes(_NONCE_BYTES)
        sealed = tenant.keys.seal(_place(nonce), until.isoformat().encode())
        payload = {
            "principal": new.principal,
            "agent": new.agent,
            "basis": str(new.basis),
            "seen": str(new.seen),
            "desk": new.desk,
            "services": list(new.services),
            "nonce": nonce.hex(),
            "sealed_until": sealed.hex(),
            "facts": facts,
        }
        return self.approvals.propose(tenant, REGISTER, payload)


def _people_of(
    tx: Transaction, tenant: Tenant, references: References, principal: str, agent: str
) -> tuple[bytes, bytes]:
    """The handles that two references name. Raises NotAllowed unless they are two people who are known here."""
    first, second = references.read(tx, tenant, principal), references.read(tx, tenant, agent)
    if first.kind is not Named.PERSON or second.kind is not Named.PERSON:
        raise NotAllowed("both references must name people: who has never signed in here is nobody yet")
    if first.body == second.body:
        raise NotAllowed("both references name the same person")
    return first.body, second.body


def _require_new(
    tx: Transaction,
    tenant: Tenant,
    registry: Registry,
    principal: bytes,
    agent: bytes,
    basis: Basis,
    now: datetime,
) -> None:
    """Raise NotAllowed where the same holds already."""
    for kept in registry.of(tx, tenant, Role.AGENT, agent):
        theirs = record.surviving(tx, tenant.keys, kept.body.principal)
        if theirs == principal and kept.body.basis is basis and kept.body.is_live(now):
            raise NotAllowed("this is registered already: end that first")


def _require_possible(tenant: Tenant, new: NewAgent, until: date, today: date) -> None:
    """Raise NotAllowed for what no document can prove, or no service would take."""
    if new.basis.kind is not Kind.STATUTORY:
        raise NotAllowed("a mandate is made by the person themselves, on their own pages")
    if new.seen not in PROVES[new.basis]:
        raise NotAllowed(f"{new.basis} is proven by {' or '.join(PROVES[new.basis])}")
    if until < today:
        raise NotAllowed("the last day is over: who is of age has no parent who acts for them")
    if new.basis is not Basis.PARENT and until - today > LONGEST:
        raise NotAllowed(f"it lasts at most {LONGEST.days} days, until a newer document is shown")
    if new.basis.is_limited and not new.services:
        raise NotAllowed(f"{new.basis} acts for what the court has named: name the services")
    if not new.desk.strip() or len(new.desk) > DESK_CHARACTERS:
        raise NotAllowed(f"the post that saw the document is named in 1 to {DESK_CHARACTERS} characters")
    for entry in new.services:
        _require_known(tenant, entry)


def _require_known(tenant: Tenant, entry: str) -> None:
    service_id, _, procedure = entry.partition("/")
    client = tenant.service(service_id)
    if client is None or (procedure and procedure not in client.procedures):
        raise NotAllowed(f"there is no service or procedure {entry}")
    if Kind.STATUTORY not in client.agent_kinds:
        raise NotAllowed(f"{service_id} takes no statutory agents: idp service change --agent")


def _is_its_date(tenant: Tenant, payload: Payload, confirmation: str) -> bool:
    """Whether an officer gave the date on the document: of birth for a parent, else the last day."""
    try:
        given = date.fromisoformat(confirmation.strip())
        expected = last_day_as_child(given) if payload["basis"] == Basis.PARENT else given
        return expected == _until(tenant, payload)
    except ValueError:
        return False


def _until(tenant: Tenant, payload: Payload) -> date:
    """The last day that a proposal bears. Raises NotAllowed for one that this tenant did not seal."""
    try:
        opened = tenant.keys.open(_place(bytes.fromhex(payload["nonce"])), bytes.fromhex(payload["sealed_until"]))
    except SealBroken as broken:
        raise NotAllowed("the proposal's last day cannot be read: propose it again") from broken
    return date.fromisoformat(opened.decode())


def _text(payload: Mapping[str, Any], name: str) -> str:
    return str(payload[name])


def _place(nonce: bytes) -> Place:
    return Place("proposal", nonce, "agent-until")
