"""Numbers that a merge replaced, by keyed index alone: no row names a pair, a service or a moment."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values

_f = schema.former_number
_MINE = (_f.c.tenant_id == bindparam("tenant"), _f.c.former_index == bindparam("index"))
_FIND = select(_f.c.former_index, _f.c.sealed_record).where(*_MINE)
_PAGE = (
    select(_f.c.former_index, _f.c.sealed_record)
    .where(_f.c.tenant_id == bindparam("tenant"), _f.c.former_index > bindparam("after"))
    .order_by(_f.c.former_index)
    .limit(bindparam("most"))
)
_PUT = insert(_f)
_PUT = _PUT.on_conflict_do_update(
    index_elements=[_f.c.tenant_id, _f.c.former_index], set_={"sealed_record": _PUT.excluded.sealed_record}
)
_DROP = delete(_f).where(*_MINE)


@dataclass(frozen=True, slots=True)
class FormerRow:
    """What a service knew somebody by before, sealed. `former_index`: of the service and of its pair's index."""

    former_index: bytes
    sealed_record: bytes


def put(tx: Transaction, row: FormerRow) -> None:
    """Store a row in the place of an earlier one."""
    tx.connection.execute(_PUT, values(tx, row))


def find(tx: Transaction, former_index: bytes) -> FormerRow | None:
    """The row of that index."""
    row = tx.connection.execute(_FIND, {"tenant": tx.tenant_id, "index": former_index}).first()
    return FormerRow(*row) if row else None


def page(tx: Transaction, *, after: bytes, limit: int) -> list[FormerRow]:
    """All rows of the tenant, part by part, by index."""
    rows = tx.connection.execute(_PAGE, {"tenant": tx.tenant_id, "after": after, "most": limit})
    return [FormerRow(*row) for row in rows]


def drop(tx: Transaction, indexes: Iterable[bytes]) -> None:
    """Delete the rows of these indexes, if they are there."""
    rows = [{"tenant": tx.tenant_id, "index": index} for index in indexes]
    if rows:
        tx.connection.execute(_DROP, rows)
