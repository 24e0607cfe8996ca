"""People: one row each, which no other row refers to."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values

_p = schema.person
_FIND = select(_p.c.sealed_record, _p.c.created).where(
    _p.c.tenant_id == bindparam("tenant"), _p.c.person_index == bindparam("index")
)
_ADD = insert(_p)
_PUT = (
    update(_p)
    .where(_p.c.tenant_id == bindparam("tenant"), _p.c.person_index == bindparam("index"))
    .values(sealed_record=bindparam("record"))
)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """What is kept of a person, sealed, and since when."""

    sealed_record: bytes
    created: date


def find(tx: Transaction, person_index: bytes, *, held: bool = False) -> PersonRow | None:
    """The row of that person; `held`: nobody else changes it until the transaction ends."""
    query = _FIND.with_for_update() if held else _FIND
    row = tx.connection.execute(query, {"tenant": tx.tenant_id, "index": person_index}).first()
    return PersonRow(row.sealed_record, row.created) if row else None


def add(tx: Transaction, person_index: bytes, row: PersonRow) -> None:
    """Store a new person. Raises WriteConflict (of the engine) when there is one by that index."""
    tx.connection.execute(_ADD, values(tx, row, person_index=person_index))


def put(tx: Transaction, person_index: bytes, sealed_record: bytes) -> None:
    """Replace what is kept of a person."""
    tx.connection.execute(_PUT, {"tenant": tx.tenant_id, "index": person_index, "record": sealed_record})


def remove(tx: Transaction, person_index: bytes) -> None:
    """Delete what is kept of a person."""
    mine = (_p.c.tenant_id == tx.tenant_id, _p.c.person_index == person_index)
    tx.connection.execute(delete(_p).where(*mine))
