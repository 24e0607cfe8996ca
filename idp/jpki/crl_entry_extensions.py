"""What follows the serial number in unusual entries (RFC 5280 section 5.3): any Time, any extensions.

All the entries are read side by side, one extension of each at a time, so that a list made of nothing else costs
some array operations per extension and no walk in Python.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from idp.jpki.crl_reasons import RANKS, REMOVE_FROM_CRL, UNSPECIFIED
from idp.jpki.crl_refused import CrlReason, CrlRefused, Garbled

MAX_EXTENSIONS = 16
"""RFC 5280 defines four."""
_REASON_CODE, _INVALIDITY_DATE, _CERTIFICATE_ISSUER = 21, 24, 29
"""The last arcs of 2.5.29.21, .24 and .29."""
_OID_STEM = (0x06, 0x03, 0x55, 0x1D)
Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Elements:
    """One element per entry: where its content starts and ends."""

    contents: Places
    ends: Places


def ranks_of_extensions(buffer: Bytes, dates: Places, ends: Places) -> NDArray[np.uint8]:
    """The rank of each entry's reason; `dates` are the places of the Times, `ends` those of the entries' ends.

    Raises CrlRefused: GARBLED, EXTENSION (unknown and critical), INDIRECT_ENTRY, REMOVE_FROM_CRL.
    """
    sizes = buffer[dates + 1].astype(np.int64)
    _require(_are_times(buffer, dates), "a revocation date")
    ranks = np.full(len(dates), UNSPECIFIED, dtype=np.uint8)
    seen = np.zeros((2, len(dates)), dtype=np.bool_)
    start = dates + 2 + sizes
    left = np.flatnonzero(start < ends)
    sequences = _elements(buffer, start[left], ends[left], 0x30)
    _require((sequences.ends == ends[left]) & (sequences.contents < sequences.ends), "entry extensions")
    cursors = sequences.contents
    for _ in range(MAX_EXTENSIONS):
        if not len(left):
            return ranks
        extensions = _elements(buffer, cursors, ends[left], 0x30)
        _one_each(buffer, extensions, left, ranks, seen)
        more = extensions.ends < ends[left]
        left, cursors = left[more], extensions.ends[more]
    if len(left):
        raise Garbled("an entry of too many extensions")
    return ranks


def _one_each(
    buffer: Bytes, extensions: _Elements, entries: Places, ranks: NDArray[np.uint8], seen: NDArray[np.bool_]
) -> None:
    """Judge one extension of each entry, writing what it says into `ranks` and `seen`."""
    oids = _elements(buffer, extensions.contents, extensions.ends, 0x06)
    _require(oids.contents < oids.ends, "an extension's type")
    standard = oids.ends - extensions.contents == 5
    for place, octet in enumerate(_OID_STEM):
        standard &= buffer[extensions.contents + place] == octet
    arcs = np.where(standard, buffer[extensions.contents + 4], np.uint8(0))
    critical = (buffer[oids.ends] == 0x01) & (oids.ends < extensions.ends)
    true = (buffer[oids.ends + 1] == 1) & (buffer[oids.ends + 2] == 0xFF) & (oids.ends + 3 <= extensions.ends)
    _require(~critical | true, "an extension's criticality")
    values = _elements(buffer, oids.ends + 3 * critical, extensions.ends, 0x04)
    _require(values.ends == extensions.ends, "an extension's value")
    if (arcs == _CERTIFICATE_ISSUER).any():
        raise CrlRefused(CrlReason.INDIRECT_ENTRY, "an entry of another certificate issuer")
    reasons, invalidity = arcs == _REASON_CODE, arcs == _INVALIDITY_DATE
    if (critical & ~reasons & ~invalidity).any():
        raise CrlRefused(CrlReason.EXTENSION, "unknown critical extension of an entry")
    for row, chosen in enumerate((reasons, invalidity)):
        _require(~(chosen & seen[row, entries]), "an entry's extensions")
        seen[row, entries] |= chosen
    _invalidity_dates(buffer, values, invalidity)
    ranks[entries[reasons]] = _reasons(buffer, values, reasons)


def _reasons(buffer: Bytes, values: _Elements, chosen: Mask) -> NDArray[np.uint8]:
    places = values.contents[chosen]
    whole = (values.ends[chosen] - places == 3) & (buffer[places] == 0x0A) & (buffer[places + 1] == 1)
    _require(whole, "a reason code")
    codes = buffer[places + 2]
    if (codes == REMOVE_FROM_CRL).any():
        raise CrlRefused(CrlReason.REMOVE_FROM_CRL, "an entry that only a delta list may hold")
    return RANKS[codes]


def _invalidity_dates(buffer: Bytes, values: _Elements, chosen: Mask) -> None:
    places = values.contents[chosen]
    whole = (values.ends[chosen] - places == 17) & (buffer[places] == 0x18) & _are_times(buffer, places)
    _require(whole, "an invalidity date")


def _are_times(buffer: Bytes, places: Places) -> Mask:
    """Whether a UTCTime or GeneralizedTime to the second stands there (its length is the caller's business)."""
    general = buffer[places] == 0x18
    fine: Mask = (general & (buffer[places + 1] == 15)) | ((buffer[places] == 0x17) & (buffer[places + 1] == 13))
    for at in range(2, 16):
        digit = buffer[places + at] - np.uint8(0x30) < 10
        fine &= digit | (~general & (at >= 14))
    fine &= buffer[places + np.where(general, 16, 14)] == 0x5A
    return fine


def _elements(buffer: Bytes, starts: Places, limits: Places, tag: int) -> _Elements:
    """The element at each start: of that tag, in DER, ending at or before its limit."""
    first = buffer[starts + 1].astype(np.int64)
    second = buffer[starts + 2].astype(np.int64)
    two, three = first == 0x81, first == 0x82
    sizes = np.where(two, second, np.where(three, second << 8 | buffer[starts + 3], first))
    least = np.where(two, 0x80, np.where(three, 0x100, 0))
    contents = starts + 2 + two + 2 * three
    fine = (buffer[starts] == tag) & ((first < 0x80) | two | three) & (sizes >= least)
    _require(fine & (contents + sizes <= limits), "an element of an entry")
    return _Elements(contents, contents + sizes)


def _require(fine: Mask, what: str) -> None:
    if not fine.all():
        raise Garbled(f"{what} is not in DER, or stands twice")
