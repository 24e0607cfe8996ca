"""Values that may be spent once: each leaves its digest here until nobody would believe it any more."""

from sqlalchemy import bindparam, delete
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction

_o = schema.one_time_value
_SPEND = insert(_o).on_conflict_do_nothing()
_FORGET = delete(_o).where(_o.c.tenant_id == bindparam("tenant"), _o.c.expires_at <= bindparam("now"))


def spend(tx: Transaction, purpose: str, digest: bytes, *, expires_at: int) -> bool:
    """Spend a value of that purpose: one insert-if-absent. False when it was spent before.

    `digest`: SHA-256 of the value. `expires_at`: until when the value itself could be shown, seconds since 1970.
    """
    row = {"tenant_id": tx.tenant_id, "purpose": purpose, "digest": digest, "expires_at": expires_at}
    return tx.connection.execute(_SPEND, row).rowcount == 1


def forget(tx: Transaction, *, now: int) -> int:
    """Delete what is over; how many rows."""
    return tx.connection.execute(_FORGET, {"tenant": tx.tenant_id, "now": now}).rowcount
