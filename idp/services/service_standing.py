"""Whether a service may be used: agreed to, disabled, enabled again, gone for ever.

What a service holds ends in the transaction that closes it: tokens, refresh tokens, its part in sessions, of which
its back channel is told. Codes are not redeemed while it is closed, and none from before when it is open again.
Other services of its sector keep the login: that is the resident's, not the service's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.login.sign_out import SignOut
from idp.oversight.audit import Action, Auditor
from idp.registration import NotAllowed
from idp.services.registrations import Members, change, read
from idp.services.service_registration import join_sector, require_settled
from idp.store import refresh_families, tenants, tokens
from idp.store.engine import Store, Transaction
from idp.tenants.directory import Directory
from idp.tenants.tenancy import ACTIVE, DISABLED, REMOVED, WAITING, Client, Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStanding:
    """The acts, over the store: one transaction each, with its audit entry; running servers follow in seconds."""

    store: Store
    directory: Directory
    auditor: Auditor
    sign_out: SignOut
    now: Callable[[], datetime]

    def disable(self, tenant: Tenant, client: Client) -> None:
        """Let nobody sign in to it until it is enabled. Raises NotAllowed for one that is not open."""
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            self._require(tx, client, ACTIVE, "this service is not open")
            self.sign_out.leave(tx, tenant, client)
            self.close(tx, tenant, client, DISABLED, Action.SERVICE_DISABLED)
        self.directory.refresh()

    def enable(self, tenant: Tenant, client: Client) -> None:
        """Let residents sign in to it again. Raises NotAllowed for one that is not disabled."""
        moment = int(self.now().timestamp())
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            self._require(tx, client, DISABLED, "this service is not disabled")
            change(tx, client.client_id, lambda stored: {**stored, "enabled_at": moment})
            self._put(tx, tenant, client, ACTIVE, Action.SERVICE_ENABLED)
        self.directory.refresh()

    def approve(self, tenant: Tenant, client: Client, *, sector_purpose: str = "") -> None:
        """Agree to what a service that registered itself says of itself, and to its joining another one's sector.

        Raises NotAllowed for any other service, and for a shared sector without a purpose that residents are told.
        """
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            state = self._state(tx, client)
            stored = read(tx, client.client_id)
            if state == REMOVED or "self_registered" not in stored:
                raise NotAllowed("this service did not register itself: there is nothing to agree to")
            if state == WAITING:
                require_settled(tenant, client.sector_id)
                join_sector(tx, client.sector_id, sector_purpose, created=self.now().date())
            change(tx, client.client_id, _reviewed)
            opened = ACTIVE if state == WAITING else state
            self._put(tx, tenant, client, opened, Action.SERVICE_APPROVED)
        self.directory.refresh()

    def close(
        self, tx: Transaction, tenant: Tenant, client: Client, state: str, action: Action, **details: object
    ) -> None:
        """End what the service holds, inside `tx`. `state`: what it is from now on."""
        refresh_families.end_of_client(tx, client.client_id)  # first: as whoever ends one family does
        tokens.revoke_of_client(tx, client.client_id)
        self._put(tx, tenant, client, state, action, **details)

    def _put(
        self, tx: Transaction, tenant: Tenant, client: Client, state: str, action: Action, **details: object
    ) -> None:
        tenants.set_state(tx, client.client_id, state)
        tenants.touch(tx)
        self.auditor.record(tx, tenant.keys, action, "done", client_id=client.client_id, **details)

    def _require(self, tx: Transaction, client: Client, state: str, sentence: str) -> None:
        if self._state(tx, client) != state:
            raise NotAllowed(sentence)

    def _state(self, tx: Transaction, client: Client) -> str:
        """As it is now, other changes kept waiting. Raises NotAllowed for a service that is gone."""
        try:
            tenants.registration(tx, client.client_id)
            return tenants.state_of(tx, client.client_id)
        except LookupError as error:
            raise NotAllowed("there is no such service") from error


def _reviewed(stored: Members) -> dict[str, Any]:
    return {**stored, "self_registered": {**stored["self_registered"], "reviewed": True}}
