"""One index, mapped read-only: a lookup is a directory step and a short bisection, in pages that all share."""

import mmap
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from idp.jpki.crl_columns import NARROW_BITS
from idp.jpki.crl_reasons import BY_SEVERITY, RANK_BITS
from idp.jpki.crl_refused import CrlReason, CrlRefused
from idp.store.crl_index import layout

_FORMATS: dict[int, Literal["B", "I", "Q"]] = {1: "B", 4: "I", 8: "Q"}
_RANK_MASK = (1 << RANK_BITS) - 1
_NARROW_END = 1 << NARROW_BITS
_WIDE_END = 1 << 160
_WORD = (1 << 64) - 1
_NOT_LISTED = len(BY_SEVERITY)
_ANSWERS = np.array([*BY_SEVERITY, None], dtype=object)


class Index:
    """A list that was verified when it was loaded. Answers whether a serial number stands in it, and why.

    Says nothing about the list's age, nor whether it covers the certificate: see `Catalogue` and `IndexedLists`.
    """

    def __init__(self, path: Path) -> None:
        """Map the file. Raises CrlRefused with DAMAGED when it is not a whole index, STORAGE when unreadable."""
        try:
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError as error:
            raise CrlRefused(CrlReason.DAMAGED, "an empty index") from error
        except OSError as error:
            raise CrlRefused(CrlReason.STORAGE, f"the index cannot be read: {error.strerror}") from error
        self.facts = layout.decode(self._map[: layout.HEADER_BYTES])
        self._offsets = self.facts.offsets()
        if self._offsets["end"] != len(self._map):
            raise CrlRefused(CrlReason.DAMAGED, "an index of another length than it says")
        self._view = memoryview(self._map)
        self._narrow_directory, self._narrow = self._column("narrow_directory"), self._column("narrow")
        self._wide_directory, self._low = self._column("wide_directory"), self._column("low")
        self._middle, self._high, self._rank = (self._column(name) for name in ("middle", "high", "rank"))
        self._narrow_steps, self._wide_steps = self.facts.narrow_steps, self.facts.wide_steps

    def reason_of(self, serial: int) -> str | None:
        """The CRLReason name of a listed serial number (the gravest, if listed twice), or None if not listed."""
        if not 0 < serial < _NARROW_END:
            return self._wide_reason(serial) if 0 < serial < _WIDE_END else None
        key = serial << RANK_BITS
        step = self._narrow_steps[key.bit_length()]
        if step is None:
            return None
        bucket, directory = (key >> step[0]) + step[1], self._narrow_directory
        place = bisect_left(self._narrow, key, directory[bucket], directory[bucket + 1])
        # At a bucket's end this is the next bucket's first key, which may still be this serial's.
        found: int = self._narrow[place] if place < len(self._narrow) else 0
        return BY_SEVERITY[found & _RANK_MASK] if found >> RANK_BITS == serial else None

    def _wide_reason(self, serial: int) -> str | None:
        word = serial & _WORD
        step = self._wide_steps[word.bit_length()]
        if step is None:
            return None
        bucket, directory = (word >> step[0]) + step[1], self._wide_directory
        last = directory[bucket + 1]
        start = bisect_left(self._low, word, directory[bucket], last)
        if start == last or self._low[start] != word:
            return None
        middle, high = serial >> 64 & _WORD, serial >> 128
        if self._middle[start] == middle and self._high[start] == high:
            return BY_SEVERITY[self._rank[start]]
        end = bisect_right(self._low, word, start, last)
        start = bisect_left(self._middle, middle, start, end)
        end = bisect_right(self._middle, middle, start, end)
        start = bisect_left(self._high, high, start, end)
        return BY_SEVERITY[self._rank[start]] if start < end and self._high[start] == high else None

    def reasons_of(self, serials: Sequence[int]) -> list[str | None]:
        """`reason_of` each, in the same order; thousands at a time cost little more than a sort of them."""
        narrow = np.array([serial if 0 < serial < _NARROW_END else 0 for serial in serials], dtype=np.uint64)
        ranks = self._narrow_ranks(narrow << np.uint64(RANK_BITS))
        answers: list[str | None] = _ANSWERS[ranks].tolist()
        for place in np.flatnonzero(narrow == 0).tolist():
            answers[place] = self._wide_reason(serials[place]) if 0 < serials[place] < _WIDE_END else None
        return answers

    def _narrow_ranks(self, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
        ranks = np.full(len(keys), _NOT_LISTED, dtype=np.int64)
        if len(self._narrow) and len(keys):
            column = np.frombuffer(self._narrow, dtype=np.uint64)
            order = np.argsort(keys)  # sorted queries walk the pages once
            places = np.empty(len(keys), dtype=np.int64)
            places[order] = np.searchsorted(column, keys[order])
            found = column[np.minimum(places, len(column) - 1)]
            listed = found >> np.uint64(RANK_BITS) == keys >> np.uint64(RANK_BITS)
            ranks[listed] = (found & np.uint64(_RANK_MASK))[listed]
        return ranks

    def require_sound(self) -> None:
        """Raise CrlRefused with DAMAGED unless the tables are what was written. Reads them all."""
        sums = layout.Sums()
        for name in layout.COLUMNS:
            start, size = self._offsets[name], layout.BLOCK_ITEMS * layout.ITEM_BYTES[name]
            end = start + self._size(name)
            for block in range(start, end, size):
                sums.add(self._view[block : min(block + size, end)])
        if sums.digest() != self.facts.sums:
            raise CrlRefused(CrlReason.DAMAGED, "the tables of the index are not what was written")

    def _size(self, name: str) -> int:
        return self.facts.counts[name] * layout.ITEM_BYTES[name]

    def _column(self, name: str) -> "memoryview[int]":
        start = self._offsets[name]
        return self._view[start : start + self._size(name)].cast(_FORMATS[layout.ITEM_BYTES[name]])
