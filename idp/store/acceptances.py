"""Accepted proofs with their evidence, and the sessions they found."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

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
    )
    .values(active=True)
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
    """The session that an acceptance founds; inactive until a code of it is redeemed."""

    session_digest: bytes
    sealed_handle: bytes
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
    if tx.connection.execute(_ADD, values(tx, acceptance)).rowcount != 1:
        return False
    if session is not None:
        add_session(tx, acceptance.transaction_id, session)
    return True


def add_session(tx: Transaction, transaction_id: str, session: NewSession) -> None:
    """Store the session of an accepted login."""
    tx.connection.execute(_ADD_SESSION, values(tx, session, transaction_id=transaction_id, active=False))


def live(tx: Transaction, *, now: int) -> list[LiveSession]:
    """Every session of the tenant that has not ended."""
    return [LiveSession(*row) for row in tx.connection.execute(_LIVE, {"tenant": tx.tenant_id, "now": now})]


def activate_session(tx: Transaction, session_digest: bytes, *, now: int) -> bool:
    """Mark the session as one that a browser holds. False when it is over: its login was overturned, or is old."""
    parameters = {"tenant": tx.tenant_id, "digest": session_digest, "now": now}
    return tx.connection.execute(_ACTIVATE, parameters).rowcount == 1


def set_evidence(tx: Transaction, transaction_id: str, evidence: str) -> None:
    """Store the evidence of a login that was verified later."""
    tx.connection.execute(_SET_EVIDENCE, {"tenant": tx.tenant_id, "transaction": transaction_id, "text": evidence})


def set_acr(tx: Transaction, transaction_id: str, acr: str) -> None:
    """Store the level of a login that was finished in a weaker way than it was proved in."""
    tx.connection.execute(_SET_ACR, {"tenant": tx.tenant_id, "transaction": transaction_id, "level": acr})


def end_session(tx: Transaction, transaction_id: str, *, now: int) -> None:
    """End the session that a login founded."""
    tx.connection.execute(_END_SESSION, {"tenant": tx.tenant_id, "transaction": transaction_id, "now": now})
