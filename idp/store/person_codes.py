"""What people are named by for a while: transfer codes, references for officers. Stored by keyed index alone."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values

_c, _r = schema.transfer_code, schema.person_reference
_ADD_CODE, _ADD_REFERENCE = insert(_c), insert(_r)
_THIS_CODE = (_c.c.tenant_id == bindparam("tenant"), _c.c.code_index == bindparam("index"))
_CODE = select(_c.c.code_index, _c.c.sealed_handle, _c.c.expires_at).where(*_THIS_CODE)
_SPEND_CODE = delete(_c).where(*_THIS_CODE)
_REFERENCE = select(_r.c.reference_index, _r.c.kind, _r.c.origin, _r.c.sealed_body, _r.c.expires_at).where(
    _r.c.tenant_id == bindparam("tenant"), _r.c.reference_index == bindparam("index")
)
_FORGET = tuple(
    delete(table).where(table.c.tenant_id == bindparam("tenant"), table.c.expires_at <= bindparam("now"))
    for table in (_c, _r)
)


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A transfer code and the person whose it is, sealed."""

    code_index: bytes
    sealed_handle: bytes
    expires_at: int


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """A reference. `kind`: what `sealed_body` names; `origin`: where it was given out."""

    reference_index: bytes
    kind: str
    origin: str
    sealed_body: bytes
    expires_at: int


def add_code(tx: Transaction, row: CodeRow) -> None:
    """Store a transfer code."""
    tx.connection.execute(_ADD_CODE, values(tx, row))


def code(tx: Transaction, code_index: bytes) -> CodeRow | None:
    """A transfer code, live or not."""
    row = tx.connection.execute(_CODE, {"tenant": tx.tenant_id, "index": code_index}).first()
    return CodeRow(*row) if row else None


def spend_code(tx: Transaction, code_index: bytes) -> CodeRow | None:
    """Take a transfer code away, live or not; None when there is none (any more): it counts once."""
    parameters = {"tenant": tx.tenant_id, "index": code_index}
    row = tx.connection.execute(_CODE, parameters).first()
    if row is None or tx.connection.execute(_SPEND_CODE, parameters).rowcount != 1:
        return None
    return CodeRow(*row)


def add_reference(tx: Transaction, row: ReferenceRow) -> None:
    """Store a reference."""
    tx.connection.execute(_ADD_REFERENCE, values(tx, row))


def reference(tx: Transaction, reference_index: bytes) -> ReferenceRow | None:
    """The reference of that index, live or not."""
    row = tx.connection.execute(_REFERENCE, {"tenant": tx.tenant_id, "index": reference_index}).first()
    return ReferenceRow(*row) if row else None


def forget(tx: Transaction, *, now: int) -> None:
    """Delete what is past its time."""
    for statement in _FORGET:
        tx.connection.execute(statement, {"tenant": tx.tenant_id, "now": now})
