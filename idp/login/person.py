"""Person: from a verified certificate to the random handle that stands for a resident at one tenant.

The PPID document, section Life. A certificate only *finds* a person; the first login makes one.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from connectors.errors import ConnectorError
from connectors.ports import LineageAnswer, LineageSource
from idp.errors import Reason, Refusal
from idp.jpki.verify import VerifiedCertificate
from idp.sealing import Place, TenantKeys
from idp.store import certificates
from idp.store.certificates import CertificateRow
from idp.store.engine import Store, Transaction
from idp.tenancy import Tenant

HANDLE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Known:
    """A person who has signed in with this certificate before."""

    cert_index: bytes
    handle: bytes


@dataclass(frozen=True, slots=True)
class New:
    """A person of whom J-LIS says that there is no earlier certificate; `row` is to be stored if absent."""

    cert_index: bytes
    handle: bytes
    row: CertificateRow


def of(
    store: Store,
    tenant: Tenant,
    certificate: VerifiedCertificate,
    *,
    lineage: LineageSource,
    token_bytes: Callable[[int], bytes],
) -> Known | New:
    """Whose certificate this is: `known` where there is a row of it, `first` where there is none.

    Raises what the two raise.
    """
    met = find(store, tenant, certificate)
    if met is not None:
        return met
    index = cert_index(tenant, certificate)
    return first(tenant.keys, index, certificate, lineage=lineage, token_bytes=token_bytes)


def find(store: Store, tenant: Tenant, certificate: VerifiedCertificate) -> Known | None:
    """The person of a certificate that has signed here before, or None. Asks nobody. Raises as `known`."""
    index = cert_index(tenant, certificate)
    with store.for_tenant(tenant.tenant_id).read() as tx:
        row = certificates.find(tx, index)
    return None if row is None else known(tenant.keys, index, row, certificate)


def settle(
    tx: Transaction, keys: TenantKeys, who: Known | New, certificate: VerifiedCertificate, *, created: date
) -> bytes:
    """The person's handle, stored if new; of two first proofs with one certificate the loser takes the winner's.

    Raises Refusal with CERTIFICATE_CONFLICT when another key's row for the same certificate index came first.
    """
    if isinstance(who, Known) or certificates.add(tx, who.cert_index, who.row, created=created):
        return who.handle
    earlier = certificates.find(tx, who.cert_index)
    if earlier is None:
        raise LookupError("a certificate row was there and is not")
    return known(keys, who.cert_index, earlier, certificate).handle


def cert_index(tenant: Tenant, certificate: VerifiedCertificate) -> bytes:
    """The keyed index of the certificate's row."""
    return tenant.keys.cert_index(certificate.kind, certificate.anchor.spki_sha256, certificate.serial)


def known(keys: TenantKeys, index: bytes, row: CertificateRow, certificate: VerifiedCertificate) -> Known:
    """The person of a stored row.

    Raises Refusal with CERTIFICATE_CONFLICT when the row was made by another public key: a serial number used
    twice is never taken for the same person.
    """
    if not hmac.compare_digest(row.key_index, keys.key_index(certificate.public_key_sha256)):
        raise Refusal(Reason.CERTIFICATE_CONFLICT, "same certificate index, another public key")
    return Known(index, keys.open(_place(index), row.sealed_handle))


def first(
    keys: TenantKeys,
    index: bytes,
    certificate: VerifiedCertificate,
    *,
    lineage: LineageSource,
    token_bytes: Callable[[int], bytes],
) -> New:
    """A new person, if J-LIS answers that this certificate is the first.

    Raises Refusal with LINEAGE_UNAVAILABLE when it does not answer, or answers anything else: never a second
    person by guess.
    """
    try:
        answer = lineage.ask(certificate.name).answer
    except ConnectorError as error:
        raise Refusal(Reason.LINEAGE_UNAVAILABLE, str(error)) from error
    if answer is not LineageAnswer.FIRST:
        raise Refusal(Reason.LINEAGE_UNAVAILABLE, f"lineage answered {answer}")
    handle = token_bytes(HANDLE_BYTES)
    row = CertificateRow(
        key_index=keys.key_index(certificate.public_key_sha256),
        sealed_handle=keys.seal(_place(index), handle),
    )
    return New(index, handle, row)


def _place(index: bytes) -> Place:
    return Place("certificate", index, "handle")
