"""The tenant's OCSP fronts: capabilities of its services, and the responder key that signs for all of them.

Only the SHA-256 of a capability is stored, in the service's registration. The key is sealed as all keys are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from idp import base64url
from idp.jpki.front_certificate import front_certificate
from idp.jpki.ocsp_answer import FrontResponder
from idp.keys.sealing import digest
from idp.keys.tenant_keys import KeyPurpose, open_key, sealed_key
from idp.metering.record import Meters, Purpose
from idp.oversight.audit import Action, Auditor
from idp.revocation.tally import Tally
from idp.services.registrations import Members, rewrite
from idp.store import tenant_keys
from idp.store.engine import Store, Transaction
from idp.store.tenant_keys import TenantKeyRow
from idp.tenants.directory import Directory
from idp.tenants.tenancy import ACTIVE, Client, Tenant
from idp.verification.ocsp_front import Front

CAPABILITY_BYTES = 16
RESPONDER_LIFE = timedelta(days=3 * 365)
"""Clients are configured by hand: a new certificate is work for everybody, and comes before the old one ends."""
_BACKDATED = timedelta(hours=1)
_KEY_BITS = 2048
_MAX_COMMON_NAME = 64


@dataclass(frozen=True, slots=True)
class OpenedFront:
    """What a client system needs: where it asks, and whom it trusts, PEM. The URL is a secret, told once."""

    url: str
    certificate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OcspFronts:
    """The registered fronts, and the acts by which they come and go."""

    store: Store
    directory: Directory
    auditor: Auditor
    meters: Meters
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def find(self, tenant: Tenant, unverified_capability: str) -> Front | None:
        """See `ocsp_front.Fronts`. Raises SealBroken for a key that was altered."""
        wanted = digest(unverified_capability)
        client = next((c for c in tenant.clients.values() if c.ocsp_front == wanted), None)
        if client is None or client.state != ACTIVE:
            return None
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            live = tenant_keys.live(tx, KeyPurpose.OCSP_RESPONDER)
        if not live:
            return None
        return Front(client_id=client.client_id, policy=client.revocation, responder=_open(tenant, live[0]))

    def meter(self, tenant: Tenant, client_id: str, tally: Tally) -> None:
        """Count what an enquiry cost."""
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            self.meters.record(tx, client_id, Purpose.OCSP_FRONT, tally.asked)

    def open(self, tenant: Tenant, client: Client, *, new_key: bool = False) -> OpenedFront:
        """Give the service a front under a new capability; one that it had ends.

        The tenant's responder key is made if there is none; with `new_key` in any case, for all of its fronts.
        """
        capability = base64url.encode(self.token_bytes(CAPABILITY_BYTES))
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            row = self._responder(tx, tenant, new=new_key)
            self._register(tx, tenant, client, digest(capability).hex())
        self.directory.refresh()
        certificate = _open(tenant, row).certificate.public_bytes(Encoding.PEM).decode()
        return OpenedFront(tenant.url(f"/ocsp/{capability}"), certificate)

    def close(self, tenant: Tenant, client: Client) -> None:
        """Take the service's front away; none is needed."""
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            self._register(tx, tenant, client, None)
        self.directory.refresh()

    def _register(self, tx: Transaction, tenant: Tenant, client: Client, capability: str | None) -> None:
        done = "closed" if capability is None else "opened"

        def register(stored: Members) -> Members:
            return {**stored, "ocsp_front": capability}

        rewrite(tx, self.auditor, tenant, client.client_id, register, ocsp_front=done)

    def _responder(self, tx: Transaction, tenant: Tenant, *, new: bool) -> TenantKeyRow:
        tenant_keys.one_at_a_time(tx)
        live = tenant_keys.live(tx, KeyPurpose.OCSP_RESPONDER)
        if live and not new:
            return live[0]
        tenant_keys.retire(tx, KeyPurpose.OCSP_RESPONDER)
        begin = self.now() - _BACKDATED
        key = rsa.generate_private_key(65537, _KEY_BITS)
        certificate = front_certificate(
            key,
            f"OCSP front {tenant.tenant_id}"[:_MAX_COMMON_NAME],
            serial=1 + int.from_bytes(self.token_bytes(16), "big"),
            not_before=begin,
            not_after=begin + RESPONDER_LIFE,
        )
        row = sealed_key(
            tenant.keys,
            KeyPurpose.OCSP_RESPONDER,
            key,
            created=self.now().date(),
            token_bytes=self.token_bytes,
            certificate=certificate.public_bytes(Encoding.DER),
        )
        tenant_keys.add(tx, row)
        self.auditor.record(tx, tenant.keys, Action.TENANT_CHANGED, "done", ocsp_responder=row.key_id)
        return row


def _open(tenant: Tenant, row: TenantKeyRow) -> FrontResponder:
    opened = open_key(tenant.keys, row)
    if opened.certificate is None or not isinstance(opened.private_key, rsa.RSAPrivateKey):
        raise TypeError(f"{row.key_id} is no responder key")
    return FrontResponder(x509.load_der_x509_certificate(opened.certificate), opened.private_key)
