"""Accepted proofs with their evidence, and the sessions they found; what becomes of these is in `sessions.py`."""

from dataclasses import dataclass

from msgspec import Struct
from sqlalchemy import BigInteger, and_, bindparam, case, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.events.quarters import quarter
from idp.store import schema
from idp.store.engine import Ran, Transaction, WriteConflict, values
from idp.store.sessions import Told

_a, _s, _c = schema.acceptance, schema.session, schema.session_client
_ADD, _ADD_SESSION = insert(_a), insert(_s)
_LIVES = (
    _s.c.tenant_id == bindparam("tenant"),
    _s.c.session_digest == bindparam("digest"),
    _s.c.expires_at > bindparam("now"),
    ~exists().where(
        _a.c.tenant_id == _s.c.tenant_id,
        _a.c.transaction_id == _s.c.transaction_id,
        _a.c.ended_at.is_not(None),
    ),
)
_ACTIVATE = (
    update(_s)
    .where(*_LIVES)
    .values(
        active=True,
        idle_until=case((and_(_s.c.active, _s.c.idle_until == 0), 0), else_=bindparam("idle", type_=BigInteger)),
    )
)
_TAKE_PART = (
    insert(_c)
    .values(transaction_id=select(_s.c.transaction_id).where(*_LIVES).scalar_subquery())
    .on_conflict_do_nothing()
)

_SET_EVIDENCE = (
    update(_a)
    .where(_a.c.tenant_id == bindparam("tenant"), _a.c.transaction_id == bindparam("transaction"))
    .values(evidence=bindparam("text"))
)
_SET_ACR = (
    update(_a)
    .where(_a.c.tenant_id == bindparam("tenant"), _a.c.transaction_id == bindparam("transaction"))
    .values(acr=bindparam("level"))
)
_END = (
    update(_a)
    .where(
        _a.c.tenant_id == bindparam("tenant"),
        _a.c.transaction_id == bindparam("transaction"),
        _a.c.ended_at.is_(None),
    )
    .values(ended_at=bindparam("now"))
)
_END_SESSION = (
    update(_s)
    .where(_s.c.tenant_id == bindparam("tenant"), _s.c.transaction_id == bindparam("transaction"))
    .values(active=False, expires_at=bindparam("now"))
)
_LIVE = select(_s.c.transaction_id, _s.c.session_digest, _s.c.sealed_handle).where(
    _s.c.tenant_id == bindparam("tenant"), _s.c.expires_at > bindparam("now")
)


class AlreadyAccepted(WriteConflict):
    """This transaction was accepted before; nothing was written."""


class SessionOver(WriteConflict):
    """The session is over: its login was overturned or signed out, or is old. Nothing was written."""


class Acceptance(Struct, frozen=True, kw_only=True):
    """One accepted proof. `amr` space-separated; `evidence` JSON; `accepted_at` seconds since 1970."""

    transaction_id: str
    client_id: str
    acr: str
    amr: str
    evidence: str
    accepted_at: int


class NewSession(Struct, frozen=True):
    """The session that an acceptance founds; inactive until a code of it is redeemed.

    `sealed_certificate`: whom to ask about when it is continued (`idp/login/named_again.py`).
    """

    session_digest: bytes
    sector_id: str
    sealed_handle: bytes
    sealed_certificate: bytes | None
    expires_at: int


class NewParticipant(Struct, frozen=True):
    """A service that takes part in a session: as whom it knows the person, and by what the session."""

    client_id: str
    pair_id: bytes
    sid: str


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session that has not ended, active or not."""

    transaction_id: str
    session_digest: bytes
    sealed_handle: bytes


def add(tx: Transaction, acceptance: Acceptance, session: NewSession | None) -> None:
    """Store both; None where nobody knows yet whose session it would be.

    Raises AlreadyAccepted, by the end of `tx` at the latest, when this transaction was accepted already.
    """
    tx.run(_ADD, values(tx, acceptance), unless=AlreadyAccepted)
    if session is not None:
        add_session(tx, acceptance.transaction_id, session)


def add_session(tx: Transaction, transaction_id: str, session: NewSession) -> None:
    """Store the session of an accepted login."""
    tx.run(_ADD_SESSION, values(tx, session, transaction_id=transaction_id, active=False))


def live(tx: Transaction, *, now: int) -> list[LiveSession]:
    """Every session of the tenant that has not ended."""
    return [LiveSession(*row) for row in tx.connection.execute(_LIVE, {"tenant": tx.tenant_id, "now": now})]


def activate_session(tx: Transaction, session_digest: bytes, *, now: int, idle_until: int) -> bool:
    """Mark the session as one that a browser holds, to be continued until `idle_until` (0: never).

    Once it was not to be continued it never is: an older code of it may be redeemed after that. False when it is
    over: its login was overturned or signed out, or is old.
    """
    return _activated(tx, session_digest, now=now, idle_until=idle_until).rowcount == 1


def join_session(
    tx: Transaction, session_digest: bytes, part: NewParticipant, *, now: int, idle_until: int
) -> None:
    """Activate the session, and remember that a service receives tokens in it; once is enough.

    Raises SessionOver, by the end of `tx` at the latest, where `activate_session` would return False: nobody waits
    for its answer. It holds the session's row, so that the same question has the same answer after it.
    """
    _activated(tx, session_digest, now=now, idle_until=idle_until)
    alive = {"tenant": tx.tenant_id, "digest": session_digest, "now": now}
    untold = {"told": Told.NOT_ASKED, "attempts": 0, "problem": ""}
    tx.run(_TAKE_PART, values(tx, part, **alive, **untold), unless=SessionOver)


def _activated(tx: Transaction, session_digest: bytes, *, now: int, idle_until: int) -> Ran:
    parameters = {"tenant": tx.tenant_id, "digest": session_digest, "now": now, "idle": idle_until}
    return tx.run(_ACTIVATE, parameters)


def set_evidence(tx: Transaction, transaction_id: str, evidence: str) -> None:
    """Store the evidence of a login that was verified later."""
    tx.connection.execute(_SET_EVIDENCE, {"tenant": tx.tenant_id, "transaction": transaction_id, "text": evidence})


def set_acr(tx: Transaction, transaction_id: str, acr: str) -> None:
    """Store the level of a login that was finished in a weaker way than it was proved in."""
    tx.connection.execute(_SET_ACR, {"tenant": tx.tenant_id, "transaction": transaction_id, "level": acr})


def end(tx: Transaction, transaction_id: str, *, now: int) -> bool:
    """End a login: its session and all tokens it led to. False when it was over before.

    The session's row is what a redemption locks: whichever of the two comes second sees what the first one did.
    The moment is kept to the quarter of an hour: whoever logs out of several sectors at once leaves nothing in the
    database that is theirs alone.
    """
    parameters = {"tenant": tx.tenant_id, "transaction": transaction_id, "now": quarter(now)}
    if tx.connection.execute(_END, parameters).rowcount != 1:
        return False
    tx.connection.execute(_END_SESSION, parameters)
    return True
