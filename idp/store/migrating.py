"""Migrations of numbers: what was planned, how far each is, and which service's residents have moved."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, bindparam, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values

_m, _s, _g = schema.migration, schema.migration_service, schema.moved_grant
_OWN_GRANT = (
    _g.c.tenant_id == bindparam("tenant"),
    _g.c.client_id == bindparam("client"),
    _g.c.pair_id == bindparam("pair"),
)
_PREVIOUS = select(_g.c.sealed_previous, _g.c.told).where(*_OWN_GRANT)
_TELL = update(_g).where(*_OWN_GRANT).values(told=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationRow:
    """A migration. `plan`: JSON under `mac`; `moved`: how many numbers have changed.

    `cursor`: the pair that the pass under way has come to, empty at its beginning; `started_at`: of its going or
    of its going back, seconds since 1970.
    """

    migration_id: str
    plan: str
    mac: bytes
    state: str
    cursor: bytes
    started_at: int
    moved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRow:
    """A service in a migration. `ends_at`: until when it hears old numbers; `mapped_at`: its last mapping file."""

    migration_id: str
    client_id: str
    ends_at: int
    mapped_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedRow:
    """A grant that has moved to `pair_id`. `former_pair_id`: where it was, None when at another tenant."""

    migration_id: str
    client_id: str
    pair_id: bytes
    former_pair_id: bytes | None
    sealed_previous: bytes
    told: bool


@dataclass(frozen=True, slots=True)
class Previous:
    """The number that a service knew a resident by, sealed; `told`: it has received the new one."""

    sealed_previous: bytes
    told: bool


def add(tx: Transaction, row: MigrationRow, services: Sequence[ServiceRow]) -> None:
    """Insert a migration with its services."""
    tx.connection.execute(_m.insert(), values(tx, row))
    for service in services:
        tx.connection.execute(_s.insert(), values(tx, service))


def find(tx: Transaction, migration_id: str, *, held: bool = False) -> MigrationRow | None:
    """A migration, or None. `held`: nobody else changes it until `tx` ends."""
    asked = select(*(_m.c[name] for name in MigrationRow.__slots__)).where(
        _m.c.tenant_id == tx.tenant_id, _m.c.migration_id == migration_id
    )
    row = tx.connection.execute(asked.with_for_update(key_share=True) if held else asked).first()
    return MigrationRow(**row._mapping) if row else None


def all_of(tx: Transaction) -> list[MigrationRow]:
    """All migrations, the oldest first."""
    asked = select(*(_m.c[name] for name in MigrationRow.__slots__)).where(_m.c.tenant_id == tx.tenant_id)
    rows = tx.connection.execute(asked.order_by(_m.c.started_at, _m.c.migration_id))
    return [MigrationRow(**row._mapping) for row in rows]


def change(tx: Transaction, migration_id: str, **columns: object) -> None:
    """Set columns of a migration."""
    mine = (_m.c.tenant_id == tx.tenant_id, _m.c.migration_id == migration_id)
    tx.connection.execute(update(_m).where(*mine).values(**columns))


def services(tx: Transaction, migration_id: str) -> list[ServiceRow]:
    """The services of a migration, by client id."""
    asked = select(*(_s.c[name] for name in ServiceRow.__slots__)).where(
        _s.c.tenant_id == tx.tenant_id, _s.c.migration_id == migration_id
    )
    return [ServiceRow(**row._mapping) for row in tx.connection.execute(asked.order_by(_s.c.client_id))]


def mapped(tx: Transaction, migration_id: str, client_id: str, *, at: int) -> None:
    """Note when a service's mapping file was written."""
    mine = (_s.c.tenant_id == tx.tenant_id, _s.c.migration_id == migration_id, _s.c.client_id == client_id)
    tx.connection.execute(update(_s).where(*mine).values(mapped_at=at))


def add_moved(tx: Transaction, rows: Sequence[MovedRow]) -> None:
    """Note that grants have moved; one that did before stays as it was noted."""
    if rows:
        statement = insert(_g).on_conflict_do_nothing()
        tx.connection.execute(statement, [values(tx, row) for row in rows])


def previous(tx: Transaction, client_id: str, pair_id: bytes) -> Previous | None:
    """What the service knew the resident of this pair by before, if the pair is a new one to it."""
    row = tx.connection.execute(_PREVIOUS, {"tenant": tx.tenant_id, "client": client_id, "pair": pair_id}).first()
    return Previous(*row) if row else None


def tell(tx: Transaction, client_id: str, pair_id: bytes) -> bool:
    """Mark that the service receives the resident's new number. False when the grant went back meanwhile."""
    asked = {"tenant": tx.tenant_id, "client": client_id, "pair": pair_id}
    return tx.connection.execute(_TELL, asked).rowcount == 1


def tell_all(tx: Transaction, migration_id: str, client_id: str) -> None:
    """Mark that a service receives all new numbers of a migration."""
    mine = (_g.c.tenant_id == tx.tenant_id, _g.c.migration_id == migration_id, _g.c.client_id == client_id)
    tx.connection.execute(update(_g).where(*mine, _g.c.told.is_(False)).values(told=True))


def untold(tx: Transaction, migration_id: str, *, after: bytes, limit: int) -> list[MovedRow]:
    """About `limit` grants whose new number nobody received, by pair, no pair in half. Held until `tx` ends."""
    found = _moved(tx, migration_id, _g.c.told.is_(False), after=after, limit=limit, held=True)
    whole = [row for row in found if row.pair_id != found[-1].pair_id]
    return whole if len(found) == limit and whole else found


def moved(tx: Transaction, migration_id: str, client_id: str, *, after: bytes, limit: int) -> list[MovedRow]:
    """Grants of a service that have moved, by pair."""
    return _moved(tx, migration_id, _g.c.client_id == client_id, after=after, limit=limit, held=False)


def unmove(tx: Transaction, rows: Sequence[MovedRow]) -> None:
    """Forget that these grants moved."""
    if rows:
        asked = [{"tenant": tx.tenant_id, "client": row.client_id, "pair": row.pair_id} for row in rows]
        tx.connection.execute(delete(_g).where(*_OWN_GRANT), asked)


def counts(tx: Transaction, migration_id: str) -> dict[str, tuple[int, int]]:
    """Of each service: how many grants have moved, and how many new numbers it has received."""
    told = func.sum(case((_g.c.told, 1), else_=0))
    asked = select(_g.c.client_id, func.count(), told).where(
        _g.c.tenant_id == tx.tenant_id, _g.c.migration_id == migration_id
    )
    rows = tx.connection.execute(asked.group_by(_g.c.client_id))
    return {client_id: (int(count), int(heard or 0)) for client_id, count, heard in rows}


def some(tx: Transaction, migration_id: str, *, limit: int) -> list[MovedRow]:
    """Up to `limit` notes of what moved."""
    return _moved(tx, migration_id, after=b"", limit=limit, held=True)


def _moved(
    tx: Transaction, migration_id: str, *wanted: ColumnElement[bool], after: bytes, limit: int, held: bool
) -> list[MovedRow]:
    asked = (
        select(*(_g.c[name] for name in MovedRow.__slots__))
        .where(
            _g.c.tenant_id == tx.tenant_id,
            _g.c.migration_id == migration_id,
            _g.c.pair_id > after,
            *wanted,
        )
        .order_by(_g.c.pair_id, _g.c.client_id)
        .limit(limit)
    )
    rows = tx.connection.execute(asked.with_for_update() if held else asked)
    return [MovedRow(**row._mapping) for row in rows]
