"""A town with an mTLS host: real nginx with the deployed files, an authority for services, certificates."""

import base64
import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import requests
from components.nginx import MTLS_KEY, Fronts, fronts
from components.serving import served
from components.tls import make_tls
from components.town import BASE_URL, Town, town
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey

SUBJECT = "CN=app,OU=\\#1,O=City\\, Example,C=JP"
NAMES = {
    "subject_dn": SUBJECT,
    "san_dns": "app.city.example",
    "san_uri": "urn:city:app",
    "san_ip": "203.0.113.9",
    "san_email": "app@city.example",
}
"""What the certificate `app` bears, by member of RFC 8705."""
Files = tuple[str, str]


@dataclass(frozen=True)
class Authority:
    """Who issues certificates to services."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def found(cls, name: str) -> "Authority":
        """A new one."""
        key = ec.generate_private_key(ec.SECP256R1())
        return cls(_issue(f"CN={name}", key, None, ca=True), key)


@dataclass(frozen=True)
class Shown:
    """A certificate with its key, in files as a TLS library wants them."""

    files: Files
    certificate: x509.Certificate
    key: ECKey

    @property
    def field(self) -> str:
        """As RFC 9440 writes it."""
        return f":{base64.b64encode(self.certificate.public_bytes(Encoding.DER)).decode()}:"


def shown(folder: Path, name: str, by: Authority | None, *, subject: str = SUBJECT, bare=False, days=1) -> Shown:
    """A certificate of that authority, or a self-signed one; `bare`: without alternative names."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _issue(subject, key, by, bare=bare, days=days)
    pem, key_file = folder / f"{name}.pem", folder / f"{name}.key"
    pem.write_bytes(certificate.public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return Shown((str(pem), str(key_file)), certificate, ECKey(key, key, {"kid": name}))


def _issue(
    subject: str, key: ec.EllipticCurvePrivateKey, by: Authority | None, *, ca=False, bare=False, days=1
) -> x509.Certificate:
    now, name = datetime.now(UTC), x509.Name.from_rfc4514_string(subject)
    alternatives = [
        x509.DNSName(NAMES["san_dns"]),
        x509.UniformResourceIdentifier(NAMES["san_uri"]),
        x509.IPAddress(ipaddress.ip_address(NAMES["san_ip"])),
        x509.RFC822Name(NAMES["san_email"]),
    ]
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(by.certificate.subject if by else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if not ca and not bare:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return builder.sign(by.key if by else key, hashes.SHA256())


@dataclass(frozen=True)
class MtlsTown:
    """A town whose tenant aoba has an mTLS host. `authority`: whose certificates its proxy vouches for."""

    town: Town
    fronts: Fronts
    direct: str
    folder: Path
    authority: Authority

    def post(self, path: str, form: dict, files: Files | None, headers: dict | None = None, *, port: int = 0):
        """A request to the mTLS host, or another TLS listener, with that certificate or with none."""
        return requests.post(
            f"https://localhost:{port or self.fronts.mtls_port}{path}",
            data=form,
            headers=headers,
            cert=files,
            verify=str(self.fronts.tls.ca_file),
            timeout=20,
        )

    def past_the_fronts(self, path: str, form: dict, headers: dict):
        """A request to the product itself, under the issuer's name."""
        named = {"Host": urlsplit(BASE_URL).netloc, **headers}
        return requests.post(self.direct + path, data=form, headers=named, timeout=20)


@contextmanager
def mtls_town(folder: Path, founded: Path) -> Iterator[MtlsTown]:
    """Product, listeners, authority and the tenant's setting."""
    (folder / "mtls-key").write_text(MTLS_KEY)
    (folder / "front").mkdir()
    authority = Authority.found("Services CA")
    authorities = folder / "service-authorities.pem"
    authorities.write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    with town(folder, founded, environment={"IDP_MTLS_HOST_KEY_FILE": str(folder / "mtls-key")}) as made:
        issuer_host = urlsplit(BASE_URL).netloc
        tls = make_tls(folder)
        with (
            served(made.product.app.wsgi_app) as direct,
            fronts(
                folder,
                tls,
                upstream=urlsplit(direct).netloc,
                issuer_host=issuer_host,
                authorities=tls.ca_file,
                service_authorities=authorities,
            ) as listening,
        ):
            tenant = made.product.directory.tenant("aoba")
            made.product.policies.change_tenant(tenant, revocation={}, mtls_host=listening.mtls_host)
            yield MtlsTown(made, listening, direct, folder, authority)
