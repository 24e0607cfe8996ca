"""Changing what a municipality or one of its services demands of revocation evidence, and the tenant's settings.

Each act is one transaction with its audit entry; running servers follow within seconds.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from idp.administration import require_policy
from idp.audit import Action, Auditor
from idp.directory import Directory
from idp.store import tenants
from idp.store.engine import Store
from idp.tenancy import Client, Tenant
from idp.tenant_settings import TenantSettings, write_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """The acts, over the store."""

    store: Store
    directory: Directory
    auditor: Auditor

    def change_tenant(
        self, tenant: Tenant, *, revocation: Mapping[str, object], public_body: bool | None = None
    ) -> TenantSettings:
        """Put the given members into the tenant's settings; a revocation member that is None is taken out.

        Raises NotAllowed for a policy that is none.
        """
        merged = {**tenant.settings.revocation, **revocation}
        stated = {name: value for name, value in merged.items() if value is not None}
        require_policy(stated, {})
        settings = replace(
            tenant.settings,
            revocation=MappingProxyType(stated),
            public_body=tenant.settings.public_body if public_body is None else public_body,
        )
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            tenants.set_settings(tx, write_settings(settings))
            tenants.touch(tx)
            self.auditor.record(
                tx, tenant.keys, Action.TENANT_CHANGED, "done", revocation=stated, public_body=settings.public_body
            )
        self.directory.refresh()
        return settings

    def change_service(self, tenant: Tenant, client: Client, *, revocation: Mapping[str, object]) -> None:
        """Put the given members into the service's own policy; None goes back to the default for that member.

        Raises NotAllowed for a policy that is none.
        """
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            registration = json.loads(tenants.registration(tx, client.client_id))
            stated = {**registration.get("revocation", {}), **revocation}
            require_policy(tenant.settings.revocation, stated)
            registration["revocation"] = stated
            text = json.dumps(registration, ensure_ascii=False, sort_keys=True)
            tenants.set_registration(tx, client.client_id, text)
            tenants.touch(tx)
            self.auditor.record(
                tx, tenant.keys, Action.SERVICE_CHANGED, "done", client_id=client.client_id, revocation=stated
            )
        self.directory.refresh()
