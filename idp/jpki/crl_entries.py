"""The entries of a list, split without walking them one by one, and exact all the same.

Everything that looks like the beginning of an entry (`30 LL 02`) is taken as a candidate, with numpy. Then the
candidates prove each other: the first entry begins where the list begins, and the next where the one before it
ends. Patterns inside serial numbers or extensions are in nobody's chain and fall out. A list whose chain breaks is
refused, so no entry is ever missed or made up.
"""

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from idp.jpki.crl_refused import Garbled

SLACK = 320
"""Bytes that must follow the data in its buffer: a candidate near the end is looked at before it is judged."""
MAX_SERIAL_OCTETS = 21
"""20 octets of value (RFC 5280 section 4.1.2.2), and the zero before a set top bit."""
_FEW = 256
"""Breaks in a chunk that are walked over one by one; random serial numbers make a handful."""
Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]


class Scratch:
    """Working memory for buffers of that size, so that no page of it is asked for twice."""

    def __init__(self, size: int) -> None:
        self.found, self.more = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Chain:
    """Entries proved by their chain: where each one's serial number and date begin, and where it ends.

    `consumed`: bytes up to the end of the last whole entry.
    """

    serials: Places
    dates: Places
    ends: Places
    consumed: int


@dataclass(frozen=True, slots=True)
class _Candidates:
    """What looks like an entry. `whole`: its length is in DER, and it ends inside the data."""

    starts: Places
    bodies: Places
    ends: Places
    whole: NDArray[np.bool_]


def split(buffer: Bytes, length: int, scratch: Scratch, *, final: bool) -> Chain:
    """Split `buffer[:length]`, which begins where an entry begins, into entries.

    `buffer` goes on for at least SLACK bytes; `scratch` is as long. `final`: the data ends where the list ends;
    otherwise an entry that is cut off is left for the next call. Raises Garbled for anything that is not an entry.
    """
    bodies, ends = _true_chain(_short(buffer, length, scratch))
    stop = int(ends[-1]) if len(ends) else 0
    if length - stop >= 2 and buffer[stop] == 0x30 and buffer[stop + 1] in (0x81, 0x82):
        # Entries of 128 bytes or more are rare: only now is it worth looking for them.
        bodies, ends = _true_chain(_all_forms(buffer, length, scratch))
        stop = int(ends[-1]) if len(ends) else 0
    if stop != length and (final or not _is_cut_off(bytes(buffer[stop : min(stop + 4, length)]), length - stop)):
        raise Garbled("the list of entries does not chain: something in it is not an entry in DER")
    return Chain(bodies + 2, _dates(buffer, bodies, ends), ends, stop)


def _short(buffer: Bytes, length: int, scratch: Scratch) -> _Candidates:
    """Candidates with a length of one octet."""
    starts = _places(scratch, buffer, length, (0, 0x30), (2, 0x02))
    sizes = buffer[starts + 1]
    bodies = starts + 2
    ends = bodies + sizes
    return _Candidates(starts, bodies, ends, (sizes < 0x80) & (ends <= length))


def _all_forms(buffer: Bytes, length: int, scratch: Scratch) -> _Candidates:
    """Candidates with a length of one, two or three octets, each in its only DER form."""
    two = _places(scratch, buffer, length, (0, 0x30), (1, 0x81), (3, 0x02))
    three = _places(scratch, buffer, length, (0, 0x30), (1, 0x82), (4, 0x02))
    one = _short(buffer, length, scratch)
    sizes_two = buffer[two + 2].astype(np.int64)
    sizes_three = buffer[three + 2].astype(np.int64) << 8 | buffer[three + 3]
    starts = np.concatenate([one.starts, two, three])
    bodies = np.concatenate([one.bodies, two + 3, three + 4])
    ends = np.concatenate([one.ends, two + 3 + sizes_two, three + 4 + sizes_three])
    whole = np.concatenate([one.whole, sizes_two >= 0x80, sizes_three >= 0x100]) & (ends <= length)
    order = np.argsort(starts, kind="stable")
    return _Candidates(starts[order], bodies[order], ends[order], whole[order])


