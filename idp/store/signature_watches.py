"""Rows of what services were told of signature certificates: one for each grant whose resident agreed to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import and_, bindparam, delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values
from idp.store.pairs import LIVE

_w, _p, _g, _c = schema.signature_watch, schema.pair, schema.grant, schema.consent
_ROW = (_w.c.watch_id, _w.c.pair_id, _w.c.client_id, _w.c.sealed_record)
_FIND = select(*_ROW).where(
    _w.c.tenant_id == bindparam("tenant"),
    _w.c.pair_id == bindparam("pair"),
    _w.c.client_id == bindparam("client"),
)
_ADD = insert(_w).on_conflict_do_nothing()
_REPLACE = (
    update(_w)
    .where(
        _w.c.tenant_id == bindparam("tenant"),
        _w.c.watch_id == bindparam("watch"),
        _w.c.sealed_record == bindparam("known"),
    )
    .values(sealed_record=bindparam("sealed"))
)
_LIVE_GRANT = and_(
    _g.c.tenant_id == _w.c.tenant_id,
    _g.c.pair_id == _w.c.pair_id,
    _g.c.client_id == _w.c.client_id,
    _g.c.state == LIVE,
)
_CONSENT = and_(_c.c.tenant_id == _w.c.tenant_id, _c.c.pair_id == _w.c.pair_id, _c.c.client_id == _w.c.client_id)
_HELD = (
    select(*_ROW, _c.c.released, _p.c.sealed_ppid)
    .select_from(
        _w.join(_g, _LIVE_GRANT)
        .join(_c, _CONSENT)
        .join(_p, and_(_p.c.tenant_id == _w.c.tenant_id, _p.c.pair_id == _w.c.pair_id, _p.c.state == LIVE))
    )
    .where(_w.c.tenant_id == bindparam("tenant"))
)
_PAGE = _HELD.where(_w.c.watch_id > bindparam("after")).order_by(_w.c.watch_id)
_OF_GRANT = _HELD.where(_w.c.pair_id == bindparam("pair"), _w.c.client_id == bindparam("client"))
_FORGET = delete(_w).where(_w.c.tenant_id == bindparam("tenant"), _w.c.watch_id == bindparam("watch"))
_FORGET_UNHELD = delete(_w).where(
    _w.c.tenant_id == bindparam("tenant"),
    ~(exists().where(_LIVE_GRANT) & exists().where(_CONSENT)),
)


@dataclass(frozen=True, slots=True)
class WatchRow:
    """What is kept for one service of one person. `watch_id`: 16 random bytes; the record is sealed by them."""

    watch_id: bytes
    pair_id: bytes
    client_id: str
    sealed_record: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class HeldRow:
    """The same while pair and grant are live and consent is given. `released`: what to, space-separated."""

    row: WatchRow
    released: str
    sealed_ppid: bytes = field(repr=False)


def find(tx: Transaction, pair_id: bytes, client_id: str) -> WatchRow | None:
    """The row of a grant."""
    row = tx.connection.execute(_FIND, {"tenant": tx.tenant_id, "pair": pair_id, "client": client_id}).first()
    return WatchRow(*row) if row else None


def add(tx: Transaction, row: WatchRow) -> None:
    """Store a first one; where another was quicker, theirs stays."""
    tx.connection.execute(_ADD, values(tx, row))


def replace(tx: Transaction, row: WatchRow, sealed_record: bytes) -> bool:
    """Keep another record in the place of the one that was read. False when another was quicker."""
    asked = {"tenant": tx.tenant_id, "watch": row.watch_id, "known": row.sealed_record, "sealed": sealed_record}
    return tx.connection.execute(_REPLACE, asked).rowcount == 1


def held(tx: Transaction, *, after: bytes, limit: int) -> list[HeldRow]:
    """Rows of live grants with consent, by their ids."""
    rows = tx.connection.execute(_PAGE.limit(limit), {"tenant": tx.tenant_id, "after": after})
    return [HeldRow(WatchRow(*row[:4]), row.released, row.sealed_ppid) for row in rows]


def held_of(tx: Transaction, pair_id: bytes, client_id: str) -> HeldRow | None:
    """The row of one grant, while it is live and consent is given."""
    row = tx.connection.execute(_OF_GRANT, {"tenant": tx.tenant_id, "pair": pair_id, "client": client_id}).first()
    return HeldRow(WatchRow(*row[:4]), row.released, row.sealed_ppid) if row else None


def forget(tx: Transaction, gone: Sequence[WatchRow]) -> None:
    """Delete these rows."""
    tx.connection.execute(_FORGET, [{"tenant": tx.tenant_id, "watch": row.watch_id} for row in gone])


def forget_unheld(tx: Transaction) -> int:
    """Delete the rows whose grant or consent has ended; how many."""
    return tx.connection.execute(_FORGET_UNHELD, {"tenant": tx.tenant_id}).rowcount
