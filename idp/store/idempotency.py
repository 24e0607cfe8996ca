"""Answers kept for the case that a client asks the same again, by its own key for the request."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values

_i = schema.idempotency
_MINE = (
    _i.c.tenant_id == bindparam("tenant"),
    _i.c.client_id == bindparam("client"),
    _i.c.key_digest == bindparam("key"),
)
_CLAIM = insert(_i)
_CLAIM = _CLAIM.on_conflict_do_update(
    index_elements=[_i.c.tenant_id, _i.c.client_id, _i.c.key_digest],
    set_={
        "request_digest": _CLAIM.excluded.request_digest,
        "sealed_answer": None,
        "expires_at": _CLAIM.excluded.expires_at,
    },
    where=_i.c.expires_at <= bindparam("now"),
)
_FIND = select(_i.c.request_digest, _i.c.sealed_answer).where(*_MINE)
_UNDER_WAY = (*_MINE, _i.c.request_digest == bindparam("request"), _i.c.sealed_answer.is_(None))
_SETTLE = update(_i).where(*_UNDER_WAY).values(sealed_answer=bindparam("sealed"), expires_at=bindparam("ends"))
_RELEASE = delete(_i).where(*_UNDER_WAY, _i.c.expires_at == bindparam("lost"))
_FORGET = delete(_i).where(_i.c.tenant_id == bindparam("tenant"), _i.c.expires_at <= bindparam("now"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A request under way; digests are keyed. `expires_at`: when it may be taken for lost, seconds since 1970."""

    client_id: str
    key_digest: bytes
    request_digest: bytes
    expires_at: int


@dataclass(frozen=True, slots=True)
class Kept:
    """An earlier request of that key; `sealed_answer` is None while it is under way."""

    request_digest: bytes
    sealed_answer: bytes | None


def claim(tx: Transaction, wanted: Claim, *, now: int) -> bool:
    """Begin a request. False when its key is in use: find what is kept."""
    return tx.connection.execute(_CLAIM, values(tx, wanted, sealed_answer=None, now=now)).rowcount == 1


def find(tx: Transaction, client_id: str, key_digest: bytes) -> Kept | None:
    """What is kept of a key."""
    row = tx.connection.execute(_FIND, _key(tx, client_id, key_digest)).first()
    return Kept(*row) if row else None


def settle(tx: Transaction, mine: Claim, sealed_answer: bytes, *, expires_at: int) -> bool:
    """Keep the answer of a request. False when its key was taken for lost: another request has it, or had it.

    The same request under way a second time is settled by whichever of the two is first.
    """
    more = {"request": mine.request_digest, "sealed": sealed_answer, "ends": expires_at}
    return tx.connection.execute(_SETTLE, _key(tx, mine.client_id, mine.key_digest) | more).rowcount == 1


def release(tx: Transaction, mine: Claim) -> None:
    """Let the key be used anew: the request had no answer that is worth keeping. Another's claim stays."""
    more = {"request": mine.request_digest, "lost": mine.expires_at}
    tx.connection.execute(_RELEASE, _key(tx, mine.client_id, mine.key_digest) | more)


def forget(tx: Transaction, *, now: int) -> int:
    """Delete what is over; how many rows."""
    return tx.connection.execute(_FORGET, {"tenant": tx.tenant_id, "now": now}).rowcount


def _key(tx: Transaction, client_id: str, key_digest: bytes) -> dict[str, object]:
    return {"tenant": tx.tenant_id, "client": client_id, "key": key_digest}
