"""Signed statements: one row per transaction, whose proof is forgotten when its time is over."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values

_s = schema.signed_statement
_MINE = _s.c.tenant_id == bindparam("tenant")
_THIS = _MINE & (_s.c.transaction_id == bindparam("transaction"))
_ADD = insert(_s).on_conflict_do_nothing()
_FIND = select(
    _s.c.transaction_id, _s.c.client_id, _s.c.purpose, _s.c.day, _s.c.sealed_proof, _s.c.proof_ends, _s.c.pair_id
).where(_THIS)
_OF_PAIR = update(_s).where(_THIS).values(pair_id=bindparam("pair"))
_FORGET = update(_s).where(_THIS).values(sealed_proof=None)
_OF_PURPOSE = select(*_FIND.selected_columns).where(
    _MINE,
    _s.c.pair_id == bindparam("pair"),
    _s.c.client_id == bindparam("client"),
    _s.c.purpose == bindparam("purpose"),
    _s.c.sealed_proof.is_not(None),
)
_CARRY = (
    update(_s)
    .where(
        _MINE,
        _s.c.pair_id == bindparam("source"),
        _s.c.client_id == bindparam("client"),
        _s.c.purpose == bindparam("of"),
    )
    .values(pair_id=bindparam("target"))
)
_FORGET_OF_PAIR = (
    update(_s)
    .where(_MINE, _s.c.pair_id == bindparam("pair"), _s.c.client_id == bindparam("client"))
    .values(sealed_proof=None)
)
_FORGET_OVER = (
    update(_s)
    .where(_MINE, _s.c.proof_ends < bindparam("today"), _s.c.sealed_proof.is_not(None))
    .values(sealed_proof=None)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow:
    """One signed statement; `sealed_proof` None once it is forgotten, `pair_id` None while it is nobody's."""

    transaction_id: str
    client_id: str
    purpose: str
    day: date
    sealed_proof: bytes | None = field(repr=False)
    proof_ends: date
    pair_id: bytes | None = None


def add(tx: Transaction, row: StatementRow) -> bool:
    """Store it. False when this transaction has one already: nothing was written."""
    return tx.run(_ADD, values(tx, row)).rowcount == 1


def find(tx: Transaction, transaction_id: str) -> StatementRow | None:
    """The row of that transaction."""
    row = tx.connection.execute(_FIND, {"tenant": tx.tenant_id, "transaction": transaction_id}).mappings().first()
    return None if row is None else StatementRow(**row)


def of_pair(tx: Transaction, pair_id: bytes, client_id: str, purpose: str) -> list[StatementRow]:
    """The rows of a pair at one service, of that purpose, whose proof is kept."""
    asked = {"tenant": tx.tenant_id, "pair": pair_id, "client": client_id, "purpose": purpose}
    return [StatementRow(**row) for row in tx.connection.execute(_OF_PURPOSE, asked).mappings()]


def belongs_to(tx: Transaction, transaction_id: str, pair_id: bytes) -> None:
    """Write down whose it is."""
    tx.connection.execute(_OF_PAIR, {"tenant": tx.tenant_id, "transaction": transaction_id, "pair": pair_id})


def carry(tx: Transaction, source: bytes, target: bytes, client_id: str, purpose: str) -> None:
    """Let the statements of that purpose of one pair be another's, at one service."""
    asked = {"tenant": tx.tenant_id, "source": source, "target": target, "client": client_id, "of": purpose}
    tx.connection.execute(_CARRY, asked)


def forget(tx: Transaction, transaction_id: str) -> None:
    """Delete the proof of one; that something was signed stays."""
    tx.connection.execute(_FORGET, {"tenant": tx.tenant_id, "transaction": transaction_id})


def forget_of_pair(tx: Transaction, pair_id: bytes, client_id: str) -> None:
    """Delete the proofs of a pair at one service."""
    tx.connection.execute(_FORGET_OF_PAIR, {"tenant": tx.tenant_id, "pair": pair_id, "client": client_id})


def forget_over(tx: Transaction, *, today: date) -> int:
    """Delete the proofs whose time is over; how many."""
    return tx.connection.execute(_FORGET_OVER, {"tenant": tx.tenant_id, "today": today}).rowcount
