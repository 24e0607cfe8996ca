"""The entries of a CRL, read straight from canonical DER: a list of ten thousand costs tens of milliseconds."""

import re

from cryptography import x509

from idp.jpki.path import der, names
from idp.jpki.path.limits import Budget
from idp.jpki.path.names import RdnKeys
from idp.jpki.path.reasons import PathReason, PathRefusal

_TIME = {0x17: re.compile(rb"\d{12}Z"), 0x18: re.compile(rb"\d{14}Z")}
_REASON, _INVALIDITY, _ISSUER = b"\x55\x1d\x15", b"\x55\x1d\x18", b"\x55\x1d\x1d"
_CRITICAL = b"\x01\x01\xff"
_REASONS = {
    1: x509.ReasonFlags.key_compromise,
    2: x509.ReasonFlags.ca_compromise,
    3: x509.ReasonFlags.affiliation_changed,
    4: x509.ReasonFlags.superseded,
    5: x509.ReasonFlags.cessation_of_operation,
    6: x509.ReasonFlags.certificate_hold,
    8: x509.ReasonFlags.remove_from_crl,
    9: x509.ReasonFlags.privilege_withdrawn,
    10: x509.ReasonFlags.aa_compromise,
}
UNSPECIFIED = x509.ReasonFlags.unspecified.value

_PLAIN_REST = 17  # tag and length of the serial, and a UTCTime

Told = tuple[str, RdnKeys | None]
"""What the extensions of one entry tell: the reason, and the certificate's issuer if they name one."""


def read(
    data: bytes, revoked: der.Element, issuer: RdnKeys, budget: Budget, *, indirect: bool
) -> dict[tuple[RdnKeys, int], str]:
    """Every entry: (issuer of the certificate, serial) -> CRLReason name.

    In an indirect list the certificate issuer of one entry holds for those behind it (RFC 5280 section 5.3.3).
    Raises PathRefusal with MALFORMED, also for a serial that stands twice; with TOO_LARGE.
    """
    found: dict[tuple[RdnKeys, int], str] = {}
    known: dict[bytes, Told] = {}
    at = revoked.content
    while at < revoked.end:
        budget.spend_entry()
        entry = der.header(data, at, revoked.end)
        serial, blob = _plain(data, entry) or _parts(data, entry)
        reason = UNSPECIFIED
        if blob:
            if blob not in known:
                known[blob] = _told(blob, budget, indirect=indirect)
            reason, named = known[blob]
            issuer = issuer if named is None else named
        key = (issuer, int.from_bytes(serial, "big", signed=True))
        if key in found:
            raise _malformed("serial number that stands twice")
        found[key] = reason
        at = entry.end
    return found


def _plain(data: bytes, entry: der.Element) -> tuple[bytes, bytes] | None:
    """The serial of an entry in the usual form, a positive number with a UTCTime; None for any other form."""
    start, end = entry.content, entry.end
    if entry.tag != 0x30 or end - start < _PLAIN_REST + 1 or data[start] != 0x02 or data[start + 1] >= 0x80:
        return None
    time = start + 2 + data[start + 1]
    serial = data[start + 2 : time]
    if time + 15 != end or data[time : time + 2] != b"\x17\x0d" or data[end - 1] != ord("Z"):
        return None
    if not serial or not 0 < serial[0] < 0x80 or not data[time + 2 : end - 1].isdigit():
        return None
    return serial, b""


def _parts(data: bytes, entry: der.Element) -> tuple[bytes, bytes]:
    """The serial and the encoded extensions of an entry of any form."""
    parts = der.children(data, entry)
    tags = [p.tag for p in parts]
    if (
        entry.tag != 0x30
        or tags[:1] != [0x02]
        or tags[1:2] not in ([0x17], [0x18])
        or tags[2:] not in ([], [0x30])
    ):
        raise _malformed("entry")
    serial = data[parts[0].content : parts[0].end]
    der.require_integer(serial)
    if not _TIME[tags[1]].fullmatch(data[parts[1].content : parts[1].end]):
        raise _malformed("revocation date")
    return serial, b"".join(data[p.start : p.end] for p in parts[2:])


def _told(blob: bytes, budget: Budget, *, indirect: bool) -> Told:
    budget.spend_elements(der.walk(blob))
    reason, issuer, seen = UNSPECIFIED, None, set()
    for extension in der.children(blob, der.whole(blob)):
        members = der.children(blob, extension)
        encoded = [blob[m.start : m.end] for m in members]
        tags = [m.tag for m in members]
        if extension.tag != 0x30 or tags not in ([0x06, 0x04], [0x06, 0x01, 0x04]) or b"\x01\x01\x00" in encoded:
            raise _malformed("entry extension")
        oid = blob[members[0].content : members[0].end]
        content = blob[members[-1].content : members[-1].end]
        if oid in seen:
            raise _malformed("entry extension that stands twice")
        seen.add(oid)
        if oid == _REASON:
            reason = _reason(content)
        elif oid == _ISSUER and indirect:
            issuer = _certificate_issuer(content, budget)
        elif oid == _ISSUER or (_CRITICAL in encoded and oid != _INVALIDITY):
            raise _malformed("critical entry extension that is not processed")
    return reason, issuer


def _reason(content: bytes) -> str:
    if len(content) != 3 or content[:2] != b"\x0a\x01" or content[2] not in _REASONS:
        raise _malformed("reason code")
    return _REASONS[content[2]].value


def _certificate_issuer(content: bytes, budget: Budget) -> RdnKeys:
    der.walk(content)
    general_names = der.children(content, der.whole(content))
    if [n.tag for n in general_names] != [0xA4]:
        raise _malformed("certificate issuer is not one directory name")
    return names.rdn_keys(content[general_names[0].content : general_names[0].end], budget)


def _malformed(detail: str) -> PathRefusal:
    return PathRefusal(PathReason.MALFORMED, f"CRL: {detail}")
