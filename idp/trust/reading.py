"""Certificates in the files of operators: PEM or DER, read for what they say about themselves.

An operator may see everything that stands in a file of theirs. Nothing here is logged or kept.
"""

import hashlib
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from connectors.ports import CertificateKind
from idp.jpki.certificate import UNREADABLE
from idp.jpki.path.limits import MAX_CERTIFICATE_BYTES
from idp.jpki.profile import PRODUCTION, SANDBOX
from idp.trust import words

_BEGIN = b"-----BEGIN "
_UNREADABLE = (*UNREADABLE, UserWarning)
"""`cryptography` warns of names that break their own rules; where warnings are errors, that is one as well."""
_MAX_FILE_BYTES = 4 * MAX_CERTIFICATE_BYTES


class CertificateUnreadable(ValueError):
    """A file that holds no certificate, or more than one; the sentence says what was expected."""


def read_der(unverified: bytes) -> bytes:
    """The one certificate of a file, in DER. Raises CertificateUnreadable."""
    if len(unverified) > _MAX_FILE_BYTES:
        raise CertificateUnreadable("a certificate file has at most 256 KiB")
    try:
        if _BEGIN not in unverified:
            x509.load_der_x509_certificate(unverified)
            return unverified
        found = x509.load_pem_x509_certificates(unverified)
    except _UNREADABLE as error:
        raise CertificateUnreadable("the file holds no certificate in PEM or DER") from error
    if len(found) != 1:
        raise CertificateUnreadable("the file holds more than one certificate")
    return found[0].public_bytes(Encoding.DER)


def fingerprint(der: bytes) -> str:
    """SHA-256 of a certificate in DER, in upper-case hexadecimal with colons: as one reads it out."""
    return hashlib.sha256(der).digest().hex(":").upper()


def plain_fingerprint(text: str) -> str:
    """A fingerprint as people write it, without spaces and colons, in lower case."""
    return "".join(text.split()).replace(":", "").lower()


def essentials(der: bytes) -> dict[str, str]:
    """What officers compare: subject, issuer, serial number, validity, key and its identifier, fingerprint.

    Raises CertificateUnreadable.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        key_id = _key_id(certificate)
        return {
            "subject": words.name(certificate.subject),
            "issuer": words.name(certificate.issuer),
            "serial": f"0x{certificate.serial_number:x}",
            "not_before": certificate.not_valid_before_utc.isoformat(),
            "not_after": certificate.not_valid_after_utc.isoformat(),
            "key": _key(certificate),
            "key_id": key_id,
            "sha256": fingerprint(der),
        }
    except _UNREADABLE as error:
        raise CertificateUnreadable("the certificate cannot be read whole") from error


def everything(der: bytes) -> dict[str, Any]:
    """The essentials, what the profiles make of it, and every extension in words. Raises CertificateUnreadable."""
    said: dict[str, Any] = dict(essentials(der))
    try:
        certificate = x509.load_der_x509_certificate(der)
        spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        said |= {
            "signed_with": certificate.signature_algorithm_oid._name,
            "spki_sha256": hashlib.sha256(spki).digest().hex(":").upper(),
            "profile": _profile(certificate),
            "extensions": list(words.extensions(certificate)),
        }
    except _UNREADABLE as error:
        raise CertificateUnreadable("the certificate cannot be read whole") from error
    return said


def _key(certificate: x509.Certificate) -> str:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.curve.name}"
    return type(key).__name__


def _key_id(certificate: x509.Certificate) -> str:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest.hex()
    except x509.ExtensionNotFound:
        return ""


def _profile(certificate: x509.Certificate) -> str:
    """Which JPKI certificate this says it is, by its policy; nobody has verified that."""
    try:
        stated = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    except x509.ExtensionNotFound:
        return ""
    oids = {policy.policy_identifier.dotted_string for policy in stated}
    for profile in (PRODUCTION, SANDBOX):
        for kind in CertificateKind:
            for oid, device in profile.rules[kind].policies.items():
                if oid in oids:
                    return f"{profile.organisation} {kind} certificate on a {device}"
    return ""
