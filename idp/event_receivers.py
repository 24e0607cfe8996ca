"""Changing where a service receives events; running servers and workers follow within seconds."""

import json
from dataclasses import dataclass

from idp.audit import Action, Auditor
from idp.directory import Directory
from idp.registration import event_registration, require_event_receiver
from idp.store import tenants
from idp.store.engine import Store
from idp.tenancy import Client, Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class EventReceivers:
    """The act, over the store."""

    store: Store
    directory: Directory
    auditor: Auditor

    def change(self, tenant: Tenant, client: Client, endpoint: str | None, bearer: str | None) -> None:
        """Push the service's events there from now on, with that token or none; None: nowhere.

        Events that wait go to the new endpoint. Raises NotAllowed for one that cannot be one.
        """
        require_event_receiver(endpoint, bearer, sandbox=tenant.sandbox)
        events = event_registration(tenant.keys, client.client_id, endpoint, bearer)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            registration = json.loads(tenants.registration(tx, client.client_id))
            registration.pop("events", None)
            if events:
                registration["events"] = events
            text = json.dumps(registration, ensure_ascii=False, sort_keys=True)
            tenants.set_registration(tx, client.client_id, text)
            tenants.touch(tx)
            self.auditor.record(
                tx,
                tenant.keys,
                Action.SERVICE_CHANGED,
                "done",
                client_id=client.client_id,
                event_endpoint=endpoint,
                event_bearer=bearer is not None,
            )
        self.directory.refresh()
