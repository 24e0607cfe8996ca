"""Rows of IDs with their passwords' verifiers."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values

_t = schema.password_account


@dataclass(frozen=True, slots=True)
class AccountRow:
    """`person_mark`: keyed, one a person; `sealed_body`: see `idp/passwords/account.py`."""

    account_index: bytes
    person_mark: bytes
    sealed_body: bytes


def by_index(tx: Transaction, account_index: bytes, *, held: bool = False) -> AccountRow | None:
    """The row of an ID; `held`: nobody else changes it until `tx` ends."""
    return _one(tx, held=held, account_index=account_index)


def by_person(tx: Transaction, person_mark: bytes, *, held: bool = False) -> AccountRow | None:
    """A person's row."""
    return _one(tx, held=held, person_mark=person_mark)


def add(tx: Transaction, row: AccountRow, *, created: date) -> bool:
    """Insert. False when the ID is taken, or the person has one."""
    statement = insert(_t).on_conflict_do_nothing()
    return tx.connection.execute(statement, values(tx, row, created=created)).rowcount == 1


def put(tx: Transaction, row: AccountRow) -> None:
    """Store another body."""
    mine = (_t.c.tenant_id == tx.tenant_id, _t.c.account_index == row.account_index)
    tx.connection.execute(update(_t).where(*mine).values(sealed_body=row.sealed_body))


def remove(tx: Transaction, account_index: bytes) -> bool:
    """Delete. False when there is none."""
    mine = (_t.c.tenant_id == tx.tenant_id, _t.c.account_index == account_index)
    return tx.connection.execute(delete(_t).where(*mine)).rowcount == 1


def _one(tx: Transaction, *, held: bool, **wanted: bytes) -> AccountRow | None:
    columns = [_t.c[name] for name in AccountRow.__slots__]
    asked = select(*columns).where(_t.c.tenant_id == tx.tenant_id, *(_t.c[n] == v for n, v in wanted.items()))
    row = tx.connection.execute(asked.with_for_update() if held else asked).first()
    return AccountRow(*row) if row else None
