"""What an administrator does: create tenants, load trust anchors, register services.

Each act is one transaction with its audit entry. The command line and the demo both come through here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from cryptography.hazmat.primitives.serialization import Encoding

from connectors.ports import CertificateKind, Keys
from idp import authentic, client_secrets
from idp.audit import Action, Auditor
from idp.directory import Directory
from idp.japan import day_in_japan
from idp.jpki.profile import PRODUCTION
from idp.jpki.trust import Anchor, AnchorRefused, read_anchor
from idp.registration import (
    NewService,
    NewTenant,
    NotAllowed,
    complete,
    event_registration,
    registration,
    require_policy,
    require_possible,
    require_service,
    require_tenant,
)
from idp.registrations import to_text
from idp.sealing import FIRST_GENERATION, KEY_BYTES, LABELS, TenantKeys
from idp.signing_keys import founding_key
from idp.store import signing_keys, tenants
from idp.store.data_keys import CURRENT, DataKeyRow
from idp.store.engine import Store, Transaction
from idp.tenancy import (
    ACTIVE,
    SIGNING_ALGS,
    Tenant,
)


@dataclass(frozen=True, slots=True)
class Registered:
    """A new client. `client_secret` is shown once and stored only as its SHA-256; None where none is needed."""

    client_id: str
    client_secret: str | None
    sector_id: str


class Administration:
    """The acts themselves, over the store and the key custody."""

    def __init__(
        self,
        *,
        store: Store,
        keys: Keys,
        directory: Directory,
        auditor: Auditor,
        now: Callable[[], datetime],
        token_bytes: Callable[[int], bytes],
        sandbox_mode: bool = False,
    ) -> None:
        self._store = store
        self._sandbox_mode = sandbox_mode
        self._keys = keys
        self._directory = directory
        self._auditor = auditor
        self._now = now
        self._token_bytes = token_bytes

    def create_tenant(self, new: NewTenant) -> Tenant:
        """Create a tenant with its PPID key, data keys and token signing keys.

        With `new.ceremony` without PPID key: the tenant waits for the one that its officers bring.

        Raises NotAllowed for a malformed or taken id or issuer; the connectors' errors when the key custody
        does not answer.
        """
        require_tenant(new)
        if new.sandbox and not self._sandbox_mode:
            raise NotAllowed("a sandbox tenant is served in the sandbox mode only")
        version = self._keys.create(new.tenant_id, ppid_key=not new.ceremony)
        plain = {label: self._token_bytes(KEY_BYTES) for label in LABELS}
        at = int(self._now().timestamp())
        wrapped = [
            DataKeyRow(label, FIRST_GENERATION, CURRENT, at, self._keys.wrap(new.tenant_id, label, key))
            for label, key in plain.items()
        ]
        tenant_keys = TenantKeys(new.tenant_id, plain, self._token_bytes)
        founding = [
            founding_key(tenant_keys, alg, since=at, token_bytes=self._token_bytes) for alg in SIGNING_ALGS
        ]
        row = tenants.TenantRow(
            tenant_id=new.tenant_id,
            issuer=new.issuer,
            name_ja=new.name_ja,
            name_en=new.name_en,
            crest=new.crest,
            key_colour=new.key_colour,
            contact=new.contact,
            sandbox=new.sandbox,
            ppid_key_version=version,
            state=ACTIVE,
            config_version=1,
            created=self._today(),
        )
        with self._store.for_tenant(new.tenant_id).write() as tx:
            if not tenants.add_tenant(tx, row, wrapped):
                raise NotAllowed("this tenant id or issuer is taken")
            for signing in founding:
                signing_keys.add(tx, signing)
            self._auditor.record(tx, tenant_keys, Action.TENANT_CREATED, "done", issuer=new.issuer)
        return self._reloaded(new.tenant_id)

    def load_anchor(self, tenant: Tenant, kind: CertificateKind, der: bytes) -> None:
        """Trust one generation of a JPKI certification authority at this sandbox tenant.

        Raises NotAllowed for anything but such a certificate, and outside the sandbox, where two officers decide.
        """
        anchor = admissible_anchor(tenant, kind, der)
        if not tenant.sandbox:
            raise NotAllowed("an anchor is loaded by two officers together, outside sandbox tenants")
        if anchor.spki_sha256 in {known.spki_sha256 for known in tenant.anchors}:
            return
        with self._store.for_tenant(tenant.tenant_id).write() as tx:
            put_anchor(tx, self._auditor, tenant, anchor)
        self._directory.refresh()

    def register_service(self, tenant: Tenant, new: NewService) -> Registered:
        """Register a service as an OIDC client, with a secret if it authenticates by one.

        Raises NotAllowed for a malformed wish, a taken service id, and a shared sector without a stated purpose
        or with another one than it has.
        """
        require_service(new, sandbox=tenant.sandbox)
        require_possible(new, tenant, today=day_in_japan(self._now()))
        require_policy(tenant.settings.revocation, new.revocation, now=self._now())
        method = complete(new).token_endpoint_auth_method or ""
        client_id = f"{new.service_id[:32]}-{self._token_bytes(8).hex()}"
        sector_id = new.sector_id or f"{new.service_id[:40]}-{self._token_bytes(8).hex()}"
        events = event_registration(tenant.keys, client_id, new.event_endpoint, new.event_bearer)
        stored = to_text(registration(new, tenant, events))
        row = tenants.ClientRow(client_id, new.service_id, sector_id, ACTIVE, stored)
        today = self._today()
        with self._store.for_tenant(tenant.tenant_id).write() as tx:
            _require_settled(tenant, sector_id)
            join_sector(tx, sector_id, new.sector_purpose, created=today)
            if not tenants.add_client(tx, row, created=today):
                raise NotAllowed("this service id is taken at the tenant")
            secret = client_secrets.settle(tx, client_id, method, self._token_bytes, now=self._now())
            tenants.touch(tx)
            self._auditor.record(
                tx, tenant.keys, Action.SERVICE_CREATED, "done", client_id=client_id, sector_id=sector_id
            )
        self._directory.refresh()
        return Registered(client_id, secret.text if secret else None, sector_id)

    def _reloaded(self, tenant_id: str) -> Tenant:
        self._directory.refresh()
        tenant = self._directory.tenant(tenant_id)
        if tenant is None:
            raise NotAllowed("the tenant is not active")
        return tenant

    def _today(self) -> date:
        return self._now().date()


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


def _require_settled(tenant: Tenant, sector_id: str) -> None:
    """Raise NotAllowed while residents of the sector change numbers: a new service would not hear of it."""
    for client in tenant.clients.values():
        window = client.window
        if window is not None and window.migration_id and sector_id in (client.sector_id, window.also_sector):
            raise NotAllowed("residents of this sector change numbers at present: join it when that is finished")


def admissible_anchor(tenant: Tenant, kind: CertificateKind, der: bytes) -> Anchor:
    """The anchor in these bytes. Raises NotAllowed, also for a test hierarchy outside the sandbox."""
    try:
        anchor = read_anchor(kind, der)
    except AnchorRefused as error:
        raise NotAllowed(str(error)) from error
    if not tenant.sandbox and anchor.organisation != PRODUCTION.organisation:
        raise NotAllowed("a test hierarchy is refused outside sandbox tenants")
    return anchor


def put_anchor(tx: Transaction, auditor: Auditor, tenant: Tenant, anchor: Anchor) -> None:
    """Trust an anchor from the end of the transaction on. Raises NotAllowed when its key is trusted already."""
    der = anchor.certificate.public_bytes(Encoding.DER)
    for stored in tenants.anchors(tx):
        if stored.spki_sha256 == anchor.spki_sha256 and not authentic.is_authentic(tenant.keys, stored):
            tenants.remove_anchor(tx, stored.spki_sha256)  # it does not count: this one takes its place
    row = tenants.AnchorRow(anchor.spki_sha256, anchor.kind, der)
    if not tenants.add_anchor(tx, authentic.signed(tenant.keys, row)):
        raise NotAllowed("an anchor with this key is loaded already")
    tenants.touch(tx)
    auditor.record(tx, tenant.keys, Action.ANCHOR_LOADED, "done", kind=anchor.kind, spki=anchor.spki_sha256.hex())
