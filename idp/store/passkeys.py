"""Rows of passkeys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values

_t = schema.passkey


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """`person_mark`: keyed, equal for the passkeys of one person; `sealed_body`: see `idp/passkeys/passkey.py`."""

    credential_index: bytes
    person_mark: bytes
    sealed_body: bytes


def by_index(tx: Transaction, credential_index: bytes, *, held: bool = False) -> PasskeyRow | None:
    """The row of a credential; `held`: nobody else changes it until `tx` ends."""
    asked = _all().where(_t.c.tenant_id == tx.tenant_id, _t.c.credential_index == credential_index)
    row = tx.connection.execute(asked.with_for_update() if held else asked).first()
    return PasskeyRow(**row._mapping) if row else None


def of_person(tx: Transaction, person_mark: bytes) -> Sequence[PasskeyRow]:
    """A person's rows, the oldest first."""
    asked = _all().where(_t.c.tenant_id == tx.tenant_id, _t.c.person_mark == person_mark)
    asked = asked.order_by(_t.c.created, _t.c.credential_index)
    return [PasskeyRow(**row._mapping) for row in tx.connection.execute(asked)]


def add(tx: Transaction, row: PasskeyRow, *, created: date) -> bool:
    """Insert. False when there is one of that credential."""
    statement = insert(_t).on_conflict_do_nothing()
    return tx.connection.execute(statement, values(tx, row, created=created)).rowcount == 1


def put(tx: Transaction, row: PasskeyRow) -> None:
    """Store another body."""
    mine = (_t.c.tenant_id == tx.tenant_id, _t.c.credential_index == row.credential_index)
    tx.connection.execute(update(_t).where(*mine).values(sealed_body=row.sealed_body))


def remove(tx: Transaction, credential_index: bytes, person_mark: bytes) -> bool:
    """Delete a person's own. False when there is none of theirs with that index."""
    mine = (_t.c.tenant_id == tx.tenant_id, _t.c.credential_index == credential_index)
    return tx.connection.execute(delete(_t).where(*mine, _t.c.person_mark == person_mark)).rowcount == 1


def _all() -> Select[tuple[Any, ...]]:
    return select(*(_t.c[name] for name in PasskeyRow.__slots__))
