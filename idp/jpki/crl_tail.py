"""The end of a CertificateList: extensions, outer algorithm, signature (RFC 5280 sections 5.1.1 and 5.2)."""

from dataclasses import dataclass

from idp.jpki import crl_der as der
from idp.jpki.crl_header import Header
from idp.jpki.crl_refused import CrlReason, CrlRefused, Garbled, UnknownIssuer
from idp.jpki.crl_scope import WHOLE, Scope, read_scope

_EXTENSIONS, _KEY_IDENTIFIER = 0xA0, 0x80
_AUTHORITY_KEY_IDENTIFIER = bytes.fromhex("551d23")
_CRL_NUMBER = bytes.fromhex("551d14")
_DELTA_CRL_INDICATOR = bytes.fromhex("551d1b")
_ISSUING_DISTRIBUTION_POINT = bytes.fromhex("551d1c")
_UNDERSTOOD = {_AUTHORITY_KEY_IDENTIFIER, _CRL_NUMBER, _ISSUING_DISTRIBUTION_POINT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """What stands after the entries. `crl_number` is None where the issuer numbers nothing."""

    issuer_key_id: bytes
    crl_number: int | None
    scope: Scope
    signature: bytes


def read_tail(unverified_tail: bytes, header: Header) -> Tail:
    """Read everything from the end of the entries to the end of the file.

    Raises CrlRefused: GARBLED, ALGORITHM, DELTA, SCOPE, EXTENSION, UNKNOWN_ISSUER (no authority key identifier).
    """
    tbs_end = header.tbs_end - header.entries_end
    tbs = der.Reader(unverified_tail, 0, tbs_end)
    extensions = _extensions(tbs)
    outside = der.Reader(unverified_tail, tbs_end, header.total - header.entries_end)
    algorithm = outside.take(der.SEQUENCE, "outer algorithm")
    signature = outside.content(der.BIT_STRING, "signature")
    outside.finish("CertificateList")
    if unverified_tail[algorithm.start : algorithm.end] != header.algorithm:
        raise CrlRefused(CrlReason.ALGORITHM, "outer and inner algorithm differ")
    if signature[:1] != b"\x00":
        raise Garbled("the signature is not a whole number of octets")
    if _DELTA_CRL_INDICATOR in extensions:
        raise CrlRefused(CrlReason.DELTA, "a delta list: load the full list that it completes")
    if any(critical and oid not in _UNDERSTOOD for oid, (critical, _) in extensions.items()):
        raise CrlRefused(CrlReason.EXTENSION, "unknown critical extension of the list")
    number = extensions.get(_CRL_NUMBER)
    point = extensions.get(_ISSUING_DISTRIBUTION_POINT)
    return Tail(
        issuer_key_id=_key_id(extensions, header.issuer),
        crl_number=None if number is None else _number(number[1]),
        scope=WHOLE if point is None else read_scope(point[1]),
        signature=signature[1:],
    )


def _extensions(tbs: der.Reader) -> dict[bytes, tuple[bool, bytes]]:
    """OID -> (critical, value)."""
    found: dict[bytes, tuple[bool, bytes]] = {}
    if tbs.next_tag() is None:
        return found
    explicit = tbs.inside(_EXTENSIONS, "list extensions")
    tbs.finish("TBSCertList")
    sequence = explicit.inside(der.SEQUENCE, "list extensions")
    explicit.finish("list extensions")
    while sequence.next_tag() is not None:
        extension = sequence.inside(der.SEQUENCE, "extension")
        oid = extension.content(der.OID, "extension")
        critical = extension.next_tag() == der.BOOLEAN
        if critical:
            der.boolean_true(extension.content(der.BOOLEAN, "critical"), "critical")
        value = extension.content(der.OCTET_STRING, "extension value")
        extension.finish("extension")
        if oid in found:
            raise Garbled("an extension stands twice")
        found[oid] = (critical, value)
    return found


def _key_id(extensions: dict[bytes, tuple[bool, bytes]], issuer: bytes) -> bytes:
    """The key identifier; the issuer and serial number beside it choose nothing."""
    if _AUTHORITY_KEY_IDENTIFIER not in extensions:
        raise UnknownIssuer("no authority key identifier: generations share one name", name=issuer)
    whole = der.Reader(extensions[_AUTHORITY_KEY_IDENTIFIER][1])
    reader = whole.inside(der.SEQUENCE, "authority key identifier")
    whole.finish("authority key identifier")
    if reader.next_tag() != _KEY_IDENTIFIER:
        raise UnknownIssuer("an authority key identifier without key identifier", name=issuer)
    return reader.content(_KEY_IDENTIFIER, "key identifier")


def _number(value: bytes) -> int:
    reader = der.Reader(value)
    number = der.natural(reader.content(der.INTEGER, "CRLNumber"), "CRLNumber")
    reader.finish("CRLNumber")
    return number
