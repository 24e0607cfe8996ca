"""A million residents: memory that does not grow with their number, and a known time for a thousand."""

import resource
import time
import tracemalloc

import pytest
from components.migrating import Kit, settle_people
from components.scale import FULL, against, scaled
from components.town import town
from joserfc.jwk import ECKey

from idp.continuity.mapping_key import read_key
from idp.store import schema

TOTAL = scaled(10_000, 1_000_000)
MEMORY_MIB = 100 if FULL else 8
"""The whole of 10 000 residents takes more."""
SECONDS_PER_THOUSAND = 4.0


@pytest.fixture
def kit(tmp_path, founded_world):
    """A town of that many residents whose key has been rotated."""
    with town(tmp_path, founded_world) as made:
        kit = Kit(made)
        settle_people(kit, made.library, TOTAL)
        kit.rotate()
        yield kit


class Memory:
    """How much more memory a block takes at its worst, in MiB: exactly at small scale, by the process at full."""

    def __enter__(self):
        self._before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        if not FULL:
            tracemalloc.start()
        return self

    def __exit__(self, *_):
        self.mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - self._before) / 1024
        if not FULL:
            self.mib = tracemalloc.get_traced_memory()[1] / 2**20
            tracemalloc.stop()


def test_memory_does_not_grow_with_the_number_of_residents(kit):
    """Moving, and writing the mapping file, in parts."""
    made, key = kit.town, ECKey.generate_key("P-256")
    plan = kit.compromise(
        made.library.sector_id, keys={made.library.client_id: read_key(key.as_pem(private=False))}
    )
    migration = kit.start(plan)
    with Memory() as moving:
        kit.work()
    assert kit.state(migration) == "open"
    told = 0
    with Memory() as mapping:
        for line in made.product.mapping_files.lines(kit.tenant(), migration, kit.client(made.library)):
            told += len(line)
    live = schema.pair.c.state == "live"
    assert (kit.count(schema.pair, live), kit.count(schema.pair)) == (TOTAL, 2 * TOTAL)
    assert told > 100 * TOTAL
    against("memory of moving", moving.mib, MEMORY_MIB, "MiB")
    against("memory of the mapping file", mapping.mib, MEMORY_MIB, "MiB")


def test_a_thousand_residents_take_seconds(kit):
    """On one worker."""
    kit.start(kit.compromise(kit.town.library.sector_id))
    began = time.monotonic()
    kit.work()
    against("moving a thousand residents", (time.monotonic() - began) / TOTAL * 1000, SECONDS_PER_THOUSAND, "s")
    assert kit.count(schema.moved_grant) == TOTAL
