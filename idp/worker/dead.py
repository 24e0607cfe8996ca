"""Jobs that were given up: listed without what they say, tried again at an operator's wish, forgotten in time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from idp.store import outbox as rows
from idp.store.engine import Store
from idp.tenants.directory import Directory
from idp.tenants.tenancy import Tenant

KEPT_SECONDS = 30 * 24 * 3600
"""Their payloads are sealed, and are personal data all the same."""
NEW_LIFE_SECONDS = 72 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetters:
    """What was given up, of every tenant."""

    store: Store
    directory: Directory
    now: Callable[[], datetime]

    def of(self, tenant: Tenant) -> Sequence[rows.Dead]:
        """The tenant's jobs that were given up, the oldest first."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            return rows.dead(tx)

    def retry(self, tenant: Tenant, job_id: bytes) -> bool:
        """Let one be tried at once, and for three days. False when there is none of that id."""
        now = self._seconds()
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            return rows.revive(tx, job_id, run_at=now, expires_at=now + NEW_LIFE_SECONDS)

    def forget(self) -> int:
        """Delete those that were given up thirty days ago; how many."""
        forgotten = 0
        for tenant in self.directory.all():
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                forgotten += rows.forget(tx, before=self._seconds() - KEPT_SECONDS)
        return forgotten

    def _seconds(self) -> int:
        return int(self.now().timestamp())
