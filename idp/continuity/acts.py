"""What two officers can do to numbers: begin a migration, or release a service's residents to another tenant."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from idp.continuity import plan as plans
from idp.continuity import record, sweep, windows
from idp.continuity.carry import giver_of, is_released, require_one_number
from idp.continuity.mapping_key import thumbprint
from idp.continuity.plan import DAY_SECONDS, Plan, Reason
from idp.continuity.record import State
from idp.events.outbox import JSON, Outbox
from idp.oversight.approval import Action, Payload
from idp.oversight.ledger import Ledger, Operation
from idp.registration import NotAllowed
from idp.services import registrations
from idp.services.service_registration import join_sector
from idp.store import migrating, tenants
from idp.store.engine import Store, Transaction
from idp.tenants.directory import Directory
from idp.tenants.tenancy import Tenant, Window

MIGRATE = "numbers.migrate"
_ID_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationActs:
    """The act of the second approval."""

    store: Store
    directory: Directory
    ledger: Ledger
    outbox: Outbox
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def actions(self) -> dict[str, Action]:
        """By name, for `Approvals`."""
        return {MIGRATE: Action(summary=_summary, apply=self.apply, facts=_facts)}

    def apply(self, tx: Transaction, tenant: Tenant, payload: Payload) -> None:
        """Begin. Raises NotAllowed when the plan does not fit the tenant any more."""
        plan = plans.of_members(payload)
        plans.require(plan, tenant)
        migration_id, at = self.token_bytes(_ID_BYTES).hex(), int(self.now().timestamp())
        if plan.reason is Reason.RELEASE:
            self._release(tx, tenant, plan, migration_id, at)
            return
        ends_at = at + plan.window_days * DAY_SECONDS
        services = [
            migrating.ServiceRow(migration_id=migration_id, client_id=client_id, ends_at=ends_at, mapped_at=None)
            for client_id in sorted(plan.services)
        ]
        row = record.row_of(tenant.keys, migration_id, plan, State.MOVING, at=at)
        migrating.add(tx, row, services)
        window = self._window(tx, tenant, plan, migration_id, ends_at)
        for client_id in sorted(plan.services):
            open_window(tx, tenant, client_id, window)
        if plan.reason is Reason.SECTOR:
            self._change_sector(tx, tenant, plan)
        tenants.touch(tx)
        leave_job(self.outbox, tx, tenant, migration_id, delay_seconds=sweep.KNOWN_SECONDS)
        self.ledger.record(tx, tenant.keys, Operation.MIGRATION_STARTED, described(migration_id, plan))

    def _window(self, tx: Transaction, tenant: Tenant, plan: Plan, migration_id: str, ends_at: int) -> Window:
        if plan.reason is not Reason.MERGER:
            also = plan.sectors[0] if plan.reason is Reason.SECTOR else ""
            return Window(migration_id, ends_at, also_sector=also)
        giver = giver_of(self.directory, plan)
        require_one_number(tx, giver, tenant, plan.only_service)
        with self.store.for_tenant(giver.tenant.tenant_id).read() as theirs:
            if not is_released(theirs, giver, tenant, plan.only_service):
                raise NotAllowed("the giving tenant's officers have not released these residents")
        return Window(
            migration_id,
            ends_at,
            other_tenant=giver.tenant.tenant_id,
            other_client=giver.client.client_id,
            previous_iss=giver.tenant.issuer,
        )

    def _change_sector(self, tx: Transaction, tenant: Tenant, plan: Plan) -> None:
        join_sector(tx, plan.to_sector, plan.sector_purpose, created=self.now().date())
        if not tenants.change_sector(tx, plan.only_service, old=plan.sectors[0], new=plan.to_sector):
            raise NotAllowed("the service is in another sector by now")

    def _release(self, tx: Transaction, tenant: Tenant, plan: Plan, migration_id: str, at: int) -> None:
        row = record.row_of(tenant.keys, migration_id, plan, State.RELEASED, at=at)
        migrating.add(tx, row, [])
        self.ledger.record(tx, tenant.keys, Operation.MIGRATION_RELEASED, described(migration_id, plan))


def open_window(tx: Transaction, tenant: Tenant, client_id: str, window: Window) -> None:
    """Open a service's window; where its residents may be besides stays. Raises NotAllowed when one is open."""
    known = window_of(tx, tenant, client_id)
    if known is not None and known.migration_id:
        raise NotAllowed("a migration of this service is not finished yet")
    if known is not None and not window.also_sector:
        window = replace(window, also_sector=known.also_sector)
    set_window(tx, tenant, client_id, window)


def window_of(tx: Transaction, tenant: Tenant, client_id: str) -> Window | None:
    """A service's window as it is stored; nobody else changes it until `tx` ends. Raises NotAllowed."""
    try:
        registration = tenants.registration(tx, client_id)
    except LookupError as error:
        raise NotAllowed("there is no such service") from error
    return windows.of_registration(tenant.keys, client_id, json.loads(registration))


def set_window(tx: Transaction, tenant: Tenant, client_id: str, window: Window | None) -> None:
    """Give a service another window, or none."""
    registrations.change(tx, client_id, lambda stored: windows.put(tenant.keys, client_id, stored, window))


def leave_job(
    outbox: Outbox, tx: Transaction, tenant: Tenant, migration_id: str, *, delay_seconds: int = 0
) -> None:
    """Have a worker go on with a migration."""
    payload: Mapping[str, JSON] = {"migration": migration_id}
    lives = sweep.LIVES_SECONDS
    outbox.put(tx, tenant.keys, sweep.KIND, payload, delay_seconds=delay_seconds, lives_seconds=lives)


def described(migration_id: str, plan: Plan) -> dict[str, JSON]:
    """A migration in the ledger: references and counts, and no number."""
    said: dict[str, JSON] = {
        "migration": migration_id,
        "reason": str(plan.reason),
        "services": sorted(plan.services),
        "numbers": plan.numbers,
        "window_days": plan.window_days,
    }
    if plan.sectors:
        said["sectors"] = list(plan.sectors)
    if plan.reason is Reason.COMPROMISE:
        said |= {"from_version": plan.from_version, "to_version": plan.to_version}
    if plan.to_sector:
        said["to_sector"] = plan.to_sector
    if plan.other_tenant:
        said |= {"other_tenant": plan.other_tenant}
    if plan.other_client:
        said |= {"other_service": plan.other_client}
    return said


def _summary(payload: Payload) -> str:
    plan = plans.of_members(payload)
    if plan.reason is Reason.COMPROMISE:
        return (
            f"give {plan.numbers} residents new numbers in place of those made with key version "
            f"{plan.from_version}{_whose(plan)}, at {len(plan.services)} services"
        )
    if plan.reason is Reason.SECTOR:
        return f"move {plan.only_service} to the sector {plan.to_sector}: {plan.numbers} residents change numbers"
    if plan.reason is Reason.MERGER:
        return f"take over the residents of {plan.other_client} at {plan.other_tenant} for {plan.only_service}"
    return f"give the residents of {plan.only_service} to {plan.other_client} at {plan.other_tenant}"


def _whose(plan: Plan) -> str:
    return f" of {plan.other_tenant}" if plan.other_tenant else ""


def _facts(payload: Payload) -> Mapping[str, Any]:
    """What an officer compares: the plan, and of each mapping file's key its thumbprint (RFC 7638)."""
    plan = plans.of_members(payload)
    keys = {client_id: thumbprint(key) if key else "no mapping file" for client_id, key in plan.services.items()}
    return {**{k: v for k, v in described("", plan).items() if k != "migration"}, "mapping_keys": keys}
