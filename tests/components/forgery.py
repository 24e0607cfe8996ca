"""Certificates that a sandbox CA never issued: made with its own key, or with a key of the same names."""

import datetime as dt

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from connectors.ports import CertificateKind


def authority(town, kind=CertificateKind.USER, generation=3):
    """One of the world's test CAs."""
    return next(a for a in town.world.authorities if (a.kind, a.generation) == (kind, generation))


def new_key(size=2048, exponent=65537):
    """A fresh RSA key."""
    return rsa.generate_private_key(exponent, size)


def write(folder, certificate, key):
    """PEM files of a pair, as `Town.sign` takes them."""
    paths = folder / f"{certificate.serial_number:x}.pem", folder / f"{certificate.serial_number:x}.key"
    paths[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return paths


def forge(
    town,
    key,
    *,
    serial=0x7E000001,
    issuer=None,
    signing_key=None,
    policy="1.2.392.200149.8.5.1.0.30",
    policy_critical=True,
    usage=("digital_signature",),
    usage_critical=True,
    purposes=(ExtendedKeyUsageOID.CLIENT_AUTH,),
    extra=(),
    lifetime=dt.timedelta(days=300),
    hash_algorithm=None,
    issuer_name=None,
):
    """A user certificate with every deviation one likes, signed by the CA (or by `signing_key`)."""
    issuer = issuer or authority(town)
    now = town.clock().replace(microsecond=0)
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "JP")]))
        .issuer_name(issuer_name or issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + lifetime)
    )
    if usage is not None:
        builder = builder.add_extension(x509.KeyUsage(**{n: n in usage for n in names}), usage_critical)
    if purposes is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    if policy is not None:
        information = x509.PolicyInformation(x509.ObjectIdentifier(policy), ["http://www.jpki.go.jp/cps.html"])
        builder = builder.add_extension(x509.CertificatePolicies([information]), policy_critical)
    builder = builder.add_extension(issuer.authority_key_identifier, critical=False)
    for value, critical in extra:
        builder = builder.add_extension(value, critical)
    return builder.sign(signing_key or issuer.key, hash_algorithm or hashes.SHA256())


def elliptic_key():
    """A P-256 key, which today's cards do not have."""
    return ec.generate_private_key(ec.SECP256R1())
