"""The PPID key of a tenant rotated: new pairs are made under the new version, existing ones keep their numbers."""

from dataclasses import dataclass

from connectors.ports import Keys
from idp.oversight.audit import Action, Auditor
from idp.registration import NotAllowed
from idp.store import tenants
from idp.store.engine import Store, Transaction
from idp.tenants.directory import Directory
from idp.tenants.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class PpidKey:
    """The act, over the store and the key custody."""

    store: Store
    keys: Keys
    directory: Directory
    auditor: Auditor

    def rotate(self, tenant: Tenant) -> int:
        """Add a version and let new pairs use it; its number. Running servers follow within seconds.

        Raises NotAllowed for a tenant that waits for its first key; the custody's errors, also for a key whose
        versions come from ceremonies alone. A version that the custody has made and nobody uses does no harm.
        """
        if tenant.ppid_key_version == 0:
            raise NotAllowed("the tenant waits for its PPID key: it comes from a ceremony")
        version = self.keys.rotate(tenant.tenant_id)  # before the transaction: nobody waits for the custody in one
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            self.use(tx, tenant, version)
        self.directory.refresh()
        return version

    def use(self, tx: Transaction, tenant: Tenant, version: int) -> None:
        """Let new pairs use a version that the custody has. Raises NotAllowed unless it is a later one."""
        tenants.hold(tx)
        if version <= tenants.ppid_key_version(tx):
            raise NotAllowed("this is not a later version of the PPID key")
        tenants.set_ppid_key_version(tx, version)
        tenants.touch(tx)
        self.auditor.record(tx, tenant.keys, Action.PPID_KEY_ROTATED, "done", version=version)
