"""Rows of services' own user numbers: linked to a pair, or nobody's yet; and the links that ended.

What may stand beside what is enforced by the table: a number once per service, a pair once per service.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Column, ColumnElement, and_, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values
from idp.store.pairs import LIVE

_n, _h, _p, _g = schema.user_number, schema.user_number_history, schema.pair, schema.grant
_WITH_PAIR = _n.outerjoin(
    _g,
    and_(
        _g.c.tenant_id == _n.c.tenant_id,
        _g.c.pair_id == _n.c.pair_id,
        _g.c.client_id == _n.c.client_id,
        _g.c.state == LIVE,
    ),
).outerjoin(_p, and_(_p.c.tenant_id == _g.c.tenant_id, _p.c.pair_id == _g.c.pair_id, _p.c.state == LIVE))
_SELECT = select(
    _n.c.number_id,
    _n.c.number_index,
    _n.c.sealed_number,
    _n.c.pair_id,
    _n.c.claim_mac,
    _n.c.claim_tries,
    _n.c.created,
    _p.c.sealed_ppid,
).select_from(_WITH_PAIR)
_AT_ONCE = 500
"""Values in one statement: far below what SQLite and PostgreSQL take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNumber:
    """A number about to be stored. `number_id` 16 random bytes; `pair_id` None while it is nobody's."""

    number_id: bytes
    client_id: str
    number_index: bytes
    sealed_number: bytes
    pair_id: bytes | None = None
    claim_mac: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRow:
    """A stored number. `created`: the day it was handed in, or linked; `sealed_ppid`: its pair's, None where it
    has none, or where pair or grant ended.
    """

    number_id: bytes
    number_index: bytes
    sealed_number: bytes
    pair_id: bytes | None
    claim_mac: bytes | None
    claim_tries: int
    created: date
    sealed_ppid: bytes | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A pair as a service knows it by its PPID: `granted`: both pair and the service's grant are live."""

    pair_id: bytes
    granted: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """How many numbers of a service are linked and are not; `claimable`: unlinked ones with a claim code."""

    linked: int
    unlinked: int
    claimable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedRow:
    """A link that ended; `sealed_record` says how."""

    entry_id: bytes
    client_id: str
    number_index: bytes
    sealed_record: bytes
    forget_on: date


def pair_of(tx: Transaction, ppid_digest: bytes, client_id: str) -> Seen | None:
    """The pair of that PPID, if the client ever had a grant on it.

    Whichever sector it is of: while a service moves to another sector, it knows people in both.
    """
    joined = _p.join(
        _g,
        and_(
            _g.c.tenant_id == _p.c.tenant_id,
            _g.c.pair_id == _p.c.pair_id,
            _g.c.client_id == client_id,
        ),
    )
    asked = (
        select(_p.c.pair_id, and_(_p.c.state == LIVE, _g.c.state == LIVE))
        .select_from(joined)
        .where(_p.c.tenant_id == tx.tenant_id, _p.c.ppid_digest == ppid_digest)
    )
    row = tx.connection.execute(asked).first()
    return Seen(row[0], bool(row[1])) if row else None


def by_number(tx: Transaction, client_id: str, number_index: bytes) -> NumberRow | None:
    """A service's number by its keyed index."""
    return _one(tx, client_id, _n.c.number_index == number_index)


def by_pair(tx: Transaction, client_id: str, pair_id: bytes) -> NumberRow | None:
    """The number that a service has for a pair."""
    return _one(tx, client_id, _n.c.pair_id == pair_id)


def by_numbers(tx: Transaction, client_id: str, indexes: Iterable[bytes]) -> dict[bytes, NumberRow]:
    """Those of a service's numbers that have these keyed indexes, by index."""
    found = _some(tx, client_id, _n.c.number_index, list(indexes))
    return {row.number_index: row for row in found}


def by_pairs(tx: Transaction, client_id: str, pair_ids: Iterable[bytes]) -> dict[bytes, NumberRow]:
    """The numbers that a service has for these pairs, by pair."""
    found = _some(tx, client_id, _n.c.pair_id, list(pair_ids))
    return {row.pair_id: row for row in found if row.pair_id is not None}


def add(tx: Transaction, new: NewNumber, *, created: date) -> bool:
    """Insert a number. False when the number, or one for this pair, is there already."""
    statement = insert(_n).on_conflict_do_nothing()
    return tx.connection.execute(statement, values(tx, new, claim_tries=0, created=created)).rowcount == 1


def add_all(tx: Transaction, new: Sequence[NewNumber], *, created: date) -> int:
    """Insert those that are not there; how many were."""
    rows = [values(tx, one, claim_tries=0, created=created) for one in new]
    return tx.connection.execute(insert(_n).on_conflict_do_nothing(), rows).rowcount if rows else 0


def link(tx: Transaction, number_id: bytes, pair_id: bytes, *, created: date) -> bool:
    """Give a number that is nobody's to a pair. False when it is somebody's by now, or gone.

    The transaction ends with WriteConflict when the pair was given another number meanwhile.
    """
    statement = update(_n).where(*_own(tx), _n.c.number_id == number_id, _n.c.pair_id.is_(None))
    return tx.connection.execute(statement.values(pair_id=pair_id, created=created)).rowcount == 1


def move(tx: Transaction, client_id: str, pair_id: bytes, other: bytes) -> bool:
    """Let a pair's number be another pair's of the same person. False when it had none."""
    mine = (*_own(tx), _n.c.client_id == client_id, _n.c.pair_id == pair_id)
    return tx.connection.execute(update(_n).where(*mine).values(pair_id=other)).rowcount == 1


