"""What is done away from any login: shelters' files, the file exchange, and adding up the meter."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from idp.exchange.run import Exchange, run_all
from idp.metering.compaction import compact
from idp.metering.record import Meters
from idp.oversight.audit import Auditor
from idp.revocation.serials import SerialLists
from idp.shelter.collection_key import CollectionKeys
from idp.shelter.verification import CollectionVerification
from idp.store.engine import Store
from idp.tenants.directory import Directory
from idp.worker.recurring import Recurring, every

EXCHANGE_SECONDS = 30
COMPACTION_SECONDS = 6 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Offline:
    """The parts; `verification` and `exchange` are None where there is no place for revocation lists."""

    collection_keys: CollectionKeys
    verification: CollectionVerification | None
    exchange: Exchange | None


def offline(
    *,
    store: Store,
    auditor: Auditor,
    meters: Meters,
    lists: SerialLists | None,
    now: Callable[[], datetime],
    token_bytes: Callable[[int], bytes],
) -> Offline:
    """Put the parts together."""
    keys = CollectionKeys(store=store, auditor=auditor, now=now, token_bytes=token_bytes)
    if lists is None:
        return Offline(collection_keys=keys, verification=None, exchange=None)
    return Offline(
        collection_keys=keys,
        verification=CollectionVerification(store=store, lists=lists, meters=meters, auditor=auditor, now=now),
        exchange=Exchange(store=store, lists=lists, meters=meters, auditor=auditor, now=now),
    )


def recurring(
    parts: Offline,
    *,
    store: Store,
    directory: Directory,
    exchange_directory: Path | None,
    now: Callable[[], datetime],
    token_bytes: Callable[[int], bytes],
) -> list[Recurring]:
    """The worker's tasks: the meter's days that are over, and the exchange folder where there is one."""

    def add_up() -> None:
        for tenant in directory.all():
            compact(store.for_tenant(tenant.tenant_id), now, token_bytes)

    tasks = [Recurring(name="meter", next_moment=every(COMPACTION_SECONDS), run=add_up)]
    if parts.exchange is not None and exchange_directory is not None:
        exchange = parts.exchange
        look = Recurring(
            name="exchange",
            next_moment=every(EXCHANGE_SECONDS),
            run=lambda: run_all(exchange, directory.all, exchange_directory),
        )
        tasks.append(look)
    return tasks
