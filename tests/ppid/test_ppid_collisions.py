"""A whole prefecture's worth of numbers: no two are equal, and memory stays small while they are made."""

import secrets
import tracemalloc

import numpy as np
import pytest
from components.scale import against, scaled

import ppid

PAIRS = scaled(20_000, 1_000_000)
CHUNK = 10_000
TAG_BYTES = 32
MEMORY_BYTES = 16 * 1024 * 1024
"""Beside the numbers themselves: what one chunk needs, not what all of them would."""


def derived(mac, count):
    """So many PPIDs of as many people over fifty sectors, chunk by chunk, as rows of raw bytes."""
    table = np.empty((count, 43), dtype=np.uint8)
    for first in range(0, count, CHUNK):
        for row in range(first, min(first + CHUNK, count)):
            sector = f"sector-{row % 50}"
            handle = secrets.token_bytes(32)
            value = ppid.derive(mac, tenant_id="aoba", sector_id=sector, handle=handle, key_version=1)
            table[row] = np.frombuffer(value.encode("ascii"), dtype=np.uint8)
    return table


@pytest.mark.prove_ppid
def test_no_two_of_a_million_pairs_are_equal():
    """One million pairs (small: 20 000) without a collision, every character of base64url in every place."""
    mac = ppid.LocalMac({1: secrets.token_bytes(32)})
    tracemalloc.start()
    table = derived(mac, PAIRS)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    distinct = np.unique(table.view(np.dtype((np.void, 43)))).size
    against(f"collisions among {PAIRS} pairs", PAIRS - distinct, 0, "")
    against("memory beside them", (peak - table.nbytes) / 1024, MEMORY_BYTES / 1024, "KiB")
    assert all(np.unique(table[:, place]).size == 64 for place in range(42))
    assert np.unique(table[:, 42]).size == 16  # 256 bits in 43 characters: the last carries four
