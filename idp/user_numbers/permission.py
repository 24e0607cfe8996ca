"""Letting a service that is registered already use the link registry, or no longer."""

import json
from dataclasses import dataclass

from idp.audit import Action, Auditor
from idp.directory import Directory
from idp.registration import NotAllowed
from idp.store import tenants
from idp.store.engine import Store
from idp.tenancy import VERIFY, Client, Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """The act, over the store."""

    store: Store
    directory: Directory
    auditor: Auditor

    def change(self, tenant: Tenant, client: Client, *, allowed: bool) -> None:
        """Allow or forbid it from now on; numbers stay where they are. Raises NotAllowed for a public client."""
        if client.token_endpoint_auth_method == "none":
            raise NotAllowed("the link registry is for services that can keep a secret")
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            registration = json.loads(tenants.registration(tx, client.client_id))
            scopes = [scope for scope in registration["scope"].split() if scope != VERIFY]
            registration.pop("user_numbers", None)
            if allowed:
                registration["user_numbers"] = True
            if allowed or "verify" in registration:
                scopes.append(VERIFY)
            registration["scope"] = " ".join(scopes)
            text = json.dumps(registration, ensure_ascii=False, sort_keys=True)
            tenants.set_registration(tx, client.client_id, text)
            tenants.touch(tx)
            self.auditor.record(
                tx,
                tenant.keys,
                Action.SERVICE_CHANGED,
                "done",
                client_id=client.client_id,
                user_numbers=allowed,
            )
        self.directory.refresh()