def _true_chain(candidates: _Candidates) -> tuple[Places, Places]:
    """Bodies and ends of the candidates that follow from the first byte, each beginning where one before ends."""
    starts, ends, whole = candidates.starts, candidates.ends, candidates.whole
    count = len(starts)
    if count == 0 or starts[0] != 0 or not whole[0]:
        return starts[:0], ends[:0]
    linked = whole[:-1] & whole[1:] & (ends[:-1] == starts[1:])
    breaks = np.append(np.flatnonzero(~linked), count - 1)
    reached = _walk(candidates, breaks.tolist()) if len(breaks) <= _FEW else _doubled(starts, ends, whole)
    return candidates.bodies[reached], ends[reached]


def _walk(candidates: _Candidates, breaks: list[int]) -> NDArray[np.bool_]:
    """The reached ones, from break to break: after each, the candidate is looked for that begins at the end."""
    starts, ends, whole = candidates.starts, candidates.ends, candidates.whole
    reached = np.zeros(len(starts), dtype=np.bool_)
    first = 0
    while True:
        last = breaks[bisect_left(breaks, first)]
        reached[first : last + 1] = True
        first = int(np.searchsorted(starts, ends[last]))
        if first == len(starts) or starts[first] != ends[last] or not whole[first]:
            return reached


def _doubled(starts: Places, ends: Places, whole: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The reached ones, by doubling: after k rounds, all up to 2^k steps from the first.

    Even a list made of imitations costs a logarithm more, not a walk.
    """
    count = len(starts)
    following = np.searchsorted(starts, ends)
    following[(np.append(starts, -1)[following] != ends) | ~np.append(whole, False)[following]] = count
    jump = np.append(following, count)
    reached = np.zeros(count + 1, dtype=np.bool_)
    reached[0] = True
    for _ in range(count.bit_length()):
        reached[jump[np.flatnonzero(reached)]] = True
        jump = jump[jump]
    return reached[:count]


def _dates(buffer: Bytes, bodies: Places, ends: Places) -> Places:
    """Where each entry's Time stands: after a serial number of 1 to 21 octets, and both inside the entry."""
    octets = buffer[bodies + 1]
    dates: Places = bodies + 2 + octets
    tags, sizes = buffer[dates], buffer[dates + 1]
    timely = ((tags == 0x17) & (sizes == 13)) | ((tags == 0x18) & (sizes == 15))
    timely &= (octets > 0) & (octets <= MAX_SERIAL_OCTETS) & (dates + 2 + sizes <= ends)
    if not timely.all():
        raise Garbled("an entry without serial number or revocation date in DER")
    return dates


def _is_cut_off(head: bytes, available: int) -> bool:
    """Whether these first bytes may begin an entry that is longer than what is there."""
    if head[0] != 0x30:
        return False
    if len(head) < 4:
        return True
    size = head[1]
    if size < 0x80:
        return 2 + size > available
    if size == 0x81:
        return head[2] >= 0x80 and 3 + head[2] > available
    return size == 0x82 and head[2] > 0 and 4 + int.from_bytes(head[2:4], "big") > available


def _places(scratch: Scratch, buffer: Bytes, length: int, *pattern: tuple[int, int]) -> Places:
    """Where in `buffer[:length]` a pattern begins; it is given as pairs of offset and octet."""
    size = -(-length // 8) * 8
    found, more = scratch.found[:size], scratch.more[:size]
    for number, (offset, octet) in enumerate(pattern):
        np.equal(buffer[offset : offset + size], octet, out=more if number else found)
        if number:
            np.logical_and(found, more, out=found)
    found[length:] = False
    # Eight marks at a time: most words hold none, nearly all others one.
    words = found.view(np.uint64)
    places = np.flatnonzero(words != 0)
    marks = words[places]
    rounds: list[Places] = []
    while len(places):
        rounds.append((places << 3) + (np.bitwise_count(marks - np.uint64(1)) >> np.uint8(3)))
        marks &= marks - np.uint64(1)
        left = marks != 0
        places, marks = places[left], marks[left]
    if len(rounds) == 1:
        return rounds[0]
    return np.sort(np.concatenate([*rounds, np.zeros(0, dtype=np.int64)]))
