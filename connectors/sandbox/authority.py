"""The test certification authorities: several generations of the same name, each a self-signed root."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.ports import CertificateKind
from connectors.sandbox import names
from connectors.sandbox.profile import key_usage


@dataclass(frozen=True, slots=True)
class Authority:
    """One generation of one CA, with its own key and that of its OCSP responder."""

    kind: CertificateKind
    generation: int
    certificate: x509.Certificate
    key: rsa.RSAPrivateKey
    responder_key: rsa.RSAPrivateKey

    @property
    def key_id(self) -> bytes:
        """The subject key identifier (20 bytes), which tells generations apart."""
        return self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest

    @property
    def authority_key_identifier(self) -> x509.AuthorityKeyIdentifier:
        """All three parts: key identifier, and the CA certificate's issuer and serial number."""
        return x509.AuthorityKeyIdentifier(
            self.key_id, [x509.DirectoryName(self.certificate.issuer)], self.certificate.serial_number
        )


def root_certificate(
    kind: CertificateKind,
    key: rsa.RSAPrivateKey,
    *,
    serial: int,
    not_before: datetime,
    not_after: datetime,
) -> x509.Certificate:
    """A self-signed CA certificate: no authorityKeyIdentifier, no policies, no path length."""
    name = names.authority(kind)
    japanese = x509.SubjectAlternativeName([x509.DirectoryName(names.authority_in_japanese(kind))])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(key_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(japanese, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(names.directory_point(name), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
