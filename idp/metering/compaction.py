"""Adding up: the rows of days that are over become one per key. Nothing is counted twice, nothing lost.

Rows are deleted and their sum is written in one transaction, a bounded number at a time, so that no login waits
long. It may be run as often as one likes, and by several processes at once.
"""

from collections.abc import Callable
from datetime import datetime

from msgspec import structs

from idp.japan import day_in_japan
from idp.store import meters
from idp.store.engine import TenantStore

SOME = 5_000
"""Rows in one transaction: some tens of milliseconds."""


def compact(
    store: TenantStore, now: Callable[[], datetime], token_bytes: Callable[[int], bytes], *, some: int = SOME
) -> int:
    """Add up one tenant's rows of the days before today; how many rows went away. Raises DatabaseUnavailable."""
    with store.read() as tx:
        keys = meters.scattered(tx, before=day_in_japan(now()))
    return sum(_add_up(store, key, token_bytes, some) for key in keys)


def _add_up(store: TenantStore, key: meters.MeterKey, token_bytes: Callable[[int], bytes], some: int) -> int:
    gone = 0
    while True:
        with store.write() as tx:
            counts = meters.take(tx, key, some=some)
            if counts:
                row = meters.MeterRow(entry_id=token_bytes(16), count=sum(counts), **structs.asdict(key))
                meters.add(tx, row)
        gone += max(len(counts) - 1, 0)
        if len(counts) < some:
            return gone