def remove(tx: Transaction, row: NumberRow) -> bool:
    """Delete a number as it was read. False when it changed meanwhile."""
    same = _n.c.pair_id.is_(None) if row.pair_id is None else _n.c.pair_id == row.pair_id
    statement = delete(_n).where(*_own(tx), _n.c.number_id == row.number_id, same)
    return tx.connection.execute(statement).rowcount == 1


def remove_unlinked(tx: Transaction, client_id: str) -> int:
    """Delete every number of a service that is nobody's; how many."""
    statement = delete(_n).where(*_own(tx), _n.c.client_id == client_id, _n.c.pair_id.is_(None))
    return tx.connection.execute(statement).rowcount


def claims_of(tx: Transaction, client_id: str, indexes: Sequence[bytes]) -> Mapping[bytes, bytes | None]:
    """Of these numbers those that are there, each with what is kept of its claim code."""
    found: dict[bytes, bytes | None] = {}
    for some in _portions(indexes):
        asked = select(_n.c.number_index, _n.c.claim_mac).where(
            *_own(tx), _n.c.client_id == client_id, _n.c.number_index.in_(some)
        )
        found.update({row.number_index: row.claim_mac for row in tx.connection.execute(asked)})
    return found


def set_claim(tx: Transaction, client_id: str, number_index: bytes, claim_mac: bytes) -> bool:
    """Give a number that is nobody's a claim code, and its tries back. False when it is somebody's."""
    mine = (*_own(tx), _n.c.client_id == client_id, _n.c.number_index == number_index, _n.c.pair_id.is_(None))
    statement = update(_n).where(*mine).values(claim_mac=claim_mac, claim_tries=0)
    return tx.connection.execute(statement).rowcount == 1


def count_try(tx: Transaction, client_id: str, number_index: bytes, *, most: int) -> None:
    """Count one more try of a number's claim code, up to `most`."""
    mine = (*_own(tx), _n.c.client_id == client_id, _n.c.number_index == number_index)
    unspent = (_n.c.claim_mac.is_not(None), _n.c.claim_tries < most)
    tx.connection.execute(update(_n).where(*mine, *unspent).values(claim_tries=_n.c.claim_tries + 1))


def counted(tx: Transaction, client_id: str) -> Counted:
    """How many numbers a service has."""
    nobodys = _n.c.pair_id.is_(None)
    sums = [
        func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
        for condition in (_n.c.pair_id.is_not(None), nobodys, and_(nobodys, _n.c.claim_mac.is_not(None)))
    ]
    row = tx.connection.execute(select(*sums).where(*_own(tx), _n.c.client_id == client_id)).one()
    return Counted(*(int(number) for number in row))


def has_unlinked(tx: Transaction, client_id: str) -> bool:
    """Whether a number of the service is nobody's yet."""
    asked = select(_n.c.number_id).where(*_own(tx), _n.c.client_id == client_id, _n.c.pair_id.is_(None)).limit(1)
    return tx.connection.execute(asked).first() is not None


def page(tx: Transaction, client_id: str, *, linked: bool | None, after: bytes, count: int) -> list[NumberRow]:
    """At most `count` numbers in the order of their random ids; `linked` None: of both kinds."""
    wanted = {None: [], True: [_n.c.pair_id.is_not(None)], False: [_n.c.pair_id.is_(None)]}[linked]
    asked = _SELECT.where(*_own(tx), _n.c.client_id == client_id, _n.c.number_id > after, *wanted)
    rows = tx.connection.execute(asked.order_by(_n.c.number_id).limit(count))
    return [NumberRow(**row._mapping) for row in rows]


def add_ended(tx: Transaction, row: EndedRow) -> None:
    """Keep what is known of a link that ended."""
    tx.connection.execute(insert(_h), values(tx, row))


def ended(tx: Transaction, client_id: str, number_index: bytes) -> list[EndedRow]:
    """The links that a number had before."""
    columns = [_h.c[name] for name in EndedRow.__slots__]
    asked = select(*columns).where(
        _h.c.tenant_id == tx.tenant_id, _h.c.client_id == client_id, _h.c.number_index == number_index
    )
    return [EndedRow(**row._mapping) for row in tx.connection.execute(asked)]


def forget_ended(tx: Transaction, *, today: date) -> int:
    """Delete what is known of links that ended long ago; how many."""
    statement = delete(_h).where(_h.c.tenant_id == tx.tenant_id, _h.c.forget_on <= today)
    return tx.connection.execute(statement).rowcount


def _own(tx: Transaction) -> tuple[ColumnElement[bool], ...]:
    return (_n.c.tenant_id == tx.tenant_id,)


def _one(tx: Transaction, client_id: str, condition: ColumnElement[bool]) -> NumberRow | None:
    row = tx.connection.execute(_SELECT.where(*_own(tx), _n.c.client_id == client_id, condition)).first()
    return NumberRow(**row._mapping) if row else None


def _some(tx: Transaction, client_id: str, column: Column[bytes], wanted: Sequence[bytes]) -> list[NumberRow]:
    found = []
    for some in _portions(wanted):
        asked = _SELECT.where(*_own(tx), _n.c.client_id == client_id, column.in_(some))
        found += [NumberRow(**row._mapping) for row in tx.connection.execute(asked)]
    return found


def _portions(whole: Sequence[bytes]) -> Iterable[Sequence[bytes]]:
    return (whole[start : start + _AT_ONCE] for start in range(0, len(whole), _AT_ONCE))
