"""The last error that each service was answered: for whoever connects it, by words of ours alone."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values

DESCRIPTION_CHARACTERS = 200
_e = schema.client_error
_ADD = insert(_e)
_NOTE = _ADD.on_conflict_do_update(
    index_elements=[_e.c.tenant_id, _e.c.client_id],
    set_={name: _ADD.excluded[name] for name in ("at", "endpoint", "error", "description")},
)
_LAST = select(_e.c.client_id, _e.c.at, _e.c.endpoint, _e.c.error, _e.c.description).where(
    _e.c.tenant_id == bindparam("tenant"), _e.c.client_id == bindparam("client")
)


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """An error as its service was told it. `at` in seconds since 1970; `error`: the standard's, or a page's."""

    client_id: str
    at: int
    endpoint: str
    error: str
    description: str


def note(tx: Transaction, row: ErrorRow) -> None:
    """Keep this one in place of the one before."""
    tx.connection.execute(_NOTE, values(tx, row))


def last(tx: Transaction, client_id: str) -> ErrorRow | None:
    """The last one of that service, if it was ever answered one."""
    found = tx.connection.execute(_LAST, {"tenant": tx.tenant_id, "client": client_id}).first()
    return ErrorRow(*found) if found else None
