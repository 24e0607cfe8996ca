"""Batches of serial numbers: one row for each, and its questions and answers in sealed parts."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, select, update

from idp.store import schema
from idp.store.engine import Transaction, values

OPEN, DONE = "open", "done"

_b, _p = schema.batch, schema.batch_part
_MINE = (_b.c.tenant_id == bindparam("tenant"), _b.c.batch_id == bindparam("batch"))
_PARTS = (_p.c.tenant_id == bindparam("tenant"), _p.c.batch_id == bindparam("batch"))
_ADD = _b.insert()
_ADD_PART = _p.insert()
_FIND = select(_b.c.batch_id, _b.c.client_id, _b.c.state, _b.c.total, _b.c.created_at, _b.c.expires_at).where(
    *_MINE
)
_UNFINISHED = select(func.count()).where(
    _b.c.tenant_id == bindparam("tenant"),
    _b.c.client_id == bindparam("client"),
    _b.c.state == OPEN,
    _b.c.created_at > bindparam("since"),
)
_ANSWERED = select(func.coalesce(func.sum(_p.c.done), 0)).where(*_PARTS)
_NEXT = (
    select(_p.c.part, _p.c.sealed_questions, _p.c.sealed_answers)
    .where(*_PARTS, _p.c.sealed_answers.is_(None))
    .order_by(_p.c.part)
    .limit(1)
)
_PART = select(_p.c.part, _p.c.sealed_questions, _p.c.sealed_answers).where(
    *_PARTS, _p.c.part == bindparam("number")
)
_ANSWER = (
    update(_p)
    .where(*_PARTS, _p.c.part == bindparam("number"), _p.c.sealed_answers.is_(None))
    .values(sealed_answers=bindparam("sealed"), done=bindparam("count"))
)
_FINISH = update(_b).where(*_MINE, _b.c.state == OPEN).values(state=DONE, expires_at=bindparam("ends"))
_DROP_PARTS = delete(_p).where(*_PARTS)
_DROP = delete(_b).where(*_MINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch. `batch_id` 16 random bytes; times in seconds since 1970."""

    batch_id: bytes
    client_id: str
    state: str
    total: int
    created_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a batch, numbered from 0; `sealed_answers` is None until all of it is answered."""

    number: int
    sealed_questions: bytes
    sealed_answers: bytes | None


def add(tx: Transaction, batch: Batch) -> None:
    """Store a batch without its parts."""
    tx.connection.execute(_ADD, values(tx, batch))


def add_part(tx: Transaction, batch_id: bytes, number: int, sealed_questions: bytes) -> None:
    """Store the questions of one part."""
    row = {"batch_id": batch_id, "part": number, "done": 0, "sealed_questions": sealed_questions}
    tx.connection.execute(_ADD_PART, {**row, "tenant_id": tx.tenant_id, "sealed_answers": None})


def find(tx: Transaction, batch_id: bytes) -> Batch | None:
    """The batch of that id at this tenant, whosever it is."""
    row = tx.connection.execute(_FIND, _key(tx, batch_id)).first()
    return Batch(**row._mapping) if row else None


def unfinished(tx: Transaction, client_id: str, *, since: int) -> int:
    """How many batches of a service that came after `since` are not done."""
    asked = {"tenant": tx.tenant_id, "client": client_id, "since": since}
    return int(tx.connection.execute(_UNFINISHED, asked).scalar_one())


def answered(tx: Transaction, batch_id: bytes) -> int:
    """How many questions of a batch have their answer."""
    return int(tx.connection.execute(_ANSWERED, _key(tx, batch_id)).scalar_one())


def next_part(tx: Transaction, batch_id: bytes) -> Part | None:
    """The first part without answers, or None when all have theirs."""
    row = tx.connection.execute(_NEXT, _key(tx, batch_id)).first()
    return Part(*row) if row else None


def part(tx: Transaction, batch_id: bytes, number: int) -> Part | None:
    """One part, or None past the last."""
    row = tx.connection.execute(_PART, _key(tx, batch_id) | {"number": number}).first()
    return Part(*row) if row else None


def answer(tx: Transaction, batch_id: bytes, number: int, sealed_answers: bytes, *, count: int) -> bool:
    """Store the answers of a part. False when another worker did so before."""
    more = {"number": number, "sealed": sealed_answers, "count": count}
    return tx.connection.execute(_ANSWER, _key(tx, batch_id) | more).rowcount == 1


def finish(tx: Transaction, batch_id: bytes, *, expires_at: int) -> bool:
    """Mark a batch as done, to be kept until then. False when it is done already, or gone."""
    return tx.connection.execute(_FINISH, _key(tx, batch_id) | {"ends": expires_at}).rowcount == 1


def drop(tx: Transaction, batch_id: bytes) -> None:
    """Delete a batch with everything in it."""
    tx.connection.execute(_DROP_PARTS, _key(tx, batch_id))
    tx.connection.execute(_DROP, _key(tx, batch_id))


def _key(tx: Transaction, batch_id: bytes) -> dict[str, object]:
    return {"tenant": tx.tenant_id, "batch": batch_id}
