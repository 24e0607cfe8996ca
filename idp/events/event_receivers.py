"""Changing where a service receives events; running servers and workers follow within seconds."""

from dataclasses import dataclass

from idp.oversight.audit import Auditor
from idp.registration import event_registration, require_event_receiver
from idp.services.registrations import Members, rewrite
from idp.store.engine import Store
from idp.tenants.directory import Directory
from idp.tenants.tenancy import Client, Tenant


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

        def receive(stored: Members) -> Members:
            others = {name: member for name, member in stored.items() if name != "events"}
            return {**others, "events": events} if events else others

        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            rewrite(
                tx,
                self.auditor,
                tenant,
                client.client_id,
                receive,
                event_endpoint=endpoint,
                event_bearer=bearer is not None,
            )
        self.directory.refresh()
