"""The beginning of a CertificateList (RFC 5280 section 5.1), up to its first entry."""

from dataclasses import dataclass
from datetime import datetime

from idp.jpki import crl_der as der
from idp.jpki.crl_refused import CrlReason, CrlRefused, Garbled

MAX_HEADER_BYTES = 64 * 1024
"""A CA's name has some hundred bytes; the rest of a header is shorter still."""
MAX_TAIL_BYTES = 64 * 1024
"""List extensions, algorithm and signature."""
_VERSION_2 = b"\x01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Where the parts of a list lie, and what stands before its entries. Nothing is verified yet.

    `entries_start`, `entries_end`: the content of revokedCertificates, of no length when it is absent. `algorithm`
    and `issuer` are DER.
    """

    total: int
    tbs_start: int
    tbs_end: int
    entries_start: int
    entries_end: int
    algorithm: bytes
    issuer: bytes
    this_update: datetime
    next_update: datetime


def read_header(unverified_head: bytes, *, max_bytes: int) -> Header:
    """Read the header from the file's first bytes: `MAX_HEADER_BYTES` of them, or the whole file.

    Raises CrlRefused: TOO_LARGE before anything else is looked at, VERSION, NO_NEXT_UPDATE, GARBLED.
    """
    outer = der.element_at(unverified_head, 0)
    if outer.tag != der.SEQUENCE:
        raise Garbled("not a CertificateList")
    if outer.end > max_bytes:
        raise CrlRefused(CrlReason.TOO_LARGE, f"{outer.end} bytes")
    tbs = der.element_at(unverified_head, outer.content)
    if tbs.tag != der.SEQUENCE or tbs.end > outer.end:
        raise Garbled("no TBSCertList in its place")
    reader = der.Reader(unverified_head, tbs.content, min(tbs.end, len(unverified_head)))
    if reader.next_tag() != der.INTEGER or reader.content(der.INTEGER, "version") != _VERSION_2:
        raise CrlRefused(CrlReason.VERSION, "not a version 2 list")
    algorithm = reader.take(der.SEQUENCE, "signature algorithm")
    issuer = reader.take(der.SEQUENCE, "issuer")
    this_update = der.moment(reader, "thisUpdate")
    if reader.next_tag() not in (der.UTC_TIME, der.GENERALIZED_TIME):
        raise CrlRefused(CrlReason.NO_NEXT_UPDATE, "a list without nextUpdate has no age")
    next_update = der.moment(reader, "nextUpdate")
    if next_update <= this_update:
        raise Garbled("nextUpdate is not after thisUpdate")
    entries_start = entries_end = reader.position
    if reader.position < tbs.end and reader.next_tag() == der.SEQUENCE:
        entries = der.element_at(unverified_head, reader.position)
        entries_start, entries_end = entries.content, entries.end
    if entries_end > tbs.end:
        raise Garbled("the entries run over the end of the list")
    if outer.end - entries_end > MAX_TAIL_BYTES:
        raise Garbled("too much after the entries")
    return Header(
        total=outer.end,
        tbs_start=tbs.start,
        tbs_end=tbs.end,
        entries_start=entries_start,
        entries_end=entries_end,
        algorithm=unverified_head[algorithm.start : algorithm.end],
        issuer=unverified_head[issuer.start : issuer.end],
        this_update=this_update,
        next_update=next_update,
    )
