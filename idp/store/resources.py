"""Rows of resources: configuration, off the hot path."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values

_r = schema.resource


@dataclass(frozen=True, slots=True)
class ResourceRow:
    """A resource; `registration` is JSON (`idp/resources/resource.py`)."""

    identifier: str
    client_id: str
    registration: str


def every(tx: Transaction) -> list[ResourceRow]:
    """The resources of the transaction's tenant."""
    columns = (_r.c[name] for name in ResourceRow.__slots__)
    statement = select(*columns).where(_r.c.tenant_id == tx.tenant_id).order_by(_r.c.identifier)
    return [ResourceRow(**row._mapping) for row in tx.connection.execute(statement)]


def add(tx: Transaction, row: ResourceRow, *, created: date) -> bool:
    """Insert a resource. False when its identifier is taken."""
    statement = insert(_r).on_conflict_do_nothing()
    return tx.connection.execute(statement, values(tx, row, created=created)).rowcount == 1


def remove(tx: Transaction, identifier: str) -> bool:
    """Delete a resource. False when there is none."""
    mine = (_r.c.tenant_id == tx.tenant_id, _r.c.identifier == identifier)
    return tx.connection.execute(delete(_r).where(*mine)).rowcount == 1
