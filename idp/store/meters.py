"""The meter's rows: appended beside what was asked for, added up later. `day` is a day in Japan."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct, structs
from sqlalchemy import and_, bindparam, delete, func, insert, select

from idp.store import schema
from idp.store.engine import Transaction, values

_m = schema.meter
_KEY = (_m.c.day, _m.c.client_id, _m.c.kind, _m.c.purpose, _m.c.method, _m.c.remembered, _m.c.answered)
_ADD = insert(_m)
_COUNTS = (
    select(*_KEY, func.sum(_m.c.count))
    .where(
        _m.c.tenant_id == bindparam("tenant"),
        _m.c.day >= bindparam("first"),
        _m.c.day <= bindparam("last"),
    )
    .group_by(*_KEY)
    .order_by(*_KEY)
)
_SCATTERED = (
    select(*_KEY)
    .where(_m.c.tenant_id == bindparam("tenant"), _m.c.day < bindparam("before"))
    .group_by(*_KEY)
    .having(func.count() > 1)
    .order_by(*_KEY)
)
_OF_KEY = and_(
    _m.c.tenant_id == bindparam("tenant"), *(column == bindparam("of_" + column.name) for column in _KEY)
)
_SOME = (
    select(_m.c.entry_id)
    .where(_OF_KEY)
    .order_by(_m.c.entry_id)
    .limit(bindparam("some"))
    .with_for_update(skip_locked=True)  # two who add up at once take different rows; SQLite has one writer anyway
)
_TAKE = delete(_m).where(_OF_KEY, _m.c.entry_id.in_(_SOME)).returning(_m.c.count)


class MeterKey(Struct, frozen=True, kw_only=True):
    """What questions have in common that are counted together; `client_id` "" is the municipality itself."""

    day: date
    client_id: str
    kind: str
    purpose: str
    method: str
    remembered: bool
    answered: bool


class MeterRow(MeterKey, frozen=True, kw_only=True):
    """`count` questions; `entry_id`: 16 random bytes."""

    entry_id: bytes
    count: int


def add(tx: Transaction, row: MeterRow) -> None:
    """Append a row."""
    tx.run(_ADD, values(tx, row))


def counts(tx: Transaction, first: date, last: date) -> list[tuple[MeterKey, int]]:
    """Sums of the days from `first` to `last`, both included, in the order of their keys."""
    found = tx.connection.execute(_COUNTS, {"tenant": tx.tenant_id, "first": first, "last": last})
    return [(_key(row), int(row[-1])) for row in found]


def scattered(tx: Transaction, *, before: date) -> list[MeterKey]:
    """The keys of days before `before` that have more than one row."""
    return [_key(row) for row in tx.connection.execute(_SCATTERED, {"tenant": tx.tenant_id, "before": before})]


def take(tx: Transaction, key: MeterKey, *, some: int) -> list[int]:
    """Delete up to `some` rows of a key; their counts, which nobody else gets."""
    parameters = {"of_" + name: value for name, value in structs.asdict(key).items()}
    return list(tx.connection.execute(_TAKE, {"tenant": tx.tenant_id, "some": some, **parameters}).scalars())


def _key(row: Sequence[object]) -> MeterKey:
    names = (column.name for column in _KEY)
    return MeterKey(**dict(zip(names, row, strict=False)))  # type: ignore[arg-type]
