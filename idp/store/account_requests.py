"""Rows of requests for an ID."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Column, ColumnElement, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values

_t = schema.account_request


@dataclass(frozen=True, slots=True)
class RequestRow:
    """`sealed_body`: see `idp/passwords/requests.py`; gone from the day `expires_on` on."""

    request_number: str
    sealed_body: bytes
    expires_on: date


def add(tx: Transaction, row: RequestRow) -> bool:
    """Insert. False when the number is taken."""
    return tx.connection.execute(insert(_t).on_conflict_do_nothing(), values(tx, row)).rowcount == 1


def count(tx: Transaction) -> int:
    """How many wait."""
    asked = select(func.count()).select_from(_t).where(_t.c.tenant_id == tx.tenant_id)
    return int(tx.connection.execute(asked).scalar_one())


def of_number(tx: Transaction, request_number: str, *, held: bool = False) -> RequestRow | None:
    """The row of a number; `held`: nobody else decides on it until `tx` ends."""
    asked = select(*_columns()).where(*_mine(tx, request_number))
    row = tx.connection.execute(asked.with_for_update() if held else asked).first()
    return RequestRow(*row) if row else None


def waiting(tx: Transaction) -> Sequence[RequestRow]:
    """All of them, the one that goes first before the others."""
    asked = select(*_columns()).where(_t.c.tenant_id == tx.tenant_id).order_by(_t.c.expires_on)
    return [RequestRow(*row) for row in tx.connection.execute(asked)]


def remove(tx: Transaction, request_number: str) -> None:
    """Delete."""
    tx.connection.execute(delete(_t).where(*_mine(tx, request_number)))


def forget(tx: Transaction, *, today: date) -> int:
    """Delete what nobody looked at in time; how many rows."""
    over = (_t.c.tenant_id == tx.tenant_id, _t.c.expires_on <= today)
    return tx.connection.execute(delete(_t).where(*over)).rowcount


def _columns() -> list[Column[Any]]:
    return [_t.c[name] for name in RequestRow.__slots__]


def _mine(tx: Transaction, request_number: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (_t.c.tenant_id == tx.tenant_id, _t.c.request_number == request_number)
