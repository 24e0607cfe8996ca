"""Sessions after a browser holds them: found by its cookie, and the services that took part in them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import String, bindparam, delete, exists, func, select, update

from idp.store import schema
from idp.store.engine import Transaction

PROBLEM_CHARACTERS = 200
_s, _a, _c, _p = schema.session, schema.acceptance, schema.session_client, schema.pair
_SESSIONS = (
    select(
        _s.c.session_digest,
        _s.c.transaction_id,
        _s.c.sector_id,
        _s.c.sealed_handle,
        _s.c.sealed_certificate,
        _s.c.active,
        _s.c.expires_at,
        _s.c.idle_until,
        _a.c.acr,
        _a.c.amr,
        _a.c.evidence,
        _a.c.accepted_at,
        _a.c.ended_at,
    )
    .select_from(_s.join(_a, (_a.c.tenant_id == _s.c.tenant_id) & (_a.c.transaction_id == _s.c.transaction_id)))
    .where(_s.c.tenant_id == bindparam("tenant"))
)
_AMONG = _SESSIONS.where(_s.c.session_digest.in_(bindparam("digests", expanding=True)))
_OF_LOGIN = _SESSIONS.where(_s.c.transaction_id == bindparam("transaction"))
_EVERY_PARTICIPANT = (
    select(
        _c.c.transaction_id, _c.c.client_id, _c.c.pair_id, _c.c.sid, _c.c.told, _c.c.told_at, _c.c.attempts,
        _c.c.problem, _p.c.sealed_ppid,
    )
    .select_from(_c.join(_p, (_p.c.tenant_id == _c.c.tenant_id) & (_p.c.pair_id == _c.c.pair_id)))
    .where(_c.c.tenant_id == bindparam("tenant"))
    .order_by(_c.c.transaction_id, _c.c.client_id)
)  # fmt: skip
_PARTICIPANTS = _EVERY_PARTICIPANT.where(_c.c.transaction_id.in_(bindparam("transactions", expanding=True)))
_PART_OF = _EVERY_PARTICIPANT.where(
    _c.c.client_id == bindparam("client"),
    exists().where(
        _a.c.tenant_id == _c.c.tenant_id,
        _a.c.transaction_id == _c.c.transaction_id,
        _a.c.ended_at.is_(None),
        _a.c.accepted_at > bindparam("since"),
    ),
)
_MINE = (
    _c.c.tenant_id == bindparam("tenant"),
    _c.c.transaction_id == bindparam("transaction"),
    _c.c.client_id == bindparam("client"),
)
_TELL = (
    update(_c)
    .where(*_MINE)
    .values(
        told=bindparam("state"),
        told_at=bindparam("at"),
        attempts=_c.c.attempts + bindparam("more"),
        problem=func.coalesce(bindparam("why", type_=String), _c.c.problem),
    )
)
_OF_CLIENT = (
    select(_a.c.ended_at, _c.c.told, _c.c.told_at, _c.c.attempts, _c.c.problem)
    .select_from(_c.join(_a, (_a.c.tenant_id == _c.c.tenant_id) & (_a.c.transaction_id == _c.c.transaction_id)))
    .where(
        _c.c.tenant_id == bindparam("tenant"), _c.c.client_id == bindparam("client"), _a.c.ended_at.is_not(None)
    )
    .order_by(_a.c.ended_at.desc())
    .limit(bindparam("count"))
)
_FORGET = delete(_s).where(_s.c.tenant_id == bindparam("tenant"), _s.c.expires_at <= bindparam("before"))
_FORGET_PARTICIPANTS = delete(_c).where(
    _c.c.tenant_id == bindparam("tenant"),
    exists().where(
        _a.c.tenant_id == _c.c.tenant_id,
        _a.c.transaction_id == _c.c.transaction_id,
        _a.c.accepted_at <= bindparam("before"),
    ),
)


class Told(StrEnum):
    """How far a service knows that a session is over."""

    NOT_ASKED = ""
    """The session is not over."""
    WAITING = "waiting"
    TOLD = "told"
    FRONT = "front"
    """It has no back channel: the resident's browser told it, if the page was seen."""
    NOBODY = "nobody"
    """It has registered no way to be told."""
    GIVEN_UP = "given-up"


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session with the proof that founded it. Times in seconds since 1970; `ended_at` None until it is over."""

    session_digest: bytes
    transaction_id: str
    sector_id: str
    sealed_handle: bytes
    sealed_certificate: bytes | None
    active: bool
    expires_at: int
    idle_until: int
    acr: str
    amr: str
    evidence: str
    accepted_at: int
    ended_at: int | None


@dataclass(frozen=True, slots=True)
class Participant:
    """A service that received tokens in a session, with the sealed number by which it knows the person."""

    transaction_id: str
    client_id: str
    pair_id: bytes
    sid: str
    told: Told
    told_at: int | None
    attempts: int
    problem: str
    sealed_ppid: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one service was told of one session's end; names nobody."""

    ended_at: int
    told: str
    told_at: int | None
    attempts: int
    problem: str


