"""Migrations as an operator sees them: what would change, propose, look, abort, go on, finish."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from idp.continuity import carried_numbers, record, versions
from idp.continuity import plan as plans
from idp.continuity.acts import MIGRATE, described, leave_job, set_window, window_of
from idp.continuity.carried_numbers import ToCarry
from idp.continuity.carry import Giver, giver_of, require_one_number
from idp.continuity.plan import Plan, Reason
from idp.continuity.record import UNDER_WAY, Migration, State
from idp.continuity.sweep import KNOWN_SECONDS
from idp.events.outbox import Outbox
from idp.oversight.approval import Approvals, Proposal
from idp.oversight.ledger import Ledger, Operation
from idp.registration import NotAllowed
from idp.store import migrating, moving, tenants, user_numbers
from idp.store.engine import Store, Transaction
from idp.tenants.directory import Directory
from idp.tenants.tenancy import Tenant, Window

_FORGET_AT_ONCE = 500
_NUMBERS = 2000
"""User numbers of one page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Of one service. `moved`: residents with a new number; `told`: new numbers that it has received.

    `left`: residents who still have the old one. `ends_at`, `mapped_at`: seconds since 1970.
    """

    client_id: str
    moved: int
    told: int
    left: int
    ends_at: int
    mapped_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrations:
    """The acts, over the store."""

    store: Store
    directory: Directory
    approvals: Approvals
    ledger: Ledger
    outbox: Outbox
    now: Callable[[], datetime]

    def counted(self, tenant: Tenant, plan: Plan) -> tuple[Plan, Mapping[str, int]]:
        """The dry run: the plan with how many numbers would change, and how many residents of each service.

        Raises NotAllowed for a plan that cannot be carried out.
        """
        plans.require(plan, tenant)
        if plan.reason is Reason.MERGER:
            with self.store.for_tenant(tenant.tenant_id).read() as tx:
                require_one_number(tx, giver_of(self.directory, plan), tenant, plan.only_service)
        services = self._left(tenant, plan)
        total = services.pop("", 0) or sum(services.values())
        return replace(plan, numbers=total), {client_id: services.get(client_id, 0) for client_id in plan.services}

    def user_numbers(self, tenant: Tenant, plan: Plan) -> ToCarry | None:
        """What a merger does with the service's own user numbers; None for another plan, and where it keeps none.

        Raises NotAllowed.
        """
        if plan.reason is not Reason.MERGER or not tenant.clients[plan.only_service].user_numbers:
            return None
        giver, client = giver_of(self.directory, plan), tenant.clients[plan.only_service]
        count, after = ToCarry(), b""
        while True:
            with self.store.for_tenant(giver.tenant.tenant_id).read() as tx:
                page = user_numbers.page(tx, giver.client.client_id, linked=None, after=after, count=_NUMBERS)
            if not page:
                return count
            wanted = carried_numbers.indexes(giver.tenant, tenant, client, page)
            with self.store.for_tenant(tenant.tenant_id).read() as tx:
                there = user_numbers.by_numbers(tx, client.client_id, wanted)
            more = carried_numbers.counted(giver.tenant, tenant, client, page, there)
            count, after = carried_numbers.added(count, more), page[-1].number_id

    def propose(self, tenant: Tenant, plan: Plan) -> Proposal:
        """Ask two officers. Raises NotAllowed."""
        counted, _ = self.counted(tenant, plan)
        return self.approvals.propose(tenant, MIGRATE, asdict(counted))

    def all_of(self, tenant: Tenant) -> list[Migration]:
        """The tenant's migrations, the oldest first."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            return record.all_of(tx, tenant.keys)

    def status(self, tenant: Tenant, migration_id: str) -> tuple[Migration, list[Progress]]:
        """How far a migration is, and each of its services. Raises NotAllowed when there is none."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            migration = record.read(tx, tenant.keys, migration_id)
            counts = migrating.counts(tx, migration_id)
            services = migrating.services(tx, migration_id)
        unfinished = migration.state not in (State.FINISHED, State.WITHDRAWN, State.RELEASED)
        left = self._still_left(tenant, migration.plan) if unfinished else {}
        return migration, [
            Progress(
                client_id=service.client_id,
                moved=counts.get(service.client_id, (0, 0))[0],
                told=counts.get(service.client_id, (0, 0))[1],
                left=left.get(service.client_id, 0),
                ends_at=service.ends_at,
                mapped_at=service.mapped_at,
            )
            for service in services
        ]

    def resume(self, tenant: Tenant, migration_id: str) -> State:
        """Give a migration whose job was given up a new one; its state. Raises NotAllowed when none is needed."""
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            migration = record.read(tx, tenant.keys, migration_id, held=True)
            if migration.state not in UNDER_WAY:
                raise NotAllowed(f"there is nothing to go on with: the migration is {migration.state}")
            leave_job(self.outbox, tx, tenant, migration_id)
        return migration.state

    def abort(self, tenant: Tenant, migration_id: str) -> State:
        """Go back for everybody whose new number nobody has received; of a release: withdraw it.

        Raises NotAllowed for a migration that is over.
        """
        at = int(self.now().timestamp())
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            migration = record.read(tx, tenant.keys, migration_id, held=True)
            if migration.state is State.RELEASED:
                migrating.change(tx, migration_id, state=State.WITHDRAWN)
                self._record(tx, tenant, Operation.MIGRATION_ABORTED, migration)
                return State.WITHDRAWN
            if migration.state not in (State.MOVING, State.TELLING, State.OPEN):
                raise NotAllowed(f"there is nothing to abort: the migration is {migration.state}")
            migrating.change(tx, migration_id, state=State.ABORTING, cursor=b"", started_at=at)
            self._turn_round(tx, tenant, migration.plan)
            tenants.touch(tx)
            leave_job(self.outbox, tx, tenant, migration_id, delay_seconds=KNOWN_SECONDS)
            self._record(tx, tenant, Operation.MIGRATION_ABORTED, migration)
        self.directory.refresh()
        return State.ABORTING

    def finish(self, tenant: Tenant, migration_id: str, *, early: bool = False) -> None:
        """Close the windows and forget what joined old and new.

        Raises NotAllowed before the windows end, unless `early`, and when somebody still has an old number, who is
        then changed first.
        """
        if self._left_behind(tenant, migration_id):
            raise NotAllowed("some residents still have the old number; they are being changed: finish again then")
        now = int(self.now().timestamp())
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            migration = record.read(tx, tenant.keys, migration_id, held=True)
            if migration.state is not State.FINISHED:
                self._close(tx, tenant, migration, now, early=early)
        self.directory.refresh()
        while self._forget(tenant, migration_id):
            pass

    def _forget(self, tenant: Tenant, migration_id: str) -> bool:
        """Delete some notes of what moved, and leave the tombstones alone in their places; False without any."""
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            notes = migrating.some(tx, migration_id, limit=_FORGET_AT_ONCE)
            former = {note.former_pair_id for note in notes if note.former_pair_id is not None}
            moving.bury(tx, {pair_id: tenant.keys.ended_pair_index(pair_id) for pair_id in former})
            migrating.unmove(tx, notes)
        return bool(notes)

    def ended(self, tx: Transaction, tenant: Tenant, migration: Migration) -> State:
        """The state of a migration whose going back is done; whoever has gone back wholly needs no window."""
        stays = {
            client_id: moved for client_id, (moved, _) in migrating.counts(tx, migration.migration_id).items()
        }
        for client_id in migration.plan.services:
            also = self._elsewhere(tx, tenant, migration.plan, client_id, aborted=True)
            if not stays.get(client_id) and (not also or migration.plan.reason is not Reason.SECTOR):
                set_window(tx, tenant, client_id, _settled(also))
        tenants.touch(tx)
        return State.ABORTED

    def _close(self, tx: Transaction, tenant: Tenant, migration: Migration, now: int, *, early: bool) -> None:
        if migration.state not in (State.OPEN, State.ABORTED):
            raise NotAllowed(f"there is nothing to finish: the migration is {migration.state}")
        ends = [service.ends_at for service in migrating.services(tx, migration.migration_id)]
        if not early and any(end > now for end in ends):
            raise NotAllowed("a window is still open: services would lose what they have not taken up yet")
        aborted = migration.state is State.ABORTED
        for client_id in migration.plan.services:
            also = self._elsewhere(tx, tenant, migration.plan, client_id, aborted=aborted)
            set_window(tx, tenant, client_id, _settled(also))
        migrating.change(tx, migration.migration_id, state=State.FINISHED)
        tenants.touch(tx)
        self._record(tx, tenant, Operation.MIGRATION_FINISHED, migration)

    def _turn_round(self, tx: Transaction, tenant: Tenant, plan: Plan) -> None:
        """The service is in its old sector again, or takes nobody over; who stays is looked for as well."""
        if plan.reason is Reason.COMPROMISE:
            return
        client_id = plan.only_service
        window = window_of(tx, tenant, client_id)
        if window is None:
            raise NotAllowed("the service's window is gone")
        if plan.reason is Reason.MERGER:
            set_window(tx, tenant, client_id, replace(window, other_tenant="", other_client=""))
            return
        if not tenants.change_sector(tx, client_id, old=plan.to_sector, new=plan.sectors[0]):
            raise NotAllowed("the service is in another sector by now")
        set_window(tx, tenant, client_id, replace(window, also_sector=plan.to_sector))

    def _elsewhere(self, tx: Transaction, tenant: Tenant, plan: Plan, client_id: str, *, aborted: bool) -> str:
        """The other sector in which some residents of a service are and stay, or ""."""
        if plan.reason is not Reason.SECTOR:  # since an earlier migration, perhaps
            window = window_of(tx, tenant, client_id)
            return window.also_sector if window else ""
        return plan.to_sector if aborted and moving.count_of_service(tx, plan.to_sector, client_id) else ""

    def _left_behind(self, tenant: Tenant, migration_id: str) -> bool:
        """Whether somebody still has an old number; a worker sees to it then."""
        migration, services = self.status(tenant, migration_id)
        if migration.state is not State.OPEN or not any(service.left for service in services):
            return False
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if record.read(tx, tenant.keys, migration_id, held=True).state is not State.OPEN:
                return True
            migrating.change(tx, migration_id, state=State.MOVING, cursor=b"")
            leave_job(self.outbox, tx, tenant, migration_id)
        return True

    def _still_left(self, tenant: Tenant, plan: Plan) -> dict[str, int]:
        """As `_left`; a giving tenant that is gone gives nobody any more."""
        try:
            return self._left(tenant, plan)
        except NotAllowed:
            return {}

    def _left(self, tenant: Tenant, plan: Plan) -> dict[str, int]:
        """Residents of each service with an old number; under "" how many numbers, where services share them."""
        if plan.reason is Reason.MERGER:
            giver = giver_of(self.directory, plan)
            return {plan.only_service: self._not_carried(tenant, plan, giver)}
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            if plan.reason is Reason.COMPROMISE:
                return versions.counted(tx, tenant, plan)
            sector = plan.sectors[0] if plan.sectors else tenant.clients[plan.only_service].sector_id
            return {plan.only_service: moving.count_of_service(tx, sector, plan.only_service)}

    def _not_carried(self, tenant: Tenant, plan: Plan, giver: Giver) -> int:
        with self.store.for_tenant(giver.tenant.tenant_id).read() as tx:
            there = moving.count_of_service(tx, giver.client.sector_id, giver.client.client_id)
        window = tenant.clients[plan.only_service].window
        if window is None:
            return there
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            carried, _ = migrating.counts(tx, window.migration_id).get(plan.only_service, (0, 0))
        return max(0, there - carried)

    def _record(self, tx: Transaction, tenant: Tenant, operation: Operation, migration: Migration) -> None:
        counts = migrating.counts(tx, migration.migration_id)
        moved, told = (sum(count[which] for count in counts.values()) for which in (0, 1))
        details = described(migration.migration_id, migration.plan) | {"grants_moved": moved, "received": told}
        self.ledger.record(tx, tenant.keys, operation, details)


def _settled(also_sector: str) -> Window | None:
    """The window of a service whose migration is over."""
    return Window("", 0, also_sector=also_sector) if also_sector else None


def as_record(migration: Migration) -> dict[str, Any]:
    """A migration as commands print it."""
    return described(migration.migration_id, migration.plan) | {
        "state": str(migration.state),
        "changed": migration.moved,
    }
