"""Entries as columns: serial number and reason of each, checked and packed, all entries of a chunk at a time.

A serial number below 2^60 and its reason make one 64-bit number that sorts by serial number; J-LIS counts in four
octets. Longer ones, up to 160 bits, go to a second table of four columns.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from idp.jpki.crl_entries import Bytes, Chain, Places
from idp.jpki.crl_entry_extensions import ranks_of_extensions
from idp.jpki.crl_reasons import NO_RANK, RANK_BITS, RANKS, REMOVE_FROM_CRL, UNSPECIFIED
from idp.jpki.crl_refused import CrlReason, CrlRefused, Garbled

NARROW_BITS = 64 - RANK_BITS
Words = NDArray[np.uint64]
Ranks = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Columns:
    """`narrow`: serial << 4 | rank. The others: longer serials, as 32 + 64 + 64 bits, and their ranks."""

    narrow: Words
    low: Words
    middle: Words
    high: NDArray[np.uint32]
    rank: Ranks


def read_columns(buffer: Bytes, chain: Chain) -> Columns:
    """Read the entries of a chain.

    Raises CrlRefused: GARBLED for a serial number that is not a positive INTEGER in DER, a date or an extension
    that is none; EXTENSION, INDIRECT_ENTRY, REMOVE_FROM_CRL.
    """
    octets = chain.dates - chain.serials
    first, second = buffer[chain.serials], buffer[chain.serials + 1]
    if (
        (first >= 0x80).any()
        or ((first == 0) & ((octets == 1) | (second < 0x80))).any()
        or ((octets == 21) & (first != 0)).any()
    ):
        raise Garbled("a serial number is negative, zero, too long or not minimal")
    ranks = _ranks(buffer, chain)
    padded = (first == 0).astype(np.int64)
    octets = octets - padded
    words = words_at(buffer, chain.serials + padded, 1)[:, 0].byteswap()
    short = octets <= 8
    values = words >> (8 * (8 - np.minimum(octets, 8))).astype(np.uint64)
    narrow = short & (values >> np.uint64(NARROW_BITS) == 0)
    packed = values << np.uint64(RANK_BITS) | ranks
    if narrow.all():
        none = np.zeros(0, dtype=np.uint64)
        return Columns(packed, none, none, none.astype(np.uint32), none.astype(np.uint8))
    wide = np.flatnonzero(~narrow)
    return Columns(packed[narrow], *_wide(buffer, words[wide], chain.dates[wide], octets[wide]), ranks[wide])


def words_at(buffer: Bytes, places: Places, count: int) -> Words:
    """`count` little-endian 64-bit words from each place, whatever its alignment."""
    size = 8 * count
    windows = np.ndarray((len(buffer) - size + 1,), dtype=f"V{size}", buffer=buffer.data, strides=(1,))
    return windows[places].view("<u8").reshape(len(places), count)


def _wide(buffer: Bytes, first: Words, ends: Places, octets: Places) -> tuple[Words, Words, NDArray[np.uint32]]:
    """The low, middle and high words of serial numbers of 8 to 20 octets, of which the first eight are known."""
    low = words_at(buffer, ends - 8, 1)[:, 0].byteswap()
    middle = np.zeros_like(first)
    high = np.zeros(len(first), dtype=np.uint32)
    some = np.flatnonzero((octets > 8) & (octets <= 16))
    middle[some] = first[some] >> (8 * (16 - octets[some])).astype(np.uint64)
    some = np.flatnonzero(octets > 16)
    middle[some] = words_at(buffer, ends[some] - 16, 1)[:, 0].byteswap()
    high[some] = first[some] >> (8 * (24 - octets[some])).astype(np.uint64)
    return low, middle, high


# The usual entry after its serial number, as four little-endian words: UTCTime, and either nothing more or
# crlEntryExtensions with a non-critical reasonCode alone.
_WORD = np.uint64
_DATE = (
    # the octets of a word with zeros for digits, which of its bits count, and six for every digit
    (_WORD(0x3030_3030_3030_0D17), _WORD(0xF0F0_F0F0_F0F0_FFFF), _WORD(0x0606_0606_0606_0000)),
    (_WORD(0x005A_3030_3030_3030), _WORD(0x00FF_F0F0_F0F0_F0F0), _WORD(0x0000_0606_0606_0606)),
)
_REASON = (_WORD(0x30), _WORD(0x151D_5503_060A_300C), _WORD(0x010A_0304))
_DATE_SIZE, _REASON_SIZE = 15, 14


def _ranks(buffer: Bytes, chain: Chain) -> Ranks:
    words = np.ascontiguousarray(words_at(buffer, chain.dates, 4).T)
    rest = chain.ends - chain.dates - _DATE_SIZE
    dated = (_differs_from_digits(words[0], *_DATE[0]) | _differs_from_digits(words[1], *_DATE[1])) == 0
    differs = words[1] >> _WORD(56) ^ _REASON[0]
    differs |= words[2] ^ _REASON[1]
    differs |= words[3] & _WORD(0xFFFF_FFFF) ^ _REASON[2]
    reasoned = dated & (differs == 0) & (rest == _REASON_SIZE)
    codes = (words[3] >> _WORD(32)).astype(np.uint8)
    if (reasoned & (codes == REMOVE_FROM_CRL)).any():
        raise CrlRefused(CrlReason.REMOVE_FROM_CRL, "an entry that only a delta list may hold")
    ranks = np.where(reasoned, RANKS[codes], np.uint8(UNSPECIFIED))
    unusual = np.flatnonzero(~(reasoned | (dated & (rest == 0))))
    if len(unusual):
        ranks[unusual] = ranks_of_extensions(buffer, chain.dates[unusual], chain.ends[unusual])
    if (ranks == NO_RANK).any():
        raise Garbled("a reason code that does not exist")
    return ranks


def _differs_from_digits(words: Words, form: np.uint64, mask: np.uint64, sixes: np.uint64) -> Words:
    """Zero where a word has the form: a digit is 0x30..0x39, so its high half is 3, and still is with 6 added."""
    differs = words + sixes
    differs ^= form
    differs |= words ^ form
    differs &= mask
    return differs
