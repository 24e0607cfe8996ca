"""Ending every session of a person. It opens each live session of the tenant: for rare cases."""

from collections.abc import Callable
from datetime import datetime

from idp.keys.sealing import Place, SealBroken
from idp.store import acceptances
from idp.store.engine import Transaction
from idp.tenants.tenancy import Tenant

EndLogin = Callable[[Transaction, Tenant, str], bool]
"""Ends the login of a transaction id inside `tx`, with all that hangs on it (`idp/login/sign_out.py`)."""


def end_of(tx: Transaction, tenant: Tenant, handle: bytes, now: datetime, end_login: EndLogin) -> int:
    """End the sessions of that person; how many there were."""
    moment = int(now.timestamp())
    mine = [live.transaction_id for live in acceptances.live(tx, now=moment) if _handle_in(tenant, live) == handle]
    return sum(end_login(tx, tenant, transaction_id) for transaction_id in mine)


def _handle_in(tenant: Tenant, session: acceptances.LiveSession) -> bytes | None:
    try:
        return tenant.keys.open(Place("session", session.session_digest, "handle"), session.sealed_handle)
    except SealBroken:
        return None
