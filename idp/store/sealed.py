"""Sealed bytes wherever they lie, page by page, so that they can be sealed anew under another data key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, func, select, tuple_, update

from idp.store import schema
from idp.store.engine import Transaction

Key = Sequence[Any]
"""A row's primary key without the tenant, in the order of its columns."""


@dataclass(frozen=True, slots=True)
class SealedRow:
    """A row as it is: its primary key, the sealed bytes, and the other columns asked for."""

    key: Key
    sealed: bytes
    columns: Mapping[str, Any]


def sealed_columns() -> set[tuple[str, str]]:
    """(table, column) of everything that is sealed, by the schema's own naming."""
    tables = schema.metadata.tables.values()
    return {(table.name, column.name) for table in tables for column in table.columns if _is_sealed(column.name)}


def page(
    tx: Transaction, table_name: str, column: str, *, after: Key | None, count: int, also: Sequence[str] = ()
) -> list[SealedRow]:
    """The next rows with something in that column, by primary key, from behind `after` on."""
    table = schema.metadata.tables[table_name]
    key = _key(table)
    wanted = [*key, table.c[column].label("_sealed"), *(table.c[name] for name in also if name not in key)]
    statement = select(*wanted).where(table.c.tenant_id == tx.tenant_id, table.c[column].is_not(None))
    if after is not None:
        statement = statement.where(tuple_(*key) > tuple_(*after))
    rows = tx.connection.execute(statement.order_by(*key).limit(count))
    names = [each.name for each in key]
    return [
        SealedRow(tuple(row._mapping[name] for name in names), row._mapping["_sealed"], dict(row._mapping))
        for row in rows
    ]


def replace(tx: Transaction, table_name: str, column: str, row: SealedRow, sealed: bytes) -> bool:
    """Put other sealed bytes in the place of those of `row`. False when they were changed or deleted meanwhile."""
    table = schema.metadata.tables[table_name]
    same: list[ColumnElement[bool]] = [each == value for each, value in zip(_key(table), row.key, strict=True)]
    mine = (table.c.tenant_id == tx.tenant_id, *same, table.c[column] == row.sealed)
    return tx.connection.execute(update(table).where(*mine).values({column: sealed})).rowcount == 1


def count(tx: Transaction, table_name: str, column: str) -> int:
    """How many rows of the tenant have something in that column."""
    table = schema.metadata.tables[table_name]
    mine = (table.c.tenant_id == tx.tenant_id, table.c[column].is_not(None))
    return int(tx.connection.execute(select(func.count()).select_from(table).where(*mine)).scalar_one())


def _is_sealed(name: str) -> bool:
    return name.startswith("sealed_")


def _key(table: Table) -> list[Any]:
    return [each for each in table.primary_key.columns if each.name != "tenant_id"]
