"""Grants that move from one pair to another, with all that hangs on them. Every call works on a part: hundreds.

What hangs on a grant is whatever table refers to it (consent, a service's own number for the resident): a table
that comes later moves along without being named here.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Table, and_, bindparam, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_if_absent

from idp.store import schema
from idp.store.engine import Transaction, values
from idp.store.pair_life import ENDED, count_generations
from idp.store.pairs import COLUMNS, LIVE, NewPair, PairRow

_p, _g, _n = schema.pair, schema.grant, schema.pair_generation
_HANGING = tuple(
    table
    for table in schema.metadata.sorted_tables
    if any(key.referred_table is _g for key in table.foreign_key_constraints)
)


@dataclass(frozen=True, slots=True)
class Move:
    """One service's grant, from one pair to another."""

    client_id: str
    source: bytes
    target: bytes
    created: date


def of_version(
    tx: Transaction, sectors: Collection[str], key_version: int, *, carried: bool, after: bytes, limit: int
) -> list[PairRow]:
    """Live pairs of these sectors whose number was made with that version of some tenant's key, by id.

    `carried`: only those of which it is kept which tenant's.
    """
    wanted = _of_version(tx, sectors, key_version)
    kept = [_p.c.sealed_origin.is_not(None)] if carried else []
    return _pairs(tx, *wanted, *kept, _p.c.pair_id > after, limit=limit)


def of_service(tx: Transaction, sector_id: str, client_id: str, *, after: bytes, limit: int) -> list[PairRow]:
    """Live pairs of a sector on which the service has a live grant, by id."""
    wanted = (_p.c.sector_id == sector_id, _p.c.state == LIVE, _granted(client_id))
    return _pairs(tx, *wanted, _p.c.pair_id > after, limit=limit)


def one(tx: Transaction, pair_index: bytes, client_id: str) -> PairRow | None:
    """The live pair of that index, if the service has a live grant on it."""
    found = _pairs(tx, _p.c.pair_index == pair_index, _p.c.state == LIVE, _granted(client_id), limit=1)
    return found[0] if found else None


def by_id(tx: Transaction, pair_id: bytes) -> PairRow | None:
    """The live pair of that id."""
    found = _pairs(tx, _p.c.pair_id == pair_id, _p.c.state == LIVE, limit=1)
    return found[0] if found else None


def by_digest(tx: Transaction, ppid_digest: bytes) -> PairRow | None:
    """The pair, live or not, whose number has that SHA-256."""
    found = _pairs(tx, _p.c.ppid_digest == ppid_digest, limit=1)
    return found[0] if found else None


def count_of_version(tx: Transaction, sectors: Collection[str], key_version: int) -> dict[str, int]:
    """How many such pairs of no kept origin each service has a live grant on; under "" how many there are."""
    wanted = (*_of_version(tx, sectors, key_version), _p.c.sealed_origin.is_(None))
    pairs = tx.connection.execute(select(func.count()).where(*wanted)).scalar_one()
    granted = and_(_g.c.tenant_id == _p.c.tenant_id, _g.c.pair_id == _p.c.pair_id, _g.c.state == LIVE)
    asked = select(_g.c.client_id, func.count()).select_from(_p.join(_g, granted)).where(*wanted)
    rows = tx.connection.execute(asked.group_by(_g.c.client_id))
    return {"": int(pairs), **{client_id: int(count) for client_id, count in rows}}


def count_of_service(tx: Transaction, sector_id: str, client_id: str) -> int:
    """How many such pairs there are."""
    asked = select(func.count()).where(
        _p.c.tenant_id == tx.tenant_id, _p.c.sector_id == sector_id, _p.c.state == LIVE, _granted(client_id)
    )
    return int(tx.connection.execute(asked).scalar_one())


def live_at(tx: Transaction, indexes: Iterable[bytes]) -> dict[bytes, bytes]:
    """The ids of the live pairs of these indexes, by index."""
    asked = select(_p.c.pair_index, _p.c.pair_id).where(
        _p.c.tenant_id == tx.tenant_id, _p.c.pair_index.in_(list(indexes)), _p.c.state == LIVE
    )
    return {row.pair_index: row.pair_id for row in tx.connection.execute(asked)}


def next_generations(tx: Transaction, indexes: Collection[bytes]) -> dict[bytes, int]:
    """The generation of the next pair of an index, beside a live one too; none for an index that never had any."""
    of_pairs = select(_p.c.pair_index, func.max(_p.c.generation) + 1).where(
        _p.c.tenant_id == tx.tenant_id, _p.c.pair_index.in_(indexes)
    )
    counted = select(_n.c.pair_index, _n.c.generation).where(
        _n.c.tenant_id == tx.tenant_id, _n.c.pair_index.in_(indexes)
    )
    found: dict[bytes, int] = {}
    for asked in (of_pairs.group_by(_p.c.pair_index), counted):
        for pair_index, generation in tx.connection.execute(asked):
            found[pair_index] = max(found.get(pair_index, 0), int(generation))
    return found


