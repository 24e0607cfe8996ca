"""Reading a certificate from outside: size and form only. Nothing here says that it can be trusted."""

from dataclasses import dataclass
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.utils import CryptographyDeprecationWarning

from idp.errors import Reason, Refusal

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)

_SERIAL_LIMIT = 1 << 159  # positive, at most 20 octets (RFC 5280 section 4.1.2.2)
MAX_CERTIFICATE_BYTES = 16 * 1024
"""Real JPKI certificates have 1.6 to 2.5 KiB; a long address adds at most 600 bytes."""
UNREADABLE = (
    ValueError,
    TypeError,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
    UnsupportedAlgorithm,
    CryptographyDeprecationWarning,
)
"""All that the X.509 parser raises for bytes that it does not like: they have no class in common."""


@dataclass(frozen=True, slots=True)
class UnverifiedCertificate:
    """A well-formed certificate of unknown origin. `issuer_key_id`: its AKI key identifier, if any."""

    certificate: x509.Certificate
    extensions: x509.Extensions
    issuer_key_id: bytes | None


def parse(unverified_der: bytes) -> UnverifiedCertificate:
    """Parse one DER certificate and all of its extensions (RFC 5280 section 4.1).

    Raises Refusal with TOO_LARGE over 16 KiB; with MALFORMED for anything but exactly one certificate in DER,
    an extension that does not parse or stands twice, and a serial number that is not positive or too long.
    """
    if len(unverified_der) > MAX_CERTIFICATE_BYTES:
        raise Refusal(Reason.TOO_LARGE, "certificate")
    try:
        certificate = x509.load_der_x509_certificate(unverified_der)
        extensions = certificate.extensions
        aki = _find(extensions, x509.AuthorityKeyIdentifier)
    except UNREADABLE as error:
        raise Refusal(Reason.MALFORMED, f"certificate: {type(error).__name__}") from error
    if not 0 < certificate.serial_number < _SERIAL_LIMIT:
        raise Refusal(Reason.MALFORMED, "serial number")
    return UnverifiedCertificate(certificate, extensions, aki.key_identifier if aki else None)


def _find(extensions: x509.Extensions, kind: type[_Extension]) -> _Extension | None:
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
