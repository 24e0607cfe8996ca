"""Person: from a verified certificate to the random handle that stands for a resident at one tenant.

The PPID document, section Life. A certificate only *finds* a person; the first login makes one. J-LIS is asked
about a certificate that is not known here, and about no other.
"""

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from msgspec import Struct

from connectors.errors import ConnectorError
from connectors.ports import CertificateName, LineageAnswer, LineageSource
from idp.errors import Reason, Refusal
from idp.jpki.verify import VerifiedCertificate
from idp.keys.sealing import TenantKeys
from idp.people import record
from idp.store import certificates
from idp.store.certificates import CertificateRow
from idp.store.engine import Store, Transaction
from idp.tenants.tenancy import Tenant

HANDLE_BYTES = 32


class Known(Struct, frozen=True):
    """Whoever this certificate finds. `has_signed`: here, before; else J-LIS only has named it.

    `named`: its name is kept (`idp/people/certificate_names.py`).
    """

    cert_index: bytes
    key_index: bytes
    handle: bytes
    has_signed: bool = True
    named: bool = True

    def __repr__(self) -> str:
        """Without the person."""
        return f"Known(has_signed={self.has_signed}, named={self.named})"


@dataclass(frozen=True, slots=True)
class New:
    """A certificate that finds nobody yet, of which J-LIS says whose others are: `linked`, by their indexes.

    `handle` is the person's if none of the others finds anybody either.
    """

    cert_index: bytes
    key_index: bytes
    linked: tuple[bytes, ...]
    handle: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unclear:
    """A certificate whose link cannot be obtained: the resident must be asked. `linked`: as far as it could be."""

    cert_index: bytes
    key_index: bytes
    linked: tuple[bytes, ...] = ()


Whose = Known | New | Unclear


def of(
    store: Store,
    tenant: Tenant,
    certificate: VerifiedCertificate,
    *,
    lineage: LineageSource,
    token_bytes: Callable[[int], bytes],
) -> Whose:
    """Whose certificate this is.

    Raises Refusal: CERTIFICATE_CONFLICT as `known`; LINEAGE_UNAVAILABLE when J-LIS does not answer or has never
    issued it: never a second person by guess.
    """
    met = find(store, tenant, certificate)
    if met is not None:
        return met
    try:
        answer = lineage.ask(certificate.name)
    except ConnectorError as error:
        raise Refusal(Reason.LINEAGE_UNAVAILABLE, str(error)) from error
    index, key_index = cert_index(tenant, certificate), _key_index(tenant, certificate)
    linked, all_named = _indexes(tenant, answer.certificates)
    linked = tuple(other for other in linked if other != index)
    sure = answer.answer is not LineageAnswer.UNOBTAINABLE and all_named
    if sure or _any_known(store, tenant, linked):
        return New(index, key_index, linked, token_bytes(HANDLE_BYTES))
    return Unclear(index, key_index, linked)


def find(store: Store, tenant: Tenant, certificate: VerifiedCertificate) -> Known | None:
    """The person of a certificate that is known here, or None. Asks nobody. Raises as `known`."""
    index = cert_index(tenant, certificate)
    with store.for_tenant(tenant.tenant_id).read() as tx:
        row = certificates.find(tx, index)
    return None if row is None else known(tenant.keys, index, row, _key_index(tenant, certificate))


def beside(store: Store, tenant: Tenant, certificate: VerifiedCertificate) -> Known | Unclear:
    """Whose it is by its row alone. Asks nobody. Raises as `known`."""
    met = find(store, tenant, certificate)
    return met or Unclear(cert_index(tenant, certificate), _key_index(tenant, certificate))


def cert_index(tenant: Tenant, certificate: VerifiedCertificate) -> bytes:
    """The keyed index of the certificate's row."""
    return tenant.keys.cert_index(certificate.kind, certificate.anchor.spki_sha256, certificate.serial)


def known(keys: TenantKeys, index: bytes, row: CertificateRow, key_index: bytes) -> Known:
    """The person of a stored row.

    Raises Refusal with CERTIFICATE_CONFLICT when the row was made by another public key: a serial number used
    twice is never taken for the same person.
    """
    if row.key_index and not hmac.compare_digest(row.key_index, key_index):
        raise Refusal(Reason.CERTIFICATE_CONFLICT, "same certificate index, another public key")
    handle = record.open_handle(keys, index, row)
    return Known(index, key_index, handle, has_signed=bool(row.key_index), named=row.named)


def bind(tx: Transaction, keys: TenantKeys, who: Known) -> None:
    """Write down whose key a certificate's is that J-LIS had only named. Raises Refusal as `known`."""
    if not who.has_signed and not certificates.bind(tx, who.cert_index, who.key_index):
        row = certificates.find(tx, who.cert_index)
        if row is None:
            raise LookupError("a certificate row was there and is not")
        known(keys, who.cert_index, row, who.key_index)


def _key_index(tenant: Tenant, certificate: VerifiedCertificate) -> bytes:
    return tenant.keys.key_index(certificate.public_key_sha256)


def _indexes(tenant: Tenant, names: Iterable[CertificateName]) -> tuple[tuple[bytes, ...], bool]:
    """The indexes of certificates as J-LIS names them, and whether that went for all.

    One of a generation that was never an anchor here, or is none any more, has no index: whoever signed in with it
    cannot be found, so that nobody may be taken for new.
    """
    anchors = {(anchor.kind, anchor.key_id): anchor.spki_sha256 for anchor in tenant.anchors}
    found = [(anchors.get((name.kind, name.issuer_key_id)), name) for name in names]
    indexes = {tenant.keys.cert_index(name.kind, spki, name.serial) for spki, name in found if spki is not None}
    return tuple(sorted(indexes)), all(spki is not None for spki, _ in found)


def _any_known(store: Store, tenant: Tenant, indexes: tuple[bytes, ...]) -> bool:
    if not indexes:
        return False
    with store.for_tenant(tenant.tenant_id).read() as tx:
        return bool(certificates.find_all(tx, indexes))
