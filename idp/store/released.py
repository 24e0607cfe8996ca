"""Attributes that a resident let go to a service in one login. Each row ends by itself with the access token."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values

_r, _a = schema.released_attribute, schema.acceptance
_ADD = insert(_r).on_conflict_do_nothing()
_OF_LOGIN = (_r.c.tenant_id == bindparam("tenant")) & (_r.c.transaction_id == bindparam("transaction"))
_FIND = select(
    _r.c.transaction_id, _r.c.name, _r.c.source, _r.c.sealed_value, _r.c.expires_at, _r.c.pair_id
).where(_OF_LOGIN, _r.c.expires_at > bindparam("now"))
_OF_PERSON = (
    select(_r.c.transaction_id, _r.c.name, _r.c.source, _r.c.sealed_value, _r.c.expires_at, _r.c.pair_id)
    .join(_a, (_a.c.tenant_id == _r.c.tenant_id) & (_a.c.transaction_id == _r.c.transaction_id))
    .where(
        _r.c.tenant_id == bindparam("tenant"),
        _r.c.pair_id == bindparam("pair"),
        _r.c.expires_at > bindparam("now"),
        _a.c.client_id == bindparam("client"),
    )
    .order_by(_a.c.accepted_at, _r.c.transaction_id)
)
_FORGET = delete(_r).where(_OF_LOGIN)
_FORGET_ALL = delete(_r).where(_r.c.tenant_id == bindparam("tenant"))
_FORGET_OVER = delete(_r).where(_r.c.tenant_id == bindparam("tenant"), _r.c.expires_at <= bindparam("now"))


@dataclass(frozen=True, slots=True)
class ReleasedRow:
    """One item of one login; `expires_at` in seconds since 1970. `pair_id`: of whom, None in old rows."""

    transaction_id: str
    name: str
    source: str
    sealed_value: bytes = field(repr=False)
    expires_at: int
    pair_id: bytes | None = None


def add(tx: Transaction, rows: Sequence[ReleasedRow]) -> None:
    """Store what one login releases; what is there already stays."""
    tx.connection.execute(_ADD, [values(tx, row) for row in rows])


def find(tx: Transaction, transaction_id: str, *, now: int) -> list[ReleasedRow]:
    """What a login released and is not over."""
    parameters = {"tenant": tx.tenant_id, "transaction": transaction_id, "now": now}
    return [ReleasedRow(*row) for row in tx.connection.execute(_FIND, parameters)]


def of_person(tx: Transaction, pair_id: bytes, client_id: str, *, now: int) -> list[ReleasedRow]:
    """What a person's logins at that very service released and is not over, the newest login last."""
    parameters = {"tenant": tx.tenant_id, "pair": pair_id, "client": client_id, "now": now}
    return [ReleasedRow(*row) for row in tx.connection.execute(_OF_PERSON, parameters)]


def forget(tx: Transaction, transaction_id: str) -> None:
    """Delete what a login released."""
    tx.connection.execute(_FORGET, {"tenant": tx.tenant_id, "transaction": transaction_id})


def forget_over(tx: Transaction, *, now: int) -> int:
    """Delete what is over, of whatever login; how many rows went away."""
    return tx.connection.execute(_FORGET_OVER, {"tenant": tx.tenant_id, "now": now}).rowcount


def forget_all(tx: Transaction) -> int:
    """Delete all that is stored; how many rows went away."""
    return tx.connection.execute(_FORGET_ALL, {"tenant": tx.tenant_id}).rowcount