def among(tx: Transaction, digests: Collection[bytes]) -> Sequence[SessionRow]:
    """The sessions of these digests, over or not, in no order."""
    found = tx.connection.execute(_AMONG, {"tenant": tx.tenant_id, "digests": list(digests)})
    return [SessionRow(**row) for row in found.mappings()]


def of_login(tx: Transaction, transaction_id: str) -> SessionRow | None:
    """The session that a login founded, over or not."""
    found = tx.connection.execute(_OF_LOGIN, {"tenant": tx.tenant_id, "transaction": transaction_id})
    row = found.mappings().first()
    return SessionRow(**row) if row else None


def participants(tx: Transaction, transaction_ids: Collection[str]) -> Sequence[Participant]:
    """The services of these logins' sessions, in a steady order."""
    found = tx.connection.execute(_PARTICIPANTS, {"tenant": tx.tenant_id, "transactions": list(transaction_ids)})
    return [Participant(*row[:4], Told(row.told), *row[5:]) for row in found]


def part_of(tx: Transaction, client_id: str, *, since: int) -> Sequence[Participant]:
    """A service's part in the sessions that are not over, of logins that were made since that moment."""
    found = tx.connection.execute(_PART_OF, {"tenant": tx.tenant_id, "client": client_id, "since": since})
    return [Participant(*row[:4], Told(row.told), *row[5:]) for row in found]


def note(
    tx: Transaction,
    transaction_id: str,
    client_id: str,
    told: Told,
    *,
    at: int | None = None,
    tried: bool = False,
    problem: str | None = "",
) -> None:
    """Note how far a service was told.

    `at`: when it was. `tried`: there was one attempt more. `problem`: words of ours, never a peer's; None leaves
    what the last attempt said.
    """
    key = {"tenant": tx.tenant_id, "transaction": transaction_id, "client": client_id}
    said = {"state": told, "at": at, "more": int(tried), "why": problem and problem[:PROBLEM_CHARACTERS]}
    tx.connection.execute(_TELL, key | said)


def deliveries(tx: Transaction, client_id: str, *, count: int) -> Sequence[Delivery]:
    """How a service was told of the last sessions that ended, the latest first."""
    found = tx.connection.execute(_OF_CLIENT, {"tenant": tx.tenant_id, "client": client_id, "count": count})
    return [Delivery(*row) for row in found]


def forget(tx: Transaction, *, before: int) -> int:
    """Delete the sessions that were over at that moment; how many."""
    return tx.connection.execute(_FORGET, {"tenant": tx.tenant_id, "before": before}).rowcount


def forget_participants(tx: Transaction, *, before: int) -> int:
    """Delete which services took part in logins that were made until that moment; how many rows."""
    return tx.connection.execute(_FORGET_PARTICIPANTS, {"tenant": tx.tenant_id, "before": before}).rowcount