def by_digests(tx: Transaction, digests: Iterable[bytes]) -> dict[bytes, bytes]:
    """The ids of the pairs, live or not, whose numbers have these digests, by digest."""
    asked = select(_p.c.ppid_digest, _p.c.pair_id).where(
        _p.c.tenant_id == tx.tenant_id, _p.c.ppid_digest.in_(list(digests))
    )
    return {row.ppid_digest: row.pair_id for row in tx.connection.execute(asked)}


def issued(tx: Transaction, digests: Iterable[bytes]) -> set[bytes]:
    """Those of the digests that a pair has or had."""
    asked = select(_p.c.ppid_digest).where(_p.c.tenant_id == tx.tenant_id, _p.c.ppid_digest.in_(list(digests)))
    return set(tx.connection.execute(asked).scalars())


def sealed_numbers(tx: Transaction, pair_ids: Iterable[bytes]) -> dict[bytes, bytes]:
    """The sealed numbers of pairs, by id."""
    asked = select(_p.c.pair_id, _p.c.sealed_ppid).where(
        _p.c.tenant_id == tx.tenant_id, _p.c.pair_id.in_(list(pair_ids))
    )
    return {row.pair_id: row.sealed_ppid for row in tx.connection.execute(asked)}


def hold(tx: Transaction, pair_ids: Iterable[bytes]) -> set[bytes]:
    """Those of the pairs that are live; nobody else changes them until `tx` ends."""
    asked = select(_p.c.pair_id).where(
        _p.c.tenant_id == tx.tenant_id, _p.c.pair_id.in_(list(pair_ids)), _p.c.state == LIVE
    )
    return set(tx.connection.execute(asked.order_by(_p.c.pair_id).with_for_update()).scalars())


def grants(tx: Transaction, pair_ids: Iterable[bytes]) -> list[tuple[bytes, str, date]]:
    """The live grants on these pairs: pair, client, day."""
    asked = select(_g.c.pair_id, _g.c.client_id, _g.c.created).where(
        _g.c.tenant_id == tx.tenant_id, _g.c.pair_id.in_(list(pair_ids)), _g.c.state == LIVE
    )
    return [(row.pair_id, row.client_id, row.created) for row in tx.connection.execute(asked)]


def end(tx: Transaction, pair_ids: Collection[bytes]) -> None:
    """End pairs, whoever has grants on them."""
    _set_state(tx, pair_ids, ENDED)


def end_empty(tx: Transaction, pair_ids: Collection[bytes]) -> None:
    """End those of the pairs on which nobody has a live grant."""
    _set_state(tx, pair_ids, ENDED, ~_granted(None))


def bury(tx: Transaction, places: Mapping[bytes, bytes]) -> None:
    """Put tombstones where nothing joins them with the person's other pairs: each ended pair, at its new index."""
    rows = [{"tenant": tx.tenant_id, "pair": pair_id, "place": place} for pair_id, place in places.items()]
    if rows:
        mine = (_p.c.tenant_id == bindparam("tenant"), _p.c.pair_id == bindparam("pair"), _p.c.state == ENDED)
        tx.connection.execute(update(_p).where(*mine).values(pair_index=bindparam("place")), rows)


def revive(tx: Transaction, pair_ids: Collection[bytes]) -> None:
    """Let ended pairs live again, where the person has no other in that sector by now."""
    other = _p.alias()
    taken = exists().where(
        other.c.tenant_id == _p.c.tenant_id, other.c.pair_index == _p.c.pair_index, other.c.state == LIVE
    )
    _set_state(tx, pair_ids, LIVE, _p.c.state == ENDED, ~taken)


def add(tx: Transaction, pairs: Sequence[tuple[NewPair, bytes | None]], *, created: date) -> None:
    """Insert pairs, each with its sealed origin, unless the person has a live one there or the number is taken."""
    if pairs:
        rows = [values(tx, pair, state=LIVE, created=created, sealed_origin=origin) for pair, origin in pairs]
        tx.connection.execute(insert_if_absent(_p).on_conflict_do_nothing(), rows)


def add_grants(tx: Transaction, found: Sequence[tuple[bytes, str, date]]) -> None:
    """Insert live grants: pair, client, day; one that is there, ended or not, stays."""
    rows = [
        {"tenant_id": tx.tenant_id, "pair_id": pair_id, "client_id": client_id, "state": LIVE, "created": created}
        for pair_id, client_id, created in found
    ]
    if rows:
        tx.connection.execute(insert_if_absent(_g).on_conflict_do_nothing(), rows)


