"""Ending every session of a person. It opens each live session of the tenant: for rare cases."""

from datetime import datetime

from idp.sealing import Place, SealBroken
from idp.store import sessions
from idp.store.engine import Transaction
from idp.tenancy import Tenant


def end_of(tx: Transaction, tenant: Tenant, handle: bytes, now: datetime) -> int:
    """End the sessions of that person; how many there were."""
    moment = int(now.timestamp())
    mine = [
        session.session_digest
        for session in sessions.live(tx, now=moment)
        if _handle_in(tenant, session) == handle
    ]
    sessions.end(tx, mine, now=moment)
    return len(mine)


def _handle_in(tenant: Tenant, session: sessions.LiveSession) -> bytes | None:
    try:
        return tenant.keys.open(Place("session", session.session_digest, "handle"), session.sealed_handle)
    except SealBroken:
        return None
