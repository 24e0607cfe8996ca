"""Initial access tokens: by their SHA-256, on which terms each registers a service, and how often it still may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, delete, select, update

from idp.store import schema
from idp.store.engine import Transaction, values

_i = schema.invitation
_MINE = (_i.c.tenant_id == bindparam("tenant"), _i.c.token_digest == bindparam("digest"))
_LIVE = (_i.c.uses_left > 0, _i.c.expires_at > bindparam("now"))
_COLUMNS = (_i.c.token_digest, _i.c.terms, _i.c.uses_left, _i.c.expires_at, _i.c.created)
_FIND = select(*_COLUMNS).where(*_MINE, *_LIVE)
_USE = update(_i).where(*_MINE, *_LIVE).values(uses_left=_i.c.uses_left - 1)
_EVERY = select(*_COLUMNS).where(_i.c.tenant_id == bindparam("tenant")).order_by(_i.c.created, _i.c.token_digest)
_FORGET = delete(_i).where(_i.c.tenant_id == bindparam("tenant"), _i.c.expires_at <= bindparam("before"))
_WITHDRAW = delete(_i).where(*_MINE)


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An invitation; `terms` is JSON (`idp/services/invitations.py`), `expires_at` in seconds since 1970."""

    token_digest: bytes
    terms: str
    uses_left: int
    expires_at: int
    created: date


def add(tx: Transaction, row: InvitationRow) -> None:
    """Store an invitation by a token of 256 random bits."""
    tx.connection.execute(_i.insert(), values(tx, row))


def find(tx: Transaction, token_digest: bytes, *, now: int) -> InvitationRow | None:
    """The invitation of that token, while it may be used."""
    found = tx.connection.execute(_FIND, {"tenant": tx.tenant_id, "digest": token_digest, "now": now}).first()
    return InvitationRow(**found._mapping) if found else None


def use(tx: Transaction, token_digest: bytes, *, now: int) -> bool:
    """Take one use of it. False when none is left: of many at once no more than there were."""
    asked = {"tenant": tx.tenant_id, "digest": token_digest, "now": now}
    return tx.connection.execute(_USE, asked).rowcount == 1


def every(tx: Transaction) -> Sequence[InvitationRow]:
    """All of them, used up and over as well, the oldest first."""
    found = tx.connection.execute(_EVERY, {"tenant": tx.tenant_id})
    return [InvitationRow(**row._mapping) for row in found]


def withdraw(tx: Transaction, token_digest: bytes) -> bool:
    """Delete one. False when there is none."""
    return tx.connection.execute(_WITHDRAW, {"tenant": tx.tenant_id, "digest": token_digest}).rowcount == 1


def forget(tx: Transaction, *, before: int) -> None:
    """Delete those that were over at that moment."""
    tx.connection.execute(_FORGET, {"tenant": tx.tenant_id, "before": before})
