"""One part of telling: the event `subject-migrated` to the services that take events, once for every number."""

from dataclasses import dataclass

from idp.continuity.record import Migration
from idp.continuity.sweep import PART, still
from idp.events.events import Events
from idp.login.pairwise import open_ppid
from idp.login.previous import open_previous
from idp.store import migrating, moving
from idp.store.engine import Store, Transaction
from idp.store.migrating import MovedRow, Previous
from idp.tenants.tenancy import ACTIVE, Client, Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Leaves the events; the numbers of a service without a receiver stay untold."""

    store: Store
    events: Events

    def run(self, tenant: Tenant, migration: Migration) -> bytes | None:
        """See Part."""
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if still(tx, tenant, migration) is None:
                return migration.cursor
            rows = migrating.untold(tx, migration.migration_id, after=migration.cursor, limit=PART)
            if not rows:
                return None
            numbers = moving.sealed_numbers(tx, {row.pair_id for row in rows})
            for row in rows:
                self._tell(tx, tenant, row, numbers[row.pair_id])
            migrating.change(tx, migration.migration_id, cursor=rows[-1].pair_id)
        return rows[-1].pair_id

    def _tell(self, tx: Transaction, tenant: Tenant, row: MovedRow, sealed_number: bytes) -> None:
        client = tenant.clients.get(row.client_id)
        if client is None or not _takes_events(client):
            return
        previous = open_previous(tenant, client, row.pair_id, Previous(row.sealed_previous, row.told))
        number = open_ppid(tenant, row.pair_id, sealed_number)
        self.events.tell_migrated(tx, tenant, client, number, previous.sub, previous.iss)
        migrating.tell(tx, row.client_id, row.pair_id)


def _takes_events(client: Client) -> bool:
    return client.event_endpoint is not None and client.state == ACTIVE
