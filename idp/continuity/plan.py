"""What is planned, as two officers approve it: why, whose numbers, how long services hear the old ones. Pure."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from idp.registration import NotAllowed
from idp.tenants.tenancy import Client, Tenant

MOST_WINDOW_DAYS = 400
"""Whoever signs in once a year is met within it."""
DAY_SECONDS = 24 * 3600


class Reason(StrEnum):
    """Why numbers change."""

    COMPROMISE = "compromise"
    """A key version is no longer trusted."""
    SECTOR = "sector"
    """A service moves to another sector."""
    MERGER = "merger"
    """A service is to be served by another tenant's issuer: the taking tenant's plan."""
    RELEASE = "release"
    """The giving tenant's plan for the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A migration. `services`: client id -> public key (JWK) for its mapping file, or None for no file.

    Of COMPROMISE: `sectors`, `from_version`, `to_version`, and `other_tenant` where the version is of the key of
    a tenant whose residents came here in a merger (their numbers keep its derivation inputs). Of SECTOR:
    `sectors` (the one it leaves), `to_sector` and why it is shared. Of MERGER and RELEASE: the other tenant and
    the client there.
    """

    reason: Reason
    services: Mapping[str, Mapping[str, Any] | None]
    window_days: int
    sectors: tuple[str, ...] = ()
    from_version: int = 0
    to_version: int = 0
    to_sector: str = ""
    sector_purpose: str = ""
    other_tenant: str = ""
    other_client: str = ""
    numbers: int = field(default=0, compare=False)
    """How many would change when it was proposed: what the officers are told, and no more."""

    @property
    def only_service(self) -> str:
        """The client of a plan that is about one."""
        (client_id,) = self.services
        return client_id


def write(plan: Plan) -> str:
    """The plan as it is stored and approved, JSON."""
    return json.dumps(asdict(plan), sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def read(text: str) -> Plan:
    """Undo `write`. Raises NotAllowed for anything that is no plan."""
    try:
        return of_members(json.loads(text))
    except ValueError as error:
        raise NotAllowed("this is no plan of a migration") from error


def of_members(members: Mapping[str, Any]) -> Plan:
    """The plan of a proposal's payload. Raises NotAllowed."""
    try:
        plan = Plan(**{**members, "reason": Reason(members["reason"]), "sectors": tuple(members["sectors"])})
        shaped = all(key is None or isinstance(key, dict) for key in plan.services.values())
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise NotAllowed("this is no plan of a migration") from error
    texts = (*plan.sectors, plan.to_sector, plan.sector_purpose, plan.other_tenant, plan.other_client)
    numbers = (plan.window_days, plan.from_version, plan.to_version, plan.numbers)
    if not (shaped and all(isinstance(text, str) for text in texts) and all(type(n) is int for n in numbers)):
        raise NotAllowed("this is no plan of a migration")
    return plan


def require(plan: Plan, tenant: Tenant) -> None:
    """Raise NotAllowed unless the plan can be carried out at the tenant as it is now."""
    if not 1 <= plan.window_days <= MOST_WINDOW_DAYS:
        raise NotAllowed(f"a window has 1 to {MOST_WINDOW_DAYS} days")
    if not plan.services or not set(plan.services) <= set(tenant.clients):
        raise NotAllowed("a migration is about services of the tenant")
    for client_id in plan.services:
        _require_free(plan, tenant.clients[client_id])
    if plan.reason is Reason.COMPROMISE:
        _require_compromise(plan, tenant)
    elif plan.reason is Reason.SECTOR:
        _require_sector(plan, tenant)
    elif plan.other_tenant == tenant.tenant_id or not plan.other_client or len(plan.services) != 1:
        raise NotAllowed("a merger is about one service at one tenant and one at another")


def affected(tenant: Tenant, sectors: tuple[str, ...]) -> tuple[Client, ...]:
    """The services whose residents' numbers are of these sectors."""
    return tuple(client for client in tenant.clients.values() if set(client.sectors) & set(sectors))


def _require_free(plan: Plan, client: Client) -> None:
    """A service is in one migration at a time, of whatever kind; one that was left behind half may be taken up."""
    window = client.window
    if window is None or plan.reason is Reason.RELEASE:
        return
    if window.migration_id:
        raise NotAllowed(f"a migration of {client.service_id} is not finished yet")
    between = {client.sector_id, window.also_sector}
    if plan.reason is Reason.SECTOR and {*plan.sectors, plan.to_sector} != between:
        raise NotAllowed(
            f"some residents of {client.service_id} are in another sector since a migration was aborted"
        )


def _require_compromise(plan: Plan, tenant: Tenant) -> None:
    if not plan.sectors or not set(plan.sectors) <= set(tenant.sectors):
        raise NotAllowed("a compromise is about sectors of the tenant")
    if {client.client_id for client in affected(tenant, plan.sectors)} != set(plan.services):
        raise NotAllowed("the services of the sectors have changed since this was planned")
    if plan.other_tenant:
        if plan.other_tenant == tenant.tenant_id or plan.from_version < 1:
            raise NotAllowed("a giver's key is another tenant's, and has versions from 1 on")
        if not 1 <= plan.to_version <= tenant.ppid_key_version:
            raise NotAllowed("the tenant has no key of that version")
    elif not 1 <= plan.from_version < plan.to_version <= tenant.ppid_key_version:
        raise NotAllowed("the tenant's key is still of this version, or of an earlier one: rotate it first")


def _require_sector(plan: Plan, tenant: Tenant) -> None:
    if len(plan.services) != 1 or plan.sectors != (tenant.clients[plan.only_service].sector_id,):
        raise NotAllowed("a service leaves the sector that it is in")
    if not plan.to_sector or plan.to_sector in plan.sectors:
        raise NotAllowed("a service moves to another sector than it is in")
