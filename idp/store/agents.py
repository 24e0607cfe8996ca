"""Rows of who may act for whom, and of the logins in which somebody does."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values

_t, _login, _acceptance = schema.representation, schema.acting_login, schema.acceptance
_party, _code = schema.representation_party, schema.representation_code
_ADD_LOGIN = insert(_login).on_conflict_do_nothing()
_THIS_CODE = (_code.c.tenant_id == bindparam("tenant"), _code.c.code_index == bindparam("index"))
_CODE = select(_code.c.code_index, _code.c.sealed_representation, _code.c.expires_at).where(*_THIS_CODE)
_SPEND_CODE = delete(_code).where(*_THIS_CODE)
_PARTIES = select(_party.c.party_id, _party.c.party_mark, _party.c.sealed_representation).where(
    _party.c.tenant_id == bindparam("tenant"), _party.c.party_mark == bindparam("mark")
)
_ROW = select(_t.c.representation_id, _t.c.sealed_body).where(
    _t.c.tenant_id == bindparam("tenant"), _t.c.representation_id == bindparam("id")
)
_LOGINS = (
    select(_login.c.transaction_id, _acceptance.c.client_id, _login.c.sealed_body)
    .select_from(
        _login.join(
            _acceptance,
            (_acceptance.c.tenant_id == _login.c.tenant_id)
            & (_acceptance.c.transaction_id == _login.c.transaction_id),
        )
    )
    .where(_login.c.tenant_id == bindparam("tenant"), _acceptance.c.ended_at.is_(None))
)
_FORGET = tuple(
    delete(table).where(table.c.tenant_id == bindparam("tenant"), table.c.expires_at <= bindparam("now"))
    for table in (_code, _login)
)


@dataclass(frozen=True, slots=True)
class RepresentationRow:
    """A representation, sealed."""

    representation_id: bytes
    sealed_body: bytes


@dataclass(frozen=True, slots=True)
class PartyRow:
    """One side of a representation. `party_mark`: by which its person finds it."""

    party_id: bytes
    party_mark: bytes
    sealed_representation: bytes


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code by which an offer is taken up, until `expires_at` (seconds since 1970)."""

    code_index: bytes
    sealed_representation: bytes
    expires_at: int


@dataclass(frozen=True, slots=True)
class LoginRow:
    """A login of somebody for another, sealed. `client_id`: where it was."""

    transaction_id: str
    client_id: str
    sealed_body: bytes


def add(tx: Transaction, row: RepresentationRow, *, created: date) -> None:
    """Store a representation."""
    tx.connection.execute(insert(_t), values(tx, row, created=created))


def one(tx: Transaction, representation_id: bytes, *, held: bool = False) -> RepresentationRow | None:
    """A representation; `held`: nobody else changes it until the transaction ends."""
    query = _ROW.with_for_update() if held else _ROW
    row = tx.connection.execute(query, {"tenant": tx.tenant_id, "id": representation_id}).first()
    return RepresentationRow(*row) if row else None


def among(tx: Transaction, representation_ids: Collection[bytes]) -> Sequence[RepresentationRow]:
    """Those of these ids, in no order."""
    asked = select(_t.c.representation_id, _t.c.sealed_body).where(
        _t.c.tenant_id == tx.tenant_id, _t.c.representation_id.in_(list(representation_ids))
    )
    return [RepresentationRow(*row) for row in tx.connection.execute(asked)]


def every(tx: Transaction) -> Sequence[RepresentationRow]:
    """All of the tenant."""
    asked = select(_t.c.representation_id, _t.c.sealed_body).where(_t.c.tenant_id == tx.tenant_id)
    return [RepresentationRow(*row) for row in tx.connection.execute(asked)]


def put(tx: Transaction, row: RepresentationRow) -> None:
    """Replace what is kept of a representation."""
    mine = (_t.c.tenant_id == tx.tenant_id, _t.c.representation_id == row.representation_id)
    tx.connection.execute(update(_t).where(*mine).values(sealed_body=row.sealed_body))


def remove(
    tx: Transaction, representation_id: bytes, party_marks: Collection[bytes], party_ids: set[bytes]
) -> None:
    """Delete a representation with the rows of its sides, which the caller has opened."""
    mine = (_t.c.tenant_id == tx.tenant_id, _t.c.representation_id == representation_id)
    tx.connection.execute(delete(_t).where(*mine))
    if party_ids:
        sides = (_party.c.tenant_id == tx.tenant_id, _party.c.party_mark.in_(list(party_marks)))
        tx.connection.execute(delete(_party).where(*sides, _party.c.party_id.in_(list(party_ids))))


def add_party(tx: Transaction, row: PartyRow) -> None:
    """Store one side."""
    tx.connection.execute(insert(_party), values(tx, row))


def parties(tx: Transaction, party_mark: bytes) -> Sequence[PartyRow]:
    """The sides of a person in one role."""
    found = tx.connection.execute(_PARTIES, {"tenant": tx.tenant_id, "mark": party_mark})
    return [PartyRow(*row) for row in found]


def mark_party(tx: Transaction, party_id: bytes, party_mark: bytes) -> None:
    """Let a side be found by another mark."""
    mine = (_party.c.tenant_id == tx.tenant_id, _party.c.party_id == party_id)
    tx.connection.execute(update(_party).where(*mine).values(party_mark=party_mark))


def add_code(tx: Transaction, row: CodeRow) -> None:
    """Store a code."""
    tx.connection.execute(insert(_code), values(tx, row))


def code(tx: Transaction, code_index: bytes) -> CodeRow | None:
    """A code, live or not."""
    row = tx.connection.execute(_CODE, {"tenant": tx.tenant_id, "index": code_index}).first()
    return CodeRow(*row) if row else None


def spend_code(tx: Transaction, code_index: bytes) -> bool:
    """Take a code away. False when there is none (any more): it counts once."""
    spent = tx.connection.execute(_SPEND_CODE, {"tenant": tx.tenant_id, "index": code_index})
    return spent.rowcount == 1


def add_login(tx: Transaction, transaction_id: str, sealed_body: bytes, *, expires_at: int) -> None:
    """Remember in which representation a login acts; a second code of it changes nothing."""
    row = {"tenant_id": tx.tenant_id, "transaction_id": transaction_id, "sealed_body": sealed_body}
    tx.run(_ADD_LOGIN, {**row, "expires_at": expires_at})


def open_logins(tx: Transaction) -> Sequence[LoginRow]:
    """Every login of the tenant that acts for somebody and has not ended."""
    return [LoginRow(*row) for row in tx.connection.execute(_LOGINS, {"tenant": tx.tenant_id})]


def forget(tx: Transaction, *, now: int) -> None:
    """Delete codes, and what was remembered of logins, past their time."""
    for statement in _FORGET:
        tx.connection.execute(statement, {"tenant": tx.tenant_id, "now": now})
