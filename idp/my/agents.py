"""Who may act for somebody, and for whom they may act: read, and ended by themselves.

A mandate is ended by either side. What the law or a court says is ended at the counter: whoever is acted for could
not be kept from ending what protects them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from idp.agents.ending import Ending
from idp.agents.registry import Kept, Registry, Role
from idp.agents.representation import EndedBy, Kind, State
from idp.events.outbox import JSON
from idp.japan import day_in_japan
from idp.my import when
from idp.my.resident import Resident
from idp.my.when import When
from idp.store.engine import Store
from idp.tenants.tenancy import Tenant

_BY = {Role.PRINCIPAL: EndedBy.PRINCIPAL, Role.AGENT: EndedBy.AGENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """Logins by an agent in a month: pairs of a service's name and how many."""

    year: int
    month: int
    counted: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One of them as its side sees it. `label`: this side's own word for the other, empty for none.

    `services`: names, empty for all that take agents. `offered`: nobody has taken it up yet. `mark`: by which this
    session's form ends it, None where it is not theirs to end. `ended_by`: None while it has not ended.
    """

    label: str
    basis: str
    services: Sequence[str]
    once: bool
    offered: bool
    since: When
    until: When
    months: Sequence[Month]
    mark: str | None
    ended_by: str | None


@dataclass(frozen=True, slots=True)
class Both:
    """A person's, by their role; `over`: on either side, ended."""

    mine: Sequence[Shown]
    theirs: Sequence[Shown]
    over: Sequence[Shown]


@dataclass(frozen=True, slots=True, kw_only=True)
class MyAgents:
    """Reading and ending."""

    store: Store
    registry: Registry
    ending: Ending
    now: Callable[[], datetime]

    def of(self, resident: Resident, language: str) -> Both:
        """Both sides."""
        found = self._found(resident)
        shown = {role: [self._shown(resident, role, kept, language) for kept in found[role]] for role in Role}
        over = [one for role in Role for one in shown[role] if one.ended_by]
        mine, theirs = ([one for one in shown[role] if not one.ended_by] for role in Role)
        return Both(mine, theirs, over)

    def end(self, resident: Resident, mark: str) -> bool:
        """End what has that mark in this session. False when nothing of this person has, or it is over."""
        tenant = resident.tenant
        for role, kept in ((role, one) for role, found in self._found(resident).items() for one in found):
            if _may_end(role, kept) and resident.has_sent(_marking(role, kept), mark):
                with self.store.for_tenant(tenant.tenant_id).write() as tx:
                    return self.ending.run(tx, tenant, kept, _BY[role])
        return False

    def data(self, resident: Resident) -> Mapping[str, JSON]:
        """For the file of everything that is held about them."""
        found = self._found(resident)
        return {
            "agents_for_me": [_described(kept, kept.body.agent_label) for kept in found[Role.PRINCIPAL]],
            "people_i_act_for": [_described(kept, kept.body.principal_label) for kept in found[Role.AGENT]],
        }

    def _found(self, resident: Resident) -> Mapping[Role, list[Kept]]:
        tenant = resident.tenant
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            return {role: self.registry.of(tx, tenant, role, resident.handle) for role in Role}

    def _shown(self, resident: Resident, role: Role, kept: Kept, language: str) -> Shown:
        body, tenant = kept.body, resident.tenant
        over_by_time = body.is_over_by_time(self.now())
        ended_by = EndedBy.TIME if over_by_time else body.ended_by
        return Shown(
            label=body.agent_label if role is Role.PRINCIPAL else body.principal_label,
            basis=str(body.basis),
            services=[_name(tenant, entry, language) for entry in body.services],
            once=body.once,
            offered=body.state is State.OFFERED,
            since=when.on(day_in_japan(datetime.fromtimestamp(body.since, UTC))),
            until=when.on(body.until),
            months=[
                _month(tenant, month, body.uses[month], language) for month in sorted(body.uses, reverse=True)
            ],
            mark=resident.form(_marking(role, kept)) if not ended_by and _may_end(role, kept) else None,
            ended_by=str(ended_by) if ended_by else None,
        )


def _may_end(role: Role, kept: Kept) -> bool:
    return kept.body.kind is Kind.VOLUNTARY or role is Role.AGENT


def _marking(role: Role, kept: Kept) -> str:
    return f"end agent {role} {kept.representation_id.hex()}"


def _month(tenant: Tenant, month: str, counted: Mapping[str, int], language: str) -> Month:
    year, _, number = month.partition("-")
    named = [(_name(tenant, service_id, language), count) for service_id, count in sorted(counted.items())]
    return Month(year=int(year), month=int(number), counted=named)


def _name(tenant: Tenant, entry: str, language: str) -> str:
    """A service's name, with that of its procedure; the id of one that is gone."""
    service_id, _, procedure_id = entry.partition("/")
    client = tenant.service(service_id)
    if client is None:
        return entry
    procedure = client.procedures.get(procedure_id)
    return f"{client.name(language)} {procedure.name(language)}" if procedure else client.name(language)


def _described(kept: Kept, label: str) -> JSON:
    body = kept.body
    return {
        "called": label or None,
        "basis": str(body.basis),
        "state": str(body.state),
        "services": list(body.services),
        "since": day_in_japan(datetime.fromtimestamp(body.since, UTC)).isoformat(),
        "until": body.until.isoformat(),
        "logins_by_month": {month: dict(counted) for month, counted in body.uses.items()},
    }
