"""Rows of sign-ins: at a service, by its grant; at the resident's own pages, by their mark there."""

from collections.abc import Collection, Sequence
from datetime import date

from msgspec import Struct
from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values

_s, _o = schema.sign_in, schema.own_sign_in
_ADD, _ADD_OWN = insert(_s), insert(_o)
_OF_PAIRS = select(_s.c.entry_id, _s.c.pair_id, _s.c.client_id, _s.c.month, _s.c.sealed_body).where(
    _s.c.tenant_id == bindparam("tenant"), _s.c.pair_id.in_(bindparam("pairs", expanding=True))
)
_OWN = select(_o.c.entry_id, _o.c.person_mark, _o.c.month, _o.c.sealed_body).where(
    _o.c.tenant_id == bindparam("tenant"), _o.c.person_mark == bindparam("mark")
)
_FORGET = tuple(
    delete(table).where(table.c.tenant_id == bindparam("tenant"), table.c.month < bindparam("before"))
    for table in (_s, _o)
)
_FORGET_PAIR = delete(_s).where(_s.c.tenant_id == bindparam("tenant"), _s.c.pair_id == bindparam("pair"))
_FORGET_GRANT = _FORGET_PAIR.where(_s.c.client_id == bindparam("client"))
_FORGET_OWN = delete(_o).where(_o.c.tenant_id == bindparam("tenant"), _o.c.person_mark == bindparam("mark"))


class SignInRow(Struct, frozen=True):
    """A sign-in at a service. `month`: the first day of its month."""

    entry_id: bytes
    pair_id: bytes
    client_id: str
    month: date
    sealed_body: bytes


class OwnSignInRow(Struct, frozen=True):
    """A sign-in to the resident's own pages."""

    entry_id: bytes
    person_mark: bytes
    month: date
    sealed_body: bytes


def add(tx: Transaction, row: SignInRow) -> None:
    """Store a sign-in at a service."""
    tx.run(_ADD, values(tx, row))


def add_own(tx: Transaction, row: OwnSignInRow) -> None:
    """Store a sign-in to somebody's own pages."""
    tx.run(_ADD_OWN, values(tx, row))


def of_pairs(tx: Transaction, pair_ids: Collection[bytes]) -> Sequence[SignInRow]:
    """The sign-ins of these pairs, in no order."""
    found = tx.connection.execute(_OF_PAIRS, {"tenant": tx.tenant_id, "pairs": list(pair_ids)})
    return [SignInRow(*row) for row in found]


def own(tx: Transaction, person_mark: bytes) -> Sequence[OwnSignInRow]:
    """A person's sign-ins to their own pages, in no order."""
    found = tx.connection.execute(_OWN, {"tenant": tx.tenant_id, "mark": person_mark})
    return [OwnSignInRow(*row) for row in found]


def forget(tx: Transaction, *, before: date) -> int:
    """Delete those of months before that one; how many."""
    asked = {"tenant": tx.tenant_id, "before": before}
    return sum(tx.connection.execute(statement, asked).rowcount for statement in _FORGET)


def forget_pair(tx: Transaction, pair_id: bytes) -> None:
    """Delete those of a pair, at all its services."""
    tx.connection.execute(_FORGET_PAIR, {"tenant": tx.tenant_id, "pair": pair_id})


def forget_grant(tx: Transaction, pair_id: bytes, client_id: str) -> None:
    """Delete those of a pair at one service."""
    tx.connection.execute(_FORGET_GRANT, {"tenant": tx.tenant_id, "pair": pair_id, "client": client_id})


def forget_own(tx: Transaction, person_mark: bytes) -> None:
    """Delete a person's sign-ins to their own pages."""
    tx.connection.execute(_FORGET_OWN, {"tenant": tx.tenant_id, "mark": person_mark})
