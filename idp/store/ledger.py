"""The ledger's rows: what was ever done to people's numbers, one after another, each bound to the one before."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from idp.store import schema
from idp.store.engine import Transaction, values

_l, _t = schema.ledger, schema.tenant
_COLUMNS = ("sequence", "at", "operation", "body", "sealed_details", "mac")


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """An operation. `sequence` counts from 1; `at` in seconds since 1970; `body` JSON that names no person."""

    sequence: int
    at: int
    operation: str
    body: str
    sealed_details: bytes | None
    mac: bytes


def newest(tx: Transaction) -> LedgerRow | None:
    """The last row, or None; nobody else can write one until `tx` ends. (SQLite has one writer anyway.)"""
    held = select(_t.c.tenant_id).where(_t.c.tenant_id == tx.tenant_id).with_for_update(key_share=True)
    tx.connection.execute(held).all()
    row = tx.connection.execute(_rows(tx).order_by(_l.c.sequence.desc()).limit(1)).first()
    return LedgerRow(**row._mapping) if row else None


def add(tx: Transaction, row: LedgerRow) -> None:
    """Insert a row."""
    tx.connection.execute(_l.insert(), values(tx, row))


def after(tx: Transaction, sequence: int, *, count: int) -> list[LedgerRow]:
    """At most `count` rows that follow, the oldest first."""
    following = _rows(tx).where(_l.c.sequence > sequence).order_by(_l.c.sequence).limit(count)
    return [LedgerRow(**row._mapping) for row in tx.connection.execute(following)]


def _rows(tx: Transaction) -> Select[Any]:
    return select(*(_l.c[name] for name in _COLUMNS)).where(_l.c.tenant_id == tx.tenant_id)
