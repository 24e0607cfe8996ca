"""The entries of a list in memory while it is read: growing columns, sorted once at the end."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from idp.jpki.crl_columns import Columns, Ranks, Words

_STEP = 1024 * 1024
"""Rows that a column grows by. Nothing is allocated for a length that a list merely claims."""


class _Growing:
    """A column that grows in place (realloc moves pages, not bytes), so that its peak is its size."""

    def __init__(self, dtype: Any) -> None:
        self._array: NDArray[Any] = np.empty(0, dtype=dtype)
        self._count = 0

    def extend(self, more: NDArray[Any]) -> None:
        needed = self._count + len(more)
        if needed > len(self._array):
            self._array.resize(needed + _STEP, refcheck=False)
        self._array[self._count : needed] = more
        self._count = needed

    def take(self) -> NDArray[Any]:
        self._array.resize(self._count, refcheck=False)
        return self._array


@dataclass(frozen=True, slots=True)
class Table:
    """All entries: `narrow` and `low` sorted, the other wide columns as they came; `order` sorts them."""

    narrow: Words
    order: NDArray[np.int64]
    low: Words
    middle: Words
    high: NDArray[np.uint32]
    rank: Ranks


class Rows:
    """Columns of all chunks so far."""

    def __init__(self) -> None:
        self._narrow, self._low, self._middle = (_Growing(np.uint64) for _ in range(3))
        self._high, self._rank = _Growing(np.uint32), _Growing(np.uint8)

    def extend(self, columns: Columns) -> None:
        """Add a chunk."""
        self._narrow.extend(columns.narrow)
        if len(columns.low):
            self._low.extend(columns.low)
            self._middle.extend(columns.middle)
            self._high.extend(columns.high)
            self._rank.extend(columns.rank)

    def sorted(self) -> Table:
        """Sort; nothing can be added afterwards."""
        narrow = self._narrow.take()
        with ThreadPoolExecutor(1) as beside:
            sorting = beside.submit(narrow.sort)
            wide = self._sorted_wide()
            sorting.result()
        return Table(narrow, *wide)

    def _sorted_wide(self) -> tuple[NDArray[np.int64], Words, Words, NDArray[np.uint32], Ranks]:
        low, middle, high, rank = (c.take() for c in (self._low, self._middle, self._high, self._rank))
        order: NDArray[np.int64] = np.argsort(low)
        low.sort()  # in place: cheaper in memory than a second column gathered by `order`
        # The low word alone nearly always decides, and sorting one column is several times cheaper than four.
        ties = _ties(low)
        rows = order[ties]
        order[ties] = rows[np.lexsort((rank[rows], high[rows], middle[rows], low[ties]))]
        return order, low, middle, high, rank


def _ties(low: Words) -> NDArray[np.int64]:
    """Where a sorted word equals a neighbour."""
    tied = np.zeros(len(low) + 1, dtype=np.bool_)
    tied[1 : len(low)] = low[1:] == low[:-1]
    tied[:-1] |= tied[1:]
    return np.flatnonzero(tied)
