"""The strict gate: no certificate is used for anything before it is canonical, complete and of known shape.

Two parsers must agree: our DER walk proves canonical form, `cryptography` parses every field and extension.
The signature covers bytes taken from the input itself, never a re-encoding.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from idp.jpki.path import algorithms, der, names
from idp.jpki.path.algorithms import PublicKey, SignatureAlgorithm
from idp.jpki.path.limits import MAX_CERTIFICATE_BYTES, MAX_EXTENSIONS, Budget
from idp.jpki.path.names import RdnKeys
from idp.jpki.path.reasons import PathReason, PathRefusal

_Value = TypeVar("_Value", bound=x509.ExtensionType)
_ISSUER_UNIQUE_ID, _SUBJECT_UNIQUE_ID, _EXTENSIONS = 0x81, 0x82, 0xA3
_GENERALIZED_TIME, _EMPTY_SEQUENCE = 0x18, b"\x30\x00"
_NEVER_EMPTY = {
    bytes.fromhex(oid)
    for oid in (
        "551d11",
        "551d12",
        "551d1f",
        "551d20",
        "551d21",
        "551d25",
        "551d2e",
        "2b06010505070101",
        "2b0601050507010b",
    )
}
"""Extensions that list one or more of something: names, points, policies, mappings, purposes, access methods."""
MAX_SERIAL_OCTETS = 20

PARSE_ERRORS = (
    ValueError,
    TypeError,
    NotImplementedError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
    Warning,
)
"""What `cryptography` raises on hostile input; a warning, where warnings are errors, is a refusal."""


@dataclass(frozen=True, slots=True, eq=False)
class Gated:
    """A certificate through the gate: well-formed, of permitted algorithms, and believed by nobody yet.

    `tbs`, `signature`: the very bytes of the input. `generalized_times`: whether notBefore and notAfter are
    GeneralizedTime. `key_bits`: the content of its key's BIT STRING.
    `by_kind`: its extensions by class. `raw_extensions`: extnValue by the content octets of extnID, for what the
    parser does not show.
    """

    der: bytes
    certificate: x509.Certificate
    tbs: bytes
    signature: bytes
    signed_with: SignatureAlgorithm
    key: PublicKey
    spki: bytes
    key_bits: bytes
    serial: int
    issuer_der: bytes
    subject_der: bytes
    issuer: RdnKeys
    subject: RdnKeys
    issuer_unique_id: bytes | None
    subject_unique_id: bytes | None
    not_before: datetime
    not_after: datetime
    generalized_times: tuple[bool, bool]
    extensions: x509.Extensions
    by_kind: Mapping[type[x509.ExtensionType], x509.Extension[Any]]
    raw_extensions: dict[bytes, bytes]

    @property
    def self_issued(self) -> bool:
        """Issuer and subject are one name (RFC 5280 section 3.2)."""
        return self.issuer == self.subject

    def find(self, kind: type[_Value]) -> x509.Extension[_Value] | None:
        """The extension of that class, if there."""
        return self.by_kind.get(kind)

    def value(self, kind: type[_Value]) -> _Value | None:
        """The value of the extension of that class, if there."""
        found = self.find(kind)
        return None if found is None else found.value

    @property
    def is_authority(self) -> bool:
        """Whether basicConstraints says cA."""
        constraints = self.value(x509.BasicConstraints)
        return constraints is not None and constraints.ca

    @property
    def path_length(self) -> int | None:
        """The pathLenConstraint."""
        constraints = self.value(x509.BasicConstraints)
        return None if constraints is None else constraints.path_length

    @property
    def key_id(self) -> bytes | None:
        """The subject key identifier."""
        identifier = self.value(x509.SubjectKeyIdentifier)
        return None if identifier is None else identifier.digest

    @property
    def authority_key_id(self) -> bytes | None:
        """The authority key identifier's keyIdentifier."""
        identifier = self.value(x509.AuthorityKeyIdentifier)
        return None if identifier is None else identifier.key_identifier

    def signed(self, row: SignatureAlgorithm, signature: bytes, data: bytes, budget: Budget) -> bool:
        """Whether this certificate's key made that signature; each check is paid for."""
        budget.spend_signature(algorithms.cost(self.key))
        return algorithms.verifies(row, self.key, signature, data)


