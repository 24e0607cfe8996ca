"""The step before the bisection: where in a sorted column the keys with the same first bits begin.

Serial numbers of four and of eight octets in one list leave nearly all of a plain top-bits table empty. So keys
are told apart by their bit length first, and each length has a table of its own, as fine as its keys are many.
"""

import numpy as np
from numpy.typing import NDArray

from idp.jpki.crl_columns import Words

Step = tuple[int, int]
"""A key of this bit length belongs to bucket `(key >> step[0]) + step[1]`."""
_LENGTHS = 65
_BUCKET_BITS = 3
"""A bucket holds four to eight keys when they are spread evenly."""


def build(keys: Words) -> tuple[list[Step | None], NDArray[np.uint32]]:
    """The step for each bit length (None: no keys), and where each bucket begins; the last number is the end."""
    powers = np.uint64(1) << np.arange(64, dtype=np.uint64)
    ends = [*np.searchsorted(keys, powers).tolist(), len(keys)]
    steps: list[Step | None] = [None] * _LENGTHS
    parts, buckets, begin = [], 0, 0
    for length, end in enumerate(ends):
        count = end - begin
        if count:
            shift = max(0, length - 1 - max(0, count.bit_length() - _BUCKET_BITS))
            smallest = (1 << length) >> 1
            size = max(1, smallest >> shift)
            firsts = (np.arange(size, dtype=np.uint64) + np.uint64(smallest >> shift)) << np.uint64(shift)
            parts.append(np.searchsorted(keys[begin:end], firsts).astype(np.uint32) + np.uint32(begin))
            steps[length] = (shift, buckets - (smallest >> shift))
            buckets += size
        begin = end
    return steps, np.concatenate([*parts, np.array([len(keys)], dtype=np.uint32)])
