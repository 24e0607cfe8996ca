"""The wrapping key of a tenant rotated, and all its data keys wrapped anew under the new version.

The data keys themselves stay what they are, so nothing that is sealed or indexed changes; signing keys and index
keys follow, because the ones are sealed under a data key and the others are one.
"""

from dataclasses import dataclass

from connectors.ports import Keys
from idp.custody.progress import Progress, silent
from idp.oversight.audit import Action, Auditor
from idp.store import data_keys
from idp.store.data_keys import DataKeyRow
from idp.store.engine import Store
from idp.tenants.tenancy import Tenant


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key as commands list it. `wrapped_under`: the version of the wrapping key."""

    label: str
    generation: int
    state: str
    wrapped_under: int


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """What a run did. `version`: of the wrapping key, under which all are now."""

    version: int
    rewrapped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapping:
    """The acts, over the store and the key custody."""

    store: Store
    keys: Keys
    auditor: Auditor

    def listed(self, tenant: Tenant) -> list[WrappedKey]:
        """Every data key of the tenant."""
        return [
            WrappedKey(row.label, row.generation, row.state, self.keys.wrapped_under(row.wrapped))
            for row in self._rows(tenant)
        ]

    def rotate(self, tenant: Tenant) -> int:
        """Add a version of the wrapping key, durable in the custody; its number."""
        version = self.keys.rotate_wrapping(tenant.tenant_id)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            self.auditor.record(tx, tenant.keys, Action.WRAPPING_KEY_ROTATED, "done", version=version)
        return version

    def rewrap(self, tenant: Tenant, progress: Progress = silent) -> Rewrapped:
        """Wrap every data key anew that is not under the latest version. May be killed and run again."""
        version = self.keys.wrapping_version(tenant.tenant_id)
        rows = self._rows(tenant)
        behind = [row for row in rows if self.keys.wrapped_under(row.wrapped) < version]
        for done, row in enumerate(behind, start=1):
            self._rewrap(tenant, row)
            progress("data keys", done, len(behind))
        return Rewrapped(version, len(behind))

    def _rewrap(self, tenant: Tenant, row: DataKeyRow) -> None:
        key = self.keys.unwrap(tenant.tenant_id, row.label, row.wrapped)
        wrapped = self.keys.wrap(tenant.tenant_id, row.label, key)
        if self.keys.unwrap(tenant.tenant_id, row.label, wrapped) != key:
            raise ValueError("a data key came back as another one")
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if data_keys.replace_wrapped(tx, row, wrapped):
                self.auditor.record(
                    tx,
                    tenant.keys,
                    Action.DATA_KEY_REWRAPPED,
                    "done",
                    label=row.label,
                    generation=row.generation,
                    version=self.keys.wrapped_under(wrapped),
                )

    def _rows(self, tenant: Tenant) -> list[DataKeyRow]:
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            return data_keys.every(tx)
