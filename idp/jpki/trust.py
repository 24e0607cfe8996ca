"""Trust anchors, and the choice of a certificate's issuer among them: by key identifier and signature.

All generations of a JPKI certification authority share one distinguished name, so a name chooses nothing.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from connectors.ports import CertificateKind
from idp.errors import Reason, Refusal
from idp.jpki.certificate import UNREADABLE, UnverifiedCertificate


class AnchorRefused(ValueError):
    """A certificate that cannot serve as a JPKI trust anchor."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """One generation of a JPKI certification authority, trusted by the operator's decision.

    `organisation`: the O of its subject, `JPKI`, or `JPKI-TEST` for test hierarchies. `key_id`: subject key
    identifier, 20 bytes. `spki_sha256`: SHA-256 of its SubjectPublicKeyInfo in DER.
    """

    kind: CertificateKind
    organisation: str
    certificate: x509.Certificate
    public_key: rsa.RSAPublicKey
    key_id: bytes
    spki_sha256: bytes


def read_anchor(kind: CertificateKind, der: bytes) -> Anchor:
    """Read an anchor from DER.

    Raises AnchorRefused unless it is a self-signed RSA-2048 certification authority with a subject key
    identifier and exactly one O in its subject.
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
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size != 2048:
        raise AnchorRefused("not an RSA-2048 key")
    if not is_authority or len(organisations) != 1:
        raise AnchorRefused("not a certification authority with one organisation")
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Anchor(kind, str(organisations[0].value), certificate, key, key_id, hashlib.sha256(spki).digest())


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
