"""Officers, proposals and who approved them. Never on the path of a login."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values

OPEN = "open"
LIVE, REMOVED = "live", "removed"
_o, _p, _a = schema.officer, schema.proposal, schema.approval


@dataclass(frozen=True, slots=True)
class OfficerRow:
    """Somebody who may approve. `token_digest`: keyed digest of the token's SHA-256; `state` live or removed."""

    officer_id: str
    token_digest: bytes
    state: str
    created: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRow:
    """A wish: `payload` JSON; `state` open, applied or withdrawn; times in seconds since 1970."""

    proposal_id: str
    action: str
    payload: str
    state: str
    proposed_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """One officer's approval of a proposal; `mac` binds it to exactly what was approved."""

    officer_id: str
    approved_at: int
    mac: bytes


def hold_officers(tx: Transaction) -> None:
    """Make other transactions that call this wait until `tx` ends. (SQLite has one writer anyway.)"""
    tenant = schema.tenant
    held = select(tenant.c.tenant_id).where(tenant.c.tenant_id == tx.tenant_id).with_for_update(key_share=True)
    tx.connection.execute(held)


def add_officer(tx: Transaction, row: OfficerRow) -> bool:
    """Insert an officer. False when the name was ever taken."""
    return tx.connection.execute(insert(_o).on_conflict_do_nothing(), values(tx, row)).rowcount == 1


def officers(tx: Transaction) -> list[OfficerRow]:
    """All who ever were officers, by name."""
    columns = (_o.c.officer_id, _o.c.token_digest, _o.c.state, _o.c.created)
    statement = select(*columns).where(_o.c.tenant_id == tx.tenant_id).order_by(_o.c.officer_id)
    return [OfficerRow(**row._mapping) for row in tx.connection.execute(statement)]


def remove_officer(tx: Transaction, officer_id: str, *, void_digest: bytes) -> bool:
    """Take an officer's right away, and the digest with it: no later edit of `state` gives it back."""
    mine = (_o.c.tenant_id == tx.tenant_id, _o.c.officer_id == officer_id, _o.c.state == LIVE)
    statement = update(_o).where(*mine).values(state=REMOVED, token_digest=void_digest)
    return tx.connection.execute(statement).rowcount == 1


def add_proposal(tx: Transaction, row: ProposalRow) -> None:
    """Insert a proposal. A taken id ends the transaction with WriteConflict."""
    tx.connection.execute(_p.insert(), values(tx, row))


def proposal(tx: Transaction, proposal_id: str, *, held: bool = False) -> ProposalRow | None:
    """A proposal, or None. `held`: nobody else can hold or change it until `tx` ends."""
    statement = select(*(_p.c[name] for name in ProposalRow.__slots__)).where(
        _p.c.tenant_id == tx.tenant_id, _p.c.proposal_id == proposal_id
    )
    row = tx.connection.execute(statement.with_for_update(key_share=True) if held else statement).first()
    return None if row is None else ProposalRow(**row._mapping)


def proposals(tx: Transaction, *, count: int) -> list[ProposalRow]:
    """The newest proposals first, in whatever state."""
    statement = select(*(_p.c[name] for name in ProposalRow.__slots__)).where(_p.c.tenant_id == tx.tenant_id)
    newest = statement.order_by(_p.c.proposed_at.desc(), _p.c.proposal_id).limit(count)
    return [ProposalRow(**row._mapping) for row in tx.connection.execute(newest)]


def settle(tx: Transaction, proposal_id: str, state: str) -> bool:
    """End an open proposal as `state`. False when it was open no longer."""
    mine = (_p.c.tenant_id == tx.tenant_id, _p.c.proposal_id == proposal_id, _p.c.state == OPEN)
    return tx.connection.execute(update(_p).where(*mine).values(state=state)).rowcount == 1


def add_approval(tx: Transaction, proposal_id: str, row: ApprovalRow) -> bool:
    """Insert an approval. False when this officer has approved already."""
    statement = insert(_a).on_conflict_do_nothing()
    return tx.connection.execute(statement, values(tx, row, proposal_id=proposal_id)).rowcount == 1


def approvals(tx: Transaction, proposal_id: str) -> list[ApprovalRow]:
    """Who approved, the first first."""
    columns = (_a.c.officer_id, _a.c.approved_at, _a.c.mac)
    mine = (_a.c.tenant_id == tx.tenant_id, _a.c.proposal_id == proposal_id)
    statement = select(*columns).where(*mine).order_by(_a.c.approved_at, _a.c.officer_id)
    return [ApprovalRow(**row._mapping) for row in tx.connection.execute(statement)]
