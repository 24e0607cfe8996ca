"""A tenant's data keys, wrapped by the key custody: one of each label, but of the sealing key its generations."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, select, update

from idp.store import schema
from idp.store.engine import Transaction, values

NEXT, CURRENT, OPENING = "next", "current", "opening"
"""A generation is first known to every process, then seals, then only opens what it once sealed."""
_k = schema.data_key


@dataclass(frozen=True, slots=True)
class DataKeyRow:
    """A wrapped data key. `since`: when it came into its state, in seconds since 1970."""

    label: str
    generation: int
    state: str
    since: int
    wrapped: bytes


def every(tx: Transaction) -> list[DataKeyRow]:
    """All of the tenant, by label and generation."""
    columns = [_k.c[name] for name in DataKeyRow.__slots__]
    statement = select(*columns).where(_k.c.tenant_id == tx.tenant_id).order_by(_k.c.label, _k.c.generation)
    return [DataKeyRow(**row._mapping) for row in tx.connection.execute(statement)]


def add(tx: Transaction, row: DataKeyRow) -> None:
    """Insert a key."""
    tx.connection.execute(_k.insert(), values(tx, row))


def set_state(tx: Transaction, label: str, generation: int, state: str, *, since: int) -> None:
    """Bring a key into another state."""
    tx.connection.execute(update(_k).where(*_one(tx, label, generation)).values(state=state, since=since))


def replace_wrapped(tx: Transaction, row: DataKeyRow, wrapped: bytes) -> bool:
    """Store the same key wrapped anew. False when its wrapping is not what `row` says any more."""
    mine = (*_one(tx, row.label, row.generation), _k.c.wrapped == row.wrapped)
    return tx.connection.execute(update(_k).where(*mine).values(wrapped=wrapped)).rowcount == 1


def remove(tx: Transaction, label: str, generation: int) -> None:
    """Delete a key: what it sealed can never be opened again."""
    tx.connection.execute(delete(_k).where(*_one(tx, label, generation)))


def _one(tx: Transaction, label: str, generation: int) -> tuple[ColumnElement[bool], ...]:
    return (_k.c.tenant_id == tx.tenant_id, _k.c.label == label, _k.c.generation == generation)
