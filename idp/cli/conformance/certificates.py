"""A throw-away authority and what it vouches for: nginx's certificate, and those of the services that show one.

Its private key is kept nowhere, so it can vouch for nothing else. All of it is made anew before it ends.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAYS, _SPARE = timedelta(days=90), timedelta(days=7)
_EARLIER = timedelta(days=1)
_ORGANIZATION = "Conformance (sample)"
_Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files in one folder."""

    folder: Path

    @property
    def ca_file(self) -> Path:
        """Whom to trust."""
        return self.folder / "ca.pem"

    @property
    def server(self) -> tuple[Path, Path]:
        """nginx's certificate for this computer's own names, and its key."""
        return self.of("localhost")

    def of(self, name: str) -> tuple[Path, Path]:
        """The certificate of that name and its key."""
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"

    def subject_of(self, service_id: str) -> str:
        """The distinguished name by which a service is known (RFC 8705 section 2.1.2)."""
        return _name(service_id).rfc4514_string()

    def issue(self, services: Sequence[str], now: datetime) -> None:
        """Make all of them anew, unless they are there and good for another week."""
        names = ("localhost", *services)
        if all(_is_good(self.of(name)[0], now + _SPARE) for name in names) and self.ca_file.exists():
            return
        self.folder.mkdir(mode=0o700, exist_ok=True)
        authority = ec.generate_private_key(ec.SECP256R1())
        ca = _certificate("Throw-away CA (sample)", authority.public_key(), None, now)
        ca = ca.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        ca = ca.add_extension(_usage(signs=True), critical=True)
        own = x509.SubjectKeyIdentifier.from_public_key(authority.public_key())
        root = ca.add_extension(own, critical=False).sign(authority, hashes.SHA256())
        for name in names:
            # RSA for the server: the suite looks for the cipher suites that every client knows.
            key: _Key = rsa.generate_private_key(65537, 2048) if name == "localhost" else _new_key()
            leaf = _leaf(name, key, root, now).sign(authority, hashes.SHA256())
            self._write(name, leaf, key)
        self.ca_file.write_bytes(root.public_bytes(Encoding.PEM))

    def _write(self, name: str, certificate: x509.Certificate, key: _Key) -> None:
        certificate_file, key_file = self.of(name)
        certificate_file.write_bytes(certificate.public_bytes(Encoding.PEM))
        key_file.touch(0o600)
        key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _leaf(name: str, key: _Key, root: x509.Certificate, now: datetime) -> x509.CertificateBuilder:
    builder = _certificate(name, key.public_key(), root.subject, now)
    serves = name == "localhost"
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if serves else ExtendedKeyUsageOID.CLIENT_AUTH
    if serves:
        addresses = [x509.IPAddress(ipaddress.ip_address(text)) for text in ("127.0.0.1", "::1")]
        names = x509.SubjectAlternativeName([x509.DNSName(name), *addresses])
        builder = builder.add_extension(names, critical=False)
    identifier = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    issuer = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
    return (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(issuer, critical=False)
    )


def _certificate(
    name: str, key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey, issuer: x509.Name | None, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer or _name(name))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + _DAYS)
    )


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANIZATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _is_good(file: Path, moment: datetime) -> bool:
    try:
        return x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc > moment
    except (OSError, ValueError):
        return False
