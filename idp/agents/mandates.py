"""委任: a person offers to let somebody act for them, and whoever shows the code becomes their agent.

The code is made by the person right after their certificate has signed, and taken up by the agent in the same way:
each side is known by a card, and neither learns a name here. It has 60 random bits, counts for a day and once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from idp import tries
from idp.agents.ending import Ending
from idp.agents.registry import Kept, Registry, Role
from idp.agents.representation import OFFER_LIFE, Basis, EndedBy, Kind, Representation, Seen, State
from idp.japan import day_in_japan
from idp.keys.sealing import Place
from idp.people import record, spoken
from idp.store import agents as rows
from idp.store.engine import Transaction
from idp.store.shortlived import ShortLived
from idp.tenants.tenancy import ACTIVE, Client, Tenant

CHARACTERS = 12
"""Of a code, five bits each (`idp/people/spoken.py`)."""
LABEL_CHARACTERS = 20
_DAYS = {1: 31, 6: 183, 12: 365}
MONTHS = tuple(_DAYS)
"""Terms among which a person chooses; who wants a longer one offers again when it ends."""
MOST = 20
"""Offers and mandates of one person at a time."""
_RANDOM_BYTES = 8
_HOUR = 60 * 60
_TRIES = (10, _HOUR)
"""Codes that one person may try."""
_OFFERS = (10, 24 * _HOUR)
"""Offers that one person may make."""


class MandateRefused(Exception):
    """An offer or a code that cannot be; `why` ends the name of its text: wrong, self, often, many, label."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person lets somebody do: at which services, for how many months, once or as often as needed.

    `label`: what the person calls the agent.
    """

    services: Sequence[str]
    months: int
    once: bool
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandates:
    """The acts, inside the transaction of whoever is signed in."""

    registry: Registry
    ending: Ending
    state: ShortLived
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def offer(self, tx: Transaction, tenant: Tenant, principal: bytes, wish: Wish) -> str:
        """The code of a new offer. Raises MandateRefused (wrong, often, many)."""
        label = wish.label.strip()
        possible = {client.service_id for client in offered_at(tenant)}
        if not label or len(label) > LABEL_CHARACTERS or wish.months not in MONTHS:
            raise MandateRefused("wrong")
        if not wish.services or not set(wish.services) <= possible:
            raise MandateRefused("wrong")
        open_ones = [kept for kept in self.registry.of(tx, tenant, Role.PRINCIPAL, principal) if _counts(kept)]
        if len(open_ones) >= MOST:
            raise MandateRefused("many")
        self._spend(tenant, "offers", principal, _OFFERS)
        now = self.now()
        body = Representation(
            basis=Basis.MANDATE,
            seen=Seen.OWN_LOGIN,
            state=State.OFFERED,
            principal=principal,
            services=tuple(sorted(set(wish.services))),
            once=wish.once,
            since=int(now.timestamp()),
            until=last_day(wish.months, now),
            agent_label=label,
        )
        kept = self.registry.add(tx, tenant, body)
        self.ending.write_down(tx, tenant, kept, "offered")
        return self._code(tx, tenant, kept)

    def look(self, tx: Transaction, tenant: Tenant, agent: bytes, typed: str) -> Kept:
        """What a code offers; it is not spent by that. Raises MandateRefused (wrong, self, often)."""
        self._spend(tenant, "tries", agent, _TRIES)
        return self._offered(tx, tenant, agent, typed)

    def accept(self, tx: Transaction, tenant: Tenant, agent: bytes, typed: str, label: str) -> Kept:
        """Become the agent. `label`: what the agent calls the person. Raises as `look`; nothing is spent then."""
        label = label.strip()
        if not label or len(label) > LABEL_CHARACTERS:
            raise MandateRefused("label")
        self._spend(tenant, "tries", agent, _TRIES)
        offered = self._offered(tx, tenant, agent, typed)
        held = self.registry.one(tx, tenant, offered.representation_id, held=True)
        if held is None or held.body.state is not State.OFFERED or not rows.spend_code(tx, _index(tenant, typed)):
            raise MandateRefused("wrong")
        body = replace(
            held.body,
            state=State.LIVE,
            agent=agent,
            since=int(self.now().timestamp()),
            principal_label=label,
        )
        kept = replace(held, body=body)
        self.registry.put(tx, tenant, kept)
        self.registry.add_side(tx, tenant, kept, Role.AGENT)
        self.ending.write_down(tx, tenant, kept, "accepted")
        return kept

    def end_given(self, tx: Transaction, tenant: Tenant, principal: bytes) -> int:
        """End all mandates that a person offered and gave, where it may not have been them who did; how many."""
        found = self.registry.of(tx, tenant, Role.PRINCIPAL, principal)
        given = [kept for kept in found if kept.body.basis is Basis.MANDATE]
        return sum(self.ending.run(tx, tenant, kept, EndedBy.PRINCIPAL) for kept in given)

    def _offered(self, tx: Transaction, tenant: Tenant, agent: bytes, typed: str) -> Kept:
        row = rows.code(tx, _index(tenant, typed))
        if row is None or row.expires_at <= int(self.now().timestamp()):
            raise MandateRefused("wrong")
        named = tenant.keys.open(_place(row.code_index), row.sealed_representation)
        kept = self.registry.one(tx, tenant, named)
        if kept is None or kept.body.state is not State.OFFERED:
            raise MandateRefused("wrong")
        if record.surviving(tx, tenant.keys, kept.body.principal) == agent:
            raise MandateRefused("self")
        return kept

    def _code(self, tx: Transaction, tenant: Tenant, kept: Kept) -> str:
        code = spoken.spoken(self.token_bytes(_RANDOM_BYTES), CHARACTERS)
        index, ends = tenant.keys.agent_code_index(code), int((self.now() + OFFER_LIFE).timestamp())
        sealed = tenant.keys.seal(_place(index), kept.representation_id)
        rows.add_code(tx, rows.CodeRow(index, sealed, ends))
        return code

    def _spend(self, tenant: Tenant, what: str, handle: bytes, window: tuple[int, int]) -> None:
        mark = tenant.keys.agent_mark(what, handle).hex()
        if tries.spend(self.state, [(f"agent-{what}:{tenant.tenant_id}:{mark}", window)]):
            raise MandateRefused("often")


def offered_at(tenant: Tenant) -> list[Client]:
    """The services at which somebody may act by a mandate, by id."""
    found = [
        client
        for client in tenant.clients.values()
        if Kind.VOLUNTARY in client.agent_kinds and client.state == ACTIVE
    ]
    return sorted(found, key=lambda client: client.service_id)


def last_day(months: int, now: datetime) -> date:
    """Of a term that begins now."""
    return day_in_japan(now) + timedelta(days=_DAYS[months])


def _counts(kept: Kept) -> bool:
    return kept.body.state is not State.ENDED


def _index(tenant: Tenant, typed: str) -> bytes:
    code = spoken.read(typed, CHARACTERS)
    return tenant.keys.agent_code_index(code) if code else b""


def _place(code_index: bytes) -> Place:
    return Place("representation_code", code_index, "representation")
