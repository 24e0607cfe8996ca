"""Reading a certificate from outside: size and form only. Nothing here says that it can be trusted."""

from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning
from msgspec import Struct

from idp.errors import Reason, Refusal
from idp.jpki import extensions
from idp.jpki.extensions import Said

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)

_TWO_OCTETS = 0x82  # first octet of a length from 256 to 65535 (X.690 section 8.1.3.5)
_TBS = 8  # where the content of tbsCertificate begins, behind two such headers
_VERSION = 0xA0
SERIAL_END = 1 << 159
"""Serial numbers are positive and have at most 20 octets (RFC 5280 section 4.1.2.2)."""
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


class UnverifiedCertificate(Struct, frozen=True):
    """A well-formed certificate of unknown origin.

    `said`: by its extensions. `signed_with`: the AlgorithmIdentifier of its signature in DER; None when the one
    inside of what is signed is not, octet for octet, the one outside (RFC 5280 section 4.1.1.2).
    """

    certificate: x509.Certificate
    said: Said
    signed_with: bytes | None

    @property
    def issuer_key_id(self) -> bytes | None:
        """Its AKI key identifier, if any."""
        return self.said.issuer_key_id

    def find(self, kind: type[_Extension]) -> _Extension | None:
        """The value of the extension of that class, if there; of the subject key identifier never."""
        return self.said.find(kind)


def parse(unverified_der: bytes) -> UnverifiedCertificate:
    """Parse one DER certificate and all of its extensions (RFC 5280 section 4.1).

    Raises Refusal with TOO_LARGE over 16 KiB; with MALFORMED for anything but exactly one certificate in DER,
    an extension that does not parse or stands twice, octets that the parser would not write itself, and a serial
    number that is not positive or too long. So what is judged is what was sent.
    """
    if len(unverified_der) > MAX_CERTIFICATE_BYTES:
        raise Refusal(Reason.TOO_LARGE, "certificate")
    try:
        certificate = x509.load_der_x509_certificate(unverified_der)
        said = extensions.parse(certificate, unverified_der)
        canonical = certificate.public_bytes(Encoding.DER) == unverified_der
        whole_octets = unverified_der[-1 - len(certificate.signature)] == 0
    except UNREADABLE as error:
        raise Refusal(Reason.MALFORMED, f"certificate: {type(error).__name__}") from error
    if not (canonical and whole_octets):  # unused bits of the signature would pass through the parser and back
        raise Refusal(Reason.MALFORMED, "certificate is not what its parser writes")
    if not 0 < certificate.serial_number < SERIAL_END:
        raise Refusal(Reason.MALFORMED, "serial number")
    return UnverifiedCertificate(certificate, said, _signed_with(unverified_der))


def _signed_with(der: bytes) -> bytes | None:
    """The octets themselves, which the parser has proved to be a certificate in DER but does not show.

    None also for a certificate, or a signed part, of less than 256 bytes: none of JPKI's is near that.
    """
    if der[1] != _TWO_OCTETS or der[5] != _TWO_OCTETS:
        return None
    outer = _TBS + int.from_bytes(der[6:8])
    serial = _TBS + 5 if der[_TBS] == _VERSION else _TBS
    inner = serial + 2 + der[serial + 1]
    identifier = der[outer : outer + 2 + der[outer + 1]]
    return identifier if der.startswith(identifier, inner) else None
