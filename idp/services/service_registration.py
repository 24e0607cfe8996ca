"""Registering a service: one judge and one way into the store, whoever does it, an administrator or itself.

The document of a sector is fetched before anything is written, and outside the transaction that writes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from idp.japan import day_in_japan
from idp.oversight.audit import Action, Auditor
from idp.registration import (
    NewService,
    NotAllowed,
    complete,
    event_registration,
    registration,
    require_one_host,
    require_policy,
    require_possible,
    require_service,
)
from idp.services import client_secrets
from idp.services.redirect_uris import host_of
from idp.services.registrations import to_text
from idp.services.sector_identifiers import SectorIdentifiers
from idp.store import tenants
from idp.store.engine import Store, Transaction
from idp.tenants.directory import Directory
from idp.tenants.tenancy import ACTIVE, WAITING, Tenant

_RANDOM_BYTES = 8
_CLIENT_CHARACTERS, _SECTOR_CHARACTERS = 32, 40
"""Of the service's id in the ids that are made of it."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A new client. `client_secret` is shown once and stored only as its SHA-256; None where none is needed.

    `state`: `waiting` where an administrator has to agree first.
    """

    client_id: str
    client_secret: str | None
    sector_id: str
    state: str = ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRegistration:
    """The act, over the store."""

    store: Store
    directory: Directory
    auditor: Auditor
    sectors: SectorIdentifiers
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def register(self, tenant: Tenant, new: NewService) -> Registered:
        """Register a service for an administrator, with a secret if it authenticates by one.

        Raises NotAllowed for a malformed wish, a taken service id, and a shared sector without a stated purpose
        or with another one than it has.
        """
        self.judge(tenant, new)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            registered = self.add(tx, tenant, new)
        self.directory.refresh()
        return registered

    def judge(self, tenant: Tenant, new: NewService) -> None:
        """Raise NotAllowed unless the service may be registered at the tenant now, as it is wished."""
        require_service(new, sandbox=tenant.sandbox)
        require_possible(new, tenant, today=day_in_japan(self.now()))
        require_policy(tenant.settings.revocation, new.revocation, now=self.now())
        require_one_host(new)
        if new.sector_identifier_uri:
            uris = tuple(new.redirect_uris)
            self.sectors.require_listed(new.sector_identifier_uri, uris, sandbox=tenant.sandbox)

    def add(
        self,
        tx: Transaction,
        tenant: Tenant,
        new: NewService,
        *,
        itself: Mapping[str, object] | None = None,
        **details: object,
    ) -> Registered:
        """Store a service that was judged. Raises NotAllowed; then the transaction has to be given up.

        `itself`: of one that registers itself, what is kept of that (`idp/services/self_registration.py`): it
        joins no other service's sector until an administrator agrees, but in the sandbox. `details`: for the audit
        entry.
        """
        method = complete(new).token_endpoint_auth_method or ""
        client_id = f"{new.service_id[:_CLIENT_CHARACTERS]}-{self.token_bytes(_RANDOM_BYTES).hex()}"
        today = self.now().date()
        sector_id, state = self._into_sector(tx, tenant, new, may_join=itself is None or tenant.sandbox)
        events = event_registration(tenant.keys, client_id, new.event_endpoint, new.event_bearer)
        members = registration(new, tenant, events) | ({} if itself is None else {"self_registered": itself})
        row = tenants.ClientRow(client_id, new.service_id, sector_id, state, to_text(members))
        if not tenants.add_client(tx, row, created=today):
            raise NotAllowed("this service id is taken at the tenant")
        secret = client_secrets.settle(tx, client_id, method, self.token_bytes, now=self.now())
        tenants.touch(tx)
        said = {"client_id": client_id, "sector_id": sector_id, **details}
        self.auditor.record(tx, tenant.keys, Action.SERVICE_CREATED, "done", **said)
        return Registered(client_id, secret.text if secret else None, sector_id, state)

    def _into_sector(self, tx: Transaction, tenant: Tenant, new: NewService, *, may_join: bool) -> tuple[str, str]:
        """The service's sector and its state there.

        The stated one; the one that its sector_identifier_uri finds; else one of its own, which that finds from
        now on.
        """
        today, host = self.now().date(), host_of(new.sector_identifier_uri or "")
        found = tenants.sector_of_host(tx, host) if host and new.sector_id is None else None
        sector_id = new.sector_id or found or self._own_sector(new)
        require_settled(tenant, sector_id)
        if found is not None and not may_join:
            return sector_id, WAITING
        purpose = new.sector_purpose
        if found is not None and tenant.sandbox:
            purpose = purpose or tenants.sector_purpose(tx, found) or f"sector_identifier_uri: {host}"
        join_sector(tx, sector_id, purpose, created=today)
        if host and new.sector_id is None and found is None:
            tenants.set_sector_host(tx, sector_id, host)
        return sector_id, ACTIVE

    def _own_sector(self, new: NewService) -> str:
        return f"{new.service_id[:_SECTOR_CHARACTERS]}-{self.token_bytes(_RANDOM_BYTES).hex()}"


def join_sector(tx: Transaction, sector_id: str, purpose: str, *, created: date) -> None:
    """Make a service's own sector, or join one that is shared for a purpose that residents are told.

    Raises NotAllowed for a shared sector without a stated purpose, or with another one than it has.
    """
    if tenants.add_sector(tx, tenants.SectorRow(sector_id, purpose), created=created):
        return
    known = tenants.sector_purpose(tx, sector_id)
    if not (known or purpose):
        raise NotAllowed("a shared sector needs its purpose, which residents are told")
    if known and purpose not in ("", known):
        raise NotAllowed("this sector is shared for another purpose")
    if not known:
        tenants.state_sector_purpose(tx, sector_id, purpose)


def require_settled(tenant: Tenant, sector_id: str) -> None:
    """Raise NotAllowed while residents of the sector change numbers: a new service would not hear of it."""
    for client in tenant.clients.values():
        window = client.window
        if window is not None and window.migration_id and sector_id in (client.sector_id, window.also_sector):
            raise NotAllowed("residents of this sector change numbers at present: join it when that is finished")
