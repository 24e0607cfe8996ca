"""Accepted proofs with their evidence, and the sessions they found; what becomes of these is in `sessions.py`."""

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, case, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.events.quarters import quarter
from idp.store import schema
from idp.store.engine import Transaction, values

_a, _s = schema.acceptance, schema.session
_ADD = insert(_a).on_conflict_do_nothing()
_ADD_SESSION = insert(_s)
_ACTIVATE = (
    update(_s)
    .where(
        _s.c.tenant_id == bindparam("tenant"),
        _s.c.session_digest == bindparam("digest"),
        _s.c.expires_at > bindparam("now"),
        ~exists().where(
            _a.c.tenant_id == _s.c.tenant_id,
            _a.c.transaction_id == _s.c.transaction_id,
            _a.c.ended_at.is_not(None),
        ),
    )
    .values(
        active=True,
        idle_until=case((and_(_s.c.active, _s.c.idle_until == 0), 0), else_=bindparam("idle")),
    )
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """One accepted proof. `amr` space-separated; `evidence` JSON; `accepted_at` seconds since 1970."""

    transaction_id: str
    client_id: str
    acr: str
    amr: str
    evidence: str
    accepted_at: int


@dataclass(frozen=True, slots=True)
class NewSession:
    """The session that an acceptance founds; inactive until a code of it is redeemed.

    `sealed_certificate`: whom to ask about when it is continued (`idp/login/named_again.py`).
    """

    session_digest: bytes
    sector_id: str
    sealed_handle: bytes
    sealed_certificate: bytes | None
    expires_at: int


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session that has not ended, active or not."""

    transaction_id: str
    session_digest: bytes
    sealed_handle: bytes


def add(tx: Transaction, acceptance: Acceptance, session: NewSession | None) -> bool:
    """Store both; None where nobody knows yet whose session it would be.

    False when this transaction was accepted already: nothing was written.
    """
    if tx.run(_ADD, values(tx, acceptance)).rowcount != 1:
        return False
    if session is not None:
        add_session(tx, acceptance.transaction_id, session)
    return True


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
    parameters = {"tenant": tx.tenant_id, "digest": session_digest, "now": now, "idle": idle_until}
    return tx.run(_ACTIVATE, parameters).rowcount == 1


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
