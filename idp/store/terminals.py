"""Rows of counter terminals. Read at each counter login, so that one that is revoked stops at once."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values

LIVE, REVOKED = "live", "revoked"
_t = schema.terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalRow:
    """A terminal. `public_key`: SubjectPublicKeyInfo in DER; `client_ids` separated by spaces; `state`: live or
    revoked; `expires_at` in seconds since 1970; `created`: the day it was enrolled; `user_numbers`: whether it may
    learn and link user numbers.
    """

    terminal_id: str
    place: str
    public_key: bytes
    client_ids: str
    state: str
    expires_at: int
    created: date
    user_numbers: bool = False


def add(tx: Transaction, row: TerminalRow) -> bool:
    """Insert a terminal. False when its id was given before, to a revoked one too."""
    statement = insert(_t).on_conflict_do_nothing()
    return tx.connection.execute(statement, values(tx, row)).rowcount == 1


def find(tx: Transaction, terminal_id: str) -> TerminalRow | None:
    """The terminal of that id, in whatever state, or None."""
    found = _select(tx, _t.c.terminal_id == terminal_id)
    return found[0] if found else None


def all_of(tx: Transaction) -> list[TerminalRow]:
    """Every terminal of the tenant, by id."""
    return _select(tx)


def revoke(tx: Transaction, terminal_id: str) -> bool:
    """Let it serve nobody any more. False when there is no live one of that id."""
    mine = (_t.c.tenant_id == tx.tenant_id, _t.c.terminal_id == terminal_id, _t.c.state == LIVE)
    return tx.connection.execute(update(_t).where(*mine).values(state=REVOKED)).rowcount == 1


def let_learn_numbers(tx: Transaction, terminal_id: str, *, allowed: bool) -> bool:
    """Let it learn and link user numbers, or not. False when there is no live one of that id."""
    mine = (_t.c.tenant_id == tx.tenant_id, _t.c.terminal_id == terminal_id, _t.c.state == LIVE)
    return tx.connection.execute(update(_t).where(*mine).values(user_numbers=allowed)).rowcount == 1


def _select(tx: Transaction, *conditions: object) -> list[TerminalRow]:
    columns = [_t.c[name] for name in TerminalRow.__slots__]
    statement = select(*columns).where(_t.c.tenant_id == tx.tenant_id, *conditions)  # type: ignore[arg-type]
    found = tx.connection.execute(statement.order_by(_t.c.terminal_id))
    return [TerminalRow(**row._mapping) for row in found]
