"""Rows of receipts."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values

_t = schema.receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRow:
    """`inquiry_index`: keyed; `sealed_body`: see `idp/receipts/receipt.py`; over from the day `expires_on` on."""

    arrival_number: str
    client_id: str
    inquiry_index: bytes
    sealed_body: bytes
    expires_on: date


def add(tx: Transaction, row: ReceiptRow) -> bool:
    """Insert. False when the number is taken."""
    return tx.connection.execute(insert(_t).on_conflict_do_nothing(), values(tx, row)).rowcount == 1


def by_arrival(tx: Transaction, arrival_number: str, *, held: bool = False) -> ReceiptRow | None:
    """The row of an arrival number; `held`: nobody else changes it until `tx` ends."""
    columns = [_t.c[name] for name in ReceiptRow.__slots__]
    asked = select(*columns).where(*_mine(tx, arrival_number))
    row = tx.connection.execute(asked.with_for_update() if held else asked).mappings().first()
    return ReceiptRow(**row) if row else None


def put(tx: Transaction, arrival_number: str, sealed_body: bytes, *, expires_on: date) -> None:
    """Store another body, kept until another day."""
    changed = {"sealed_body": sealed_body, "expires_on": expires_on}
    tx.connection.execute(update(_t).where(*_mine(tx, arrival_number)).values(**changed))


def forget(tx: Transaction, *, today: date) -> int:
    """Delete what is over; how many rows."""
    over = (_t.c.tenant_id == tx.tenant_id, _t.c.expires_on <= today)
    return tx.connection.execute(delete(_t).where(*over)).rowcount


def _mine(tx: Transaction, arrival_number: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (_t.c.tenant_id == tx.tenant_id, _t.c.arrival_number == arrival_number)
