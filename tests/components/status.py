"""What a responder or a list issuer says of one certificate, with every deviation one likes."""

import datetime as dt
from collections.abc import Iterable

from components.hierarchy import DAY, NOW, SERIAL, Hierarchy
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from connectors.sandbox import names
from connectors.sandbox.authority import Authority

NONCE = bytes(range(32))
MINUTE = dt.timedelta(minutes=1)
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Extension = tuple[x509.ExtensionType, bool]


def unrecognized(oid: str, value: bytes, *, critical: bool = False) -> Extension:
    """An extension by its bytes, well-formed or not."""
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value), critical


def responder(
    issuer: Authority,
    *,
    key: PrivateKey | None = None,
    signing_key: PrivateKey | None = None,
    purpose: x509.ObjectIdentifier | None = ExtendedKeyUsageOID.OCSP_SIGNING,
    nocheck: bool = True,
    begin: dt.datetime = NOW - DAY,
    end: dt.datetime = NOW + DAY,
    hash_algorithm: hashes.HashAlgorithm | None = None,
) -> x509.Certificate:
    """A delegated responder's certificate (RFC 6960 section 4.2.2.2)."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(names.responder(issuer.kind))
        .issuer_name(issuer.certificate.subject)
        .public_key((key or issuer.responder_key).public_key())
        .serial_number(0x7F000001)
        .not_valid_before(begin)
        .not_valid_after(end)
    )
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    if nocheck:
        builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
    return builder.sign(signing_key or issuer.key, hash_algorithm or hashes.SHA256())


def ocsp_answer(
    hierarchy: Hierarchy,
    *,
    about: Authority | None = None,
    serial: int = SERIAL,
    certid_hash: hashes.HashAlgorithm | None = None,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    reason: x509.ReasonFlags | None = None,
    this_update: dt.datetime = NOW - MINUTE,
    next_update: dt.datetime | None = NOW + 14 * MINUTE,
    nonce: bytes | None = NONCE,
    extra: Iterable[Extension] = (),
    signer: x509.Certificate | None = None,
    certificates: Iterable[x509.Certificate] | None = None,
    responder_id: ocsp.OCSPResponderEncoding = ocsp.OCSPResponderEncoding.HASH,
    signing_key: PrivateKey | None = None,
    hash_algorithm: hashes.HashAlgorithm | None = None,
) -> bytes:
    """The DER OCSPResponse about the card's certificate; `signer` is whom the ResponderID names."""
    about = about or hierarchy.user
    signer = signer or responder(hierarchy.user)
    algorithm = certid_hash or hashes.SHA1()
    key = _key_bits(about.key.public_key())
    revoked_at = NOW - DAY if status is ocsp.OCSPCertStatus.REVOKED else None
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response_by_hash(
            _digest(algorithm, about.certificate.subject.public_bytes()),
            _digest(algorithm, key),
            serial,
            algorithm,
            status,
            this_update,
            next_update,
            revoked_at,
            reason,
        )
        .responder_id(responder_id, signer)
    )
    travelling = [signer] if certificates is None else list(certificates)
    if travelling:
        builder = builder.certificates(travelling)
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    for value, critical in extra:
        builder = builder.add_extension(value, critical)
    signed = builder.sign(signing_key or hierarchy.user.responder_key, hash_algorithm or hashes.SHA256())
    return signed.public_bytes(Encoding.DER)


def revocation_list(
    issuer: Authority,
    *,
    entries: Iterable[tuple[int, Iterable[Extension]]] = (),
    extra: Iterable[Extension] = (),
    issuer_name: x509.Name | None = None,
    key_identifier: x509.AuthorityKeyIdentifier | None = None,
    signing_key: PrivateKey | None = None,
    this_update: dt.datetime = NOW - DAY / 2,
    next_update: dt.datetime = NOW + DAY,
) -> bytes:
    """The DER CertificateList of an authority, entries with their extensions."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer_name or issuer.certificate.subject)
        .last_update(this_update)
        .next_update(next_update)
        .add_extension(key_identifier or issuer.authority_key_identifier, critical=False)
        .add_extension(x509.CRLNumber(7), critical=False)
    )
    for value, critical in extra:
        builder = builder.add_extension(value, critical)
    for serial, extensions in entries:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(this_update - DAY)
        for value, critical in extensions:
            entry = entry.add_extension(value, critical)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(signing_key or issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def _key_bits(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> bytes:
    """The content of its BIT STRING (RFC 5480 section 2.2 for curves)."""
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _digest(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(data)
    return digest.finalize()
