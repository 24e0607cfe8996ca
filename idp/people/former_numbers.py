"""Former numbers: what a merge replaced, which the services that knew it hear for a while beside what stayed.

A row is found by a keyed index of the service and of where its pair is found, so that nothing in the database
tells which pairs are of people who were merged. It tells nothing more inside: all are of one length.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from idp.keys.sealing import Place, SealBroken, TenantKeys, digest
from idp.store import former_numbers
from idp.store.engine import Transaction
from idp.store.former_numbers import FormerRow
from idp.tenants.tenancy import WINDOW_DAYS, Client

NO_MIGRATION = bytes(32)
_ENDS, _PAIR, _MARK = 8, 16, 32
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Former:
    """The number by which a service knew the person whom it knows by that of `pair_id` since.

    `mark`: of the change of numbers in which the service was then (`mark_of`). `ends_at`: until when it hears of
    it, seconds since 1970.
    """

    number: str = field(repr=False)
    pair_id: bytes
    mark: bytes
    ends_at: int


def of_merge(number: str, pair_id: bytes, client: Client | None, now: datetime) -> Former:
    """What a service is to hear after a merge at `now`: for as long as after a change of numbers by default."""
    migration_id = client.window.migration_id if client is not None and client.window is not None else ""
    return Former(number, pair_id, mark_of(migration_id), int((now + timedelta(days=WINDOW_DAYS)).timestamp()))


def mark_of(migration_id: str) -> bytes:
    """Tells one change of numbers from others, 32 bytes; `migration_id` is empty for none."""
    return digest(migration_id) if migration_id else NO_MIGRATION


def opened(keys: TenantKeys, row: FormerRow) -> Former:
    """What a row says. Raises SealBroken."""
    record = keys.open(_place(row.former_index), row.sealed_record)
    ends_at, rest = record[:_ENDS], record[_ENDS:]
    pair_id, mark, number = rest[:_PAIR], rest[_PAIR : _PAIR + _MARK], rest[_PAIR + _MARK :]
    return Former(number.decode(), pair_id, mark, int.from_bytes(ends_at, "big"))


def remember(tx: Transaction, keys: TenantKeys, client_id: str, pair_index: bytes, former: Former) -> None:
    """Let a service hear of it with the pair that is found there, and of no earlier one any more."""
    former_numbers.put(tx, _sealed(keys, keys.former_index(client_id, pair_index), former))


def follow(tx: Transaction, keys: TenantKeys, client_ids: Iterable[str], old: bytes, new: bytes) -> None:
    """Let what services hear go along with a pair that is found at another index from now on."""
    for client_id in client_ids if old != new else ():
        row = former_numbers.find(tx, keys.former_index(client_id, old))
        if row is not None:
            former_numbers.drop(tx, [row.former_index])
            remember(tx, keys, client_id, new, opened(keys, row))


def end(tx: Transaction, keys: TenantKeys, client_id: str, pair_index: bytes, number: str) -> None:
    """Let a service hear of that number no more; of another one it still does."""
    row = former_numbers.find(tx, keys.former_index(client_id, pair_index))
    if row is not None and opened(keys, row).number == number:
        former_numbers.drop(tx, [row.former_index])


def end_any(tx: Transaction, keys: TenantKeys, client_id: str, pair_index: bytes) -> None:
    """Let a service hear of no number any more."""
    former_numbers.drop(tx, [keys.former_index(client_id, pair_index)])


def forget(tx: Transaction, keys: TenantKeys, *, now: int) -> None:
    """Delete what is past its time. It opens each row of the tenant: there are as many as merges of one window."""
    after = b""
    while rows := former_numbers.page(tx, after=after, limit=_AT_ONCE):
        former_numbers.drop(tx, [row.former_index for row in rows if _is_over(keys, row, now)])
        after = rows[-1].former_index


def _is_over(keys: TenantKeys, row: FormerRow, now: int) -> bool:
    try:
        return opened(keys, row).ends_at <= now
    except SealBroken:
        return False  # of a generation of the data key that this process has not opened yet, perhaps


def _sealed(keys: TenantKeys, index: bytes, former: Former) -> FormerRow:
    ends_at = former.ends_at.to_bytes(_ENDS, "big")
    record = ends_at + former.pair_id + former.mark + former.number.encode()
    return FormerRow(index, keys.seal(_place(index), record))


def _place(index: bytes) -> Place:
    return Place("former_number", index, "record")
