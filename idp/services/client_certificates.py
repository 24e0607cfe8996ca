"""By what a service's certificate is known: a name in it, or its public key (RFC 8705 section 2). Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from idp import base64url
from idp.keys.encryption import PublicKey

MAX_BYTES = 16 * 1024
MAX_CHARACTERS = 255
_PREFIX = "tls_client_auth_"
MEMBERS = ("subject_dn", "san_dns", "san_uri", "san_ip", "san_email")
"""Of RFC 8705 section 2.1.2, without the prefix that they have in common."""


class NameRefused(ValueError):
    """Not a name of a certificate; the sentence says why."""


class CertificateRefused(ValueError):
    """Bytes that are no certificate."""


@dataclass(frozen=True, slots=True)
class CertificateName:
    """The one name by which a service's certificate is known. `member`: which of `MEMBERS`."""

    member: str
    value: str

    def is_in(self, certificate: x509.Certificate) -> bool:
        """Whether the certificate bears it; never by a wildcard or a part of a name."""
        try:
            return _NAMED[self.member](certificate, self.value)
        except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):  # that do not parse
            return False


def read(members: Mapping[str, object]) -> CertificateName | None:
    """The name in a registration's members (`tls_client_auth_...`), None where there is none.

    Raises NameRefused for more than one, and for a value that cannot be in a certificate.
    """
    stated = {name: members[_PREFIX + name] for name in MEMBERS if members.get(_PREFIX + name) is not None}
    if not stated:
        return None
    if len(stated) > 1:
        raise NameRefused("a certificate is known by one name")
    member, value = stated.popitem()
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_CHARACTERS:
        raise NameRefused(f"a name of a certificate has 1 to {MAX_CHARACTERS} characters")
    _require(member, value)
    return CertificateName(member, value)


def stored(name: CertificateName | None) -> dict[str, str]:
    """Undo `read`."""
    return {} if name is None else {_PREFIX + name.member: name.value}


def parse(unverified: bytes) -> x509.Certificate:
    """A certificate in DER. Raises CertificateRefused."""
    try:
        return x509.load_der_x509_certificate(unverified)
    except (ValueError, x509.InvalidVersion) as error:
        raise CertificateRefused("not a certificate in DER") from error


def thumbprint(certificate: x509.Certificate) -> str:
    """`x5t#S256`: SHA-256 over its DER, base64url (RFC 8705 section 3.1)."""
    return base64url.encode(certificate.fingerprint(SHA256()))


def key_of(certificate: x509.Certificate, keys: Iterable[PublicKey]) -> Sequence[PublicKey]:
    """Those keys that are the certificate's public key.

    Keys are compared, not certificates: the same can be written in several ways, and the handshake proved the key.
    """
    try:
        own = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm):  # a key of a kind that is not read
        return ()
    return [key for key in keys if key.as_der(private=False) == own]


_READ: Mapping[str, Callable[[str], object]] = {
    "subject_dn": x509.Name.from_rfc4514_string,
    "san_ip": ip_address,
}


def _require(member: str, value: str) -> None:
    plain = value.isascii() and value.isprintable() and not {"*", " "} & set(value)
    if member not in _READ and not plain:
        raise NameRefused("a name of a certificate is ASCII, without blank and wildcard")
    try:
        _READ.get(member, str)(value)
    except ValueError as error:
        raise NameRefused(f"{_PREFIX}{member} cannot be read (RFC 8705 section 2.1.2)") from error


def _subject(certificate: x509.Certificate, value: str) -> bool:
    return certificate.subject == x509.Name.from_rfc4514_string(value)


def _alternative(certificate: x509.Certificate) -> x509.SubjectAlternativeName:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound as error:
        raise CertificateRefused("no subject alternative name") from error


def _dns(certificate: x509.Certificate, value: str) -> bool:
    names = _alternative(certificate).get_values_for_type(x509.DNSName)
    return value.lower() in (name.lower() for name in names)


def _uri(certificate: x509.Certificate, value: str) -> bool:
    return value in _alternative(certificate).get_values_for_type(x509.UniformResourceIdentifier)


def _ip(certificate: x509.Certificate, value: str) -> bool:
    return ip_address(value) in _alternative(certificate).get_values_for_type(x509.IPAddress)


def _email(certificate: x509.Certificate, value: str) -> bool:
    return value in _alternative(certificate).get_values_for_type(x509.RFC822Name)


_NAMED: Mapping[str, Callable[[x509.Certificate, str], bool]] = {
    "subject_dn": _subject,
    "san_dns": _dns,
    "san_uri": _uri,
    "san_ip": _ip,
    "san_email": _email,
}
