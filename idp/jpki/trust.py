"""Trust anchors, and the choice of a certificate's issuer among them: by key identifier and signature.

All generations of a JPKI certification authority share one distinguished name, so a name chooses nothing.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store

from connectors.ports import CertificateKind
from idp.errors import Reason, Refusal
from idp.jpki.algorithms import ENABLED, Algorithm, PublicKey, read_key
from idp.jpki.certificate import UNREADABLE, UnverifiedCertificate

_LEAF_POLICY = ExtensionPolicy.permit_all().require_present(x509.CertificatePolicies, Criticality.CRITICAL, None)
_AUTHORITY_POLICY = ExtensionPolicy.webpki_defaults_ca()


class AnchorRefused(ValueError):
    """A certificate that cannot serve as a JPKI trust anchor."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Anchor:
    """One generation of a JPKI certification authority, trusted by the operator's decision.

    `organisation`: the O of its subject, `JPKI`, or `JPKI-TEST` for test hierarchies. `public_key` is of the row
    `algorithm`, which is how it signs. `key_id`: subject key identifier, 20 bytes. `spki_sha256`: SHA-256 of its
    SubjectPublicKeyInfo in DER. `name_hash`, `key_hash`: SHA-1 of its name in DER and of its public key's BIT
    STRING, by which OCSP names it (RFC 6960 section 4.1.1). `gate`: the strict gate that trusts it alone.
    """

    kind: CertificateKind
    organisation: str
    certificate: x509.Certificate
    algorithm: Algorithm
    public_key: PublicKey
    key_id: bytes
    spki_sha256: bytes
    name_hash: bytes
    key_hash: bytes
    gate: PolicyBuilder

    def lives(self, now: datetime) -> bool:
        """Whether `now` lies inside the generation's own validity."""
        return self.certificate.not_valid_before_utc <= now <= self.certificate.not_valid_after_utc

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Anchor) and (self.kind, self.certificate) == (other.kind, other.certificate)

    def __hash__(self) -> int:
        return hash(self.spki_sha256)


def read_anchor(kind: CertificateKind, der: bytes, *, algorithms: tuple[Algorithm, ...] = ENABLED) -> Anchor:
    """Read an anchor from DER.

    Raises AnchorRefused unless it is a self-signed certification authority with a key of one of the algorithms
    (today RSA-2048), a subject key identifier and exactly one O in its subject.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        certificate.verify_directly_issued_by(certificate)
        extensions = certificate.extensions
        key_id = extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        is_authority = extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        organisations = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    except (*UNREADABLE, x509.ExtensionNotFound, InvalidSignature) as error:
        raise AnchorRefused(f"not a self-signed certification authority: {type(error).__name__}") from error
    found = read_key(certificate, algorithms)
    if found is None:
        raise AnchorRefused("key of no enabled algorithm")
    if not is_authority or len(organisations) != 1:
        raise AnchorRefused("not a certification authority with one organisation")
    return Anchor(
        kind=kind,
        organisation=str(organisations[0].value),
        certificate=certificate,
        algorithm=found.algorithm,
        public_key=found.key,
        key_id=key_id,
        spki_sha256=hashlib.sha256(found.spki).digest(),
        name_hash=hashlib.sha1(certificate.subject.public_bytes(), usedforsecurity=False).digest(),
        key_hash=x509.SubjectKeyIdentifier.from_public_key(found.key).digest,
        gate=_gate(certificate),
    )


def _gate(anchor: x509.Certificate) -> PolicyBuilder:
    return (
        PolicyBuilder()
        .store(Store([anchor]))
        .max_chain_depth(0)
        .extension_policies(ca_policy=_AUTHORITY_POLICY, ee_policy=_LEAF_POLICY)
    )


def choose_issuer(unverified: UnverifiedCertificate, anchors: Iterable[Anchor]) -> Anchor:
    """The anchor that signed this certificate, found by authority key id and proved by signature.

    Raises Refusal with CERTIFICATE_UNTRUSTED when there is none.
    """
    for anchor in anchors:
        if anchor.key_id != unverified.issuer_key_id:
            continue
        try:
            unverified.certificate.verify_directly_issued_by(anchor.certificate)
        except (*UNREADABLE, InvalidSignature):
            continue
        return anchor
    raise Refusal(Reason.CERTIFICATE_UNTRUSTED, "no trust anchor signed this certificate")
