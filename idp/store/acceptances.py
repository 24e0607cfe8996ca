"""Accepted proofs with their evidence, and the sessions they found."""

from dataclasses import dataclass

from sqlalchemy import bindparam, update
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


def add(tx: Transaction, acceptance: Acceptance, session: NewSession) -> bool:
    """Store both. False when this transaction was accepted already: nothing was written."""
    if tx.connection.execute(_ADD, values(tx, acceptance)).rowcount != 1:
        return False
    tx.connection.execute(
        _ADD_SESSION,
        {
            "tenant_id": tx.tenant_id,
            "session_digest": session.session_digest,
            "transaction_id": acceptance.transaction_id,
            "sealed_handle": session.sealed_handle,
            "active": False,
            "expires_at": session.expires_at,
        },
    )
    return True


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