def move(tx: Transaction, moves: Sequence[Move]) -> None:
    """Move grants with all that hangs on them. A service that has a grant on the target keeps what hangs there."""
    if not moves:
        return
    asked = [
        {"tenant": tx.tenant_id, "client": m.client_id, "source": m.source, "target": m.target, "day": m.created}
        for m in moves
    ]
    put = insert_if_absent(_g).values(
        tenant_id=bindparam("tenant"),
        pair_id=bindparam("target"),
        client_id=bindparam("client"),
        state=LIVE,
        created=bindparam("day"),
    )
    live_again = put.on_conflict_do_update(
        index_elements=[_g.c.tenant_id, _g.c.pair_id, _g.c.client_id],
        set_={"state": LIVE},
        where=_g.c.state != LIVE,
    )
    tx.connection.execute(live_again, asked)
    for table in _HANGING:
        _carry(tx, table, asked)
    for table in (schema.sign_in, schema.signed_statement):
        mine = update(table).where(*_of(table, "source")).values(pair_id=bindparam("target"))
        tx.connection.execute(mine, asked)
    tx.connection.execute(delete(_g).where(*_of(_g, "source")), asked)


def drop(tx: Transaction, pair_ids: Collection[bytes]) -> None:
    """Delete pairs with their grants and what hangs on them: only of numbers that nobody received from here."""
    if not pair_ids:
        return
    for table in (*_HANGING, _g, _p):
        mine = (table.c.tenant_id == tx.tenant_id, table.c.pair_id.in_(list(pair_ids)))
        nullable = table.c.pair_id.nullable
        statement = update(table).where(*mine).values(pair_id=None) if nullable else delete(table).where(*mine)
        tx.connection.execute(statement)


def reindex(tx: Transaction, pair_id: bytes, *, old: bytes, new: bytes, sealed_origin: bytes) -> bool:
    """Let a live pair be found by another person. False when it is not where it was."""
    mine = (_p.c.tenant_id == tx.tenant_id, _p.c.pair_id == pair_id, _p.c.pair_index == old, _p.c.state == LIVE)
    statement = update(_p).where(*mine).values(pair_index=new, sealed_origin=sealed_origin)
    return tx.connection.execute(statement).rowcount == 1


def _carry(tx: Transaction, table: Table, asked: list[dict[str, object]]) -> None:
    """Let the rows of one table that hang on the source hang on the target; what is there already wins."""
    there = table.alias()
    taken = exists().where(
        there.c.tenant_id == bindparam("tenant"),
        there.c.client_id == bindparam("client"),
        there.c.pair_id == bindparam("target"),
    )
    carried = update(table).where(*_of(table, "source"), ~taken).values(pair_id=bindparam("target"))
    tx.connection.execute(carried, asked)
    left = (
        update(table).where(*_of(table, "source")).values(pair_id=None)
        if table.c.pair_id.nullable
        else delete(table).where(*_of(table, "source"))
    )
    tx.connection.execute(left, asked)


def _of(table: Table, pair: str) -> tuple[ColumnElement[bool], ...]:
    return (
        table.c.tenant_id == bindparam("tenant"),
        table.c.client_id == bindparam("client"),
        table.c.pair_id == bindparam(pair),
    )


def _of_version(tx: Transaction, sectors: Collection[str], key_version: int) -> tuple[ColumnElement[bool], ...]:
    return (
        _p.c.tenant_id == tx.tenant_id,
        _p.c.sector_id.in_(sectors),
        _p.c.key_version == key_version,
        _p.c.state == LIVE,
    )


def _granted(client_id: str | None) -> ColumnElement[bool]:
    mine = [] if client_id is None else [_g.c.client_id == client_id]
    return exists().where(
        _g.c.tenant_id == _p.c.tenant_id, _g.c.pair_id == _p.c.pair_id, _g.c.state == LIVE, *mine
    )


def _set_state(tx: Transaction, pair_ids: Collection[bytes], state: str, *wanted: ColumnElement[bool]) -> None:
    """A pair that ends is remembered by the generation of the next one there."""
    if not pair_ids:
        return
    mine = (_p.c.tenant_id == tx.tenant_id, _p.c.pair_id.in_(list(pair_ids)))
    tx.connection.execute(update(_p).where(*mine, *wanted).values(state=state))
    if state == ENDED:
        ended = select(_p.c.pair_index, _p.c.generation).where(*mine, _p.c.state == ENDED)
        rows = tx.connection.execute(ended).all()
        count_generations(tx, [(row.pair_index, row.generation + 1) for row in rows])


def _pairs(tx: Transaction, *wanted: ColumnElement[bool], limit: int) -> list[PairRow]:
    asked = select(*COLUMNS).where(_p.c.tenant_id == tx.tenant_id, *wanted)
    rows = tx.connection.execute(asked.order_by(_p.c.pair_id).limit(limit))
    return [PairRow(*row) for row in rows]
