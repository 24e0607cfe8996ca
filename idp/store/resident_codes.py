"""Rows of codes that residents chose."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values

_r = schema.resident_code


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code that is somebody's. `person_mark`: keyed, one a person; `sealed_handle`: whose it is."""

    code_index: bytes
    person_mark: bytes
    sealed_handle: bytes


def by_code(tx: Transaction, code_index: bytes) -> CodeRow | None:
    """Whose a code is, if it is somebody's."""
    return _one(tx, code_index=code_index)


def by_person(tx: Transaction, person_mark: bytes) -> CodeRow | None:
    """A person's code."""
    return _one(tx, person_mark=person_mark)


def take(tx: Transaction, row: CodeRow, *, today: date) -> bool:
    """Make a code somebody's. False when it is another's, or was until lately."""
    mine = (_r.c.tenant_id == tx.tenant_id, _r.c.code_index == row.code_index)
    tx.connection.execute(delete(_r).where(*mine, _r.c.person_mark.is_(None), _r.c.free_on <= today))
    return tx.connection.execute(insert(_r).on_conflict_do_nothing(), values(tx, row)).rowcount == 1


def give_up(tx: Transaction, row: CodeRow, *, free_on: date) -> bool:
    """Make a code nobody's, and keep it from everybody until that day. False when it was given up meanwhile."""
    mine = (_r.c.tenant_id == tx.tenant_id, _r.c.code_index == row.code_index, _r.c.person_mark == row.person_mark)
    empty = {"person_mark": None, "sealed_handle": None, "free_on": free_on}
    return tx.connection.execute(update(_r).where(*mine).values(empty)).rowcount == 1


def _one(tx: Transaction, **wanted: bytes) -> CodeRow | None:
    columns = [_r.c[name] for name in CodeRow.__slots__]
    conditions = [_r.c[name] == value for name, value in wanted.items()]
    asked = select(*columns).where(_r.c.tenant_id == tx.tenant_id, _r.c.person_mark.is_not(None), *conditions)
    row = tx.connection.execute(asked).first()
    return CodeRow(*row) if row else None
