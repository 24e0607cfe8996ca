"""What an administrator does: create tenants, load trust anchors, register services.

Each act is one transaction with its audit entry. The command line and the demo both come through here.
"""

from collections.abc import Callable
from datetime import date, datetime

from cryptography.hazmat.primitives.serialization import Encoding

from connectors.ports import CertificateKind, Keys
from idp.jpki.profile import PRODUCTION
from idp.jpki.trust import Anchor, AnchorRefused, read_anchor
from idp.keys.sealing import FIRST_GENERATION, KEY_BYTES, LABELS, TenantKeys
from idp.keys.signing_keys import founding_key
from idp.oversight import authentic
from idp.oversight.audit import Action, Auditor
from idp.registration import NewService, NewTenant, NotAllowed, require_tenant
from idp.services.request_encryption import REQUEST_KEYS
from idp.services.service_registration import Registered, ServiceRegistration
from idp.store import signing_keys, tenants
from idp.store.data_keys import CURRENT, DataKeyRow
from idp.store.engine import Store, Transaction
from idp.tenants.directory import Directory
from idp.tenants.tenancy import ACTIVE, SIGNING_ALGS, Tenant


class Administration:
    """The acts themselves, over the store and the key custody."""

    def __init__(
        self,
        *,
        store: Store,
        keys: Keys,
        directory: Directory,
        auditor: Auditor,
        services: ServiceRegistration,
        now: Callable[[], datetime],
        token_bytes: Callable[[int], bytes],
        sandbox_mode: bool = False,
    ) -> None:
        self._store = store
        self._sandbox_mode = sandbox_mode
        self._keys = keys
        self._directory = directory
        self._auditor = auditor
        self._services = services
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
            founding_key(tenant_keys, alg, since=at, token_bytes=self._token_bytes)
            for alg in (*SIGNING_ALGS, *REQUEST_KEYS)
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
        """See ServiceRegistration."""
        return self._services.register(tenant, new)

    def _reloaded(self, tenant_id: str) -> Tenant:
        self._directory.refresh()
        tenant = self._directory.tenant(tenant_id)
        if tenant is None:
            raise NotAllowed("the tenant is not active")
        return tenant

    def _today(self) -> date:
        return self._now().date()


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
