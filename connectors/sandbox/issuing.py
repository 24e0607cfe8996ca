"""The certificates that a test CA issues, extension by extension in JPKI's order."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from connectors.ports import CertificateKind
from connectors.sandbox import names
from connectors.sandbox.authority import Authority
from connectors.sandbox.basic4 import Basic4
from connectors.sandbox.names import Municipality
from connectors.sandbox.profile import (
    Device,
    authority_information_access,
    certificate_policies,
    key_usage,
)


@dataclass(frozen=True, slots=True)
class Order:
    """What one end-entity certificate is to hold, beside the profile."""

    public_key: rsa.RSAPublicKey
    serial: int
    common_name: str
    municipality: Municipality
    device: Device
    not_before: datetime
    not_after: datetime


def user_certificate(issuer: Authority, order: Order) -> x509.Certificate:
    """A user-authentication certificate (利用者証明用電子証明書)."""
    kind = CertificateKind.USER
    builder = _begin(issuer, names.user(order.common_name), order)
    for extension, critical in (
        (key_usage("digital_signature"), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),
        (certificate_policies(kind, order.device), True),
        (_issuer_alternative_name(kind), False),
        (names.distribution_point(kind, order.municipality), False),
        (authority_information_access(), False),
        (issuer.authority_key_identifier, False),
        (x509.SubjectKeyIdentifier.from_public_key(order.public_key), False),
    ):
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer.key, hashes.SHA256())


def signature_certificate(issuer: Authority, order: Order, basic4: Basic4) -> x509.Certificate:
    """A signature certificate (署名用電子証明書), which names its holder."""
    kind = CertificateKind.SIGNATURE
    builder = _begin(issuer, names.signatory(order.common_name, order.municipality), order)
    for extension, critical in (
        (key_usage("digital_signature", "content_commitment"), True),
        (basic4.extension(), False),
        (certificate_policies(kind, order.device), True),
        (_issuer_alternative_name(kind), False),
        (names.distribution_point(kind, order.municipality), False),
        (issuer.authority_key_identifier, False),
        (x509.SubjectKeyIdentifier.from_public_key(order.public_key), False),
    ):
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer.key, hashes.SHA256())


def responder_certificate(
    issuer: Authority, *, serial: int, not_before: datetime, not_after: datetime
) -> x509.Certificate:
    """A delegated OCSP responder's certificate (RFC 6960 section 4.2.2.2), never itself checked."""
    public_key = issuer.responder_key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(names.responder(issuer.kind))
        .issuer_name(issuer.certificate.subject)
        .public_key(public_key)
        .serial_number(serial)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(key_usage("digital_signature"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
        .add_extension(x509.OCSPNoCheck(), critical=False)
        .add_extension(issuer.authority_key_identifier, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .sign(issuer.key, hashes.SHA256())
    )


def _begin(issuer: Authority, subject: x509.Name, order: Order) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject)
        .public_key(order.public_key)
        .serial_number(order.serial)
        .not_valid_before(order.not_before)
        .not_valid_after(order.not_after)
    )


def _issuer_alternative_name(kind: CertificateKind) -> x509.IssuerAlternativeName:
    return x509.IssuerAlternativeName([x509.DirectoryName(names.authority_in_japanese(kind))])