def read(unverified_der: bytes, budget: Budget, *, weak_ok: bool = False) -> Gated:
    """Pass one certificate through the gate.

    Raises PathRefusal: TOO_LARGE, MALFORMED (not canonical, not one certificate, not v3, algorithm identifiers
    that differ, an extension that stands twice or does not parse, a serial outside 1 to 20 octets),
    ALGORITHM_REFUSED or KEY_REFUSED.
    """
    if len(unverified_der) > MAX_CERTIFICATE_BYTES:
        raise PathRefusal(PathReason.TOO_LARGE, "certificate")
    budget.spend_elements(der.walk(unverified_der))
    certificate = _parse(unverified_der)
    parts = signed_parts(unverified_der)
    fields = _tbs_fields(unverified_der, parts.tbs_element)
    if _slice(unverified_der, fields.signature) != parts.algorithm:
        raise PathRefusal(PathReason.MALFORMED, "signature algorithms differ")
    spki = _slice(unverified_der, fields.spki)
    identifier, bits = der.children(unverified_der, fields.spki)[:2]
    issuer_der, subject_der = _slice(unverified_der, fields.issuer), _slice(unverified_der, fields.subject)
    return Gated(
        der=unverified_der,
        certificate=certificate,
        tbs=parts.tbs,
        signature=parts.signature,
        signed_with=algorithms.signature_algorithm(parts.algorithm, weak_ok=weak_ok),
        key=algorithms.require_key(_slice(unverified_der, identifier), _public_key(certificate), weak_ok=weak_ok),
        spki=spki,
        key_bits=unverified_der[bits.content + 1 : bits.end],
        serial=certificate.serial_number,
        issuer_der=issuer_der,
        subject_der=subject_der,
        issuer=names.rdn_keys(issuer_der, budget),
        subject=names.rdn_keys(subject_der, budget),
        issuer_unique_id=fields.unique_ids.get(_ISSUER_UNIQUE_ID),
        subject_unique_id=fields.unique_ids.get(_SUBJECT_UNIQUE_ID),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        generalized_times=fields.generalized_times,
        extensions=certificate.extensions,
        by_kind={type(extension.value): extension for extension in certificate.extensions},
        raw_extensions=fields.raw_extensions,
    )


@dataclass(frozen=True, slots=True)
class SignedParts:
    """SIGNED{}: what is signed, with which algorithm, and the signature; certificates, CRLs and OCSP share it."""

    tbs_element: der.Element
    tbs: bytes
    algorithm: bytes
    signature: bytes


def signed_parts(data: bytes) -> SignedParts:
    """Take a SIGNED structure apart. Raises PathRefusal with MALFORMED."""
    parts = der.children(data, der.whole(data))
    if len(parts) < 3 or parts[0].tag != 0x30 or parts[1].tag != 0x30 or parts[2].tag != 0x03:
        raise PathRefusal(PathReason.MALFORMED, "not a signed structure")
    tbs, algorithm, signature = parts[:3]
    if data[signature.content : signature.end][:1] != b"\x00":
        raise PathRefusal(PathReason.MALFORMED, "signature with unused bits")
    return SignedParts(
        tbs, _slice(data, tbs), _slice(data, algorithm), data[signature.content + 1 : signature.end]
    )


@dataclass(frozen=True, slots=True)
class _Fields:
    signature: der.Element
    issuer: der.Element
    subject: der.Element
    spki: der.Element
    generalized_times: tuple[bool, bool]
    unique_ids: dict[int, bytes]
    raw_extensions: dict[bytes, bytes]


def _tbs_fields(data: bytes, tbs: der.Element) -> _Fields:
    fields = der.children(data, tbs)  # the parser has proved the order of a version 3 certificate
    serial = data[fields[1].content : fields[1].end]
    if len(serial) > MAX_SERIAL_OCTETS or serial[0] & 0x80 or not any(serial):
        raise PathRefusal(PathReason.MALFORMED, "serial number")
    tagged = {f.tag: f for f in fields[7:]}
    unique_ids = {tag: data[f.content : f.end] for tag, f in tagged.items() if tag != _EXTENSIONS}
    raw: dict[bytes, bytes] = {}
    for listed in der.children(data, tagged[_EXTENSIONS]) if _EXTENSIONS in tagged else ():
        for extension in der.children(data, listed):
            members = der.children(data, extension)
            raw[data[members[0].content : members[0].end]] = data[members[-1].content : members[-1].end]
    if len(raw) > MAX_EXTENSIONS:
        raise PathRefusal(PathReason.TOO_LARGE, "extensions")
    if any(raw.get(oid) == _EMPTY_SEQUENCE for oid in _NEVER_EMPTY):
        raise PathRefusal(PathReason.MALFORMED, "extension that lists nothing")
    begin, end = (time.tag == _GENERALIZED_TIME for time in der.children(data, fields[4]))
    return _Fields(fields[2], fields[3], fields[5], fields[6], (begin, end), unique_ids, raw)


def _parse(unverified_der: bytes) -> x509.Certificate:
    """Parse everything there is, so that nothing can fail later."""
    try:
        certificate = x509.load_der_x509_certificate(unverified_der)
        for parsed_when_read in (certificate.extensions, certificate.subject, certificate.issuer):
            list(parsed_when_read)
        again = certificate.public_bytes(Encoding.DER)
    except PARSE_ERRORS as error:
        raise PathRefusal(PathReason.MALFORMED, f"certificate: {type(error).__name__}") from error
    if again != unverified_der or certificate.version is not x509.Version.v3:
        raise PathRefusal(PathReason.MALFORMED, "certificate is not what its parser writes")
    return certificate


def _public_key(certificate: x509.Certificate) -> object:
    try:
        return certificate.public_key()
    except PARSE_ERRORS as error:
        raise PathRefusal(PathReason.KEY_REFUSED, "unreadable public key") from error


def _slice(data: bytes, element: der.Element) -> bytes:
    return data[element.start : element.end]
