"""Forgetting logins: what browsers, services and tokens needed of them, once nobody may come back for it.

The accepted proof and its evidence stay, as does the audit; whose session it was and where it went on do not.
"""

from collections.abc import Iterable
from datetime import datetime

from idp.store import refresh_families, sessions, tokens
from idp.store.engine import Store
from idp.tenants.tenancy import Tenant

MARGIN_SECONDS = 60 * 60
"""More than an access token lives after its session, and than the clocks of machines differ."""
PARTICIPANTS_SECONDS = 30 * 24 * 60 * 60
"""How long an operator sees how services were told: as long as deliveries that were given up are kept."""


def forget(store: Store, tenants: Iterable[Tenant], now: datetime) -> None:
    """Delete sessions, codes and tokens that are over, and which services took part in old logins."""
    moment = int(now.timestamp())
    for tenant in tenants:
        with store.for_tenant(tenant.tenant_id).write() as tx:
            sessions.forget(tx, before=moment - MARGIN_SECONDS)
            sessions.forget_participants(tx, before=moment - PARTICIPANTS_SECONDS)
            tokens.forget(tx, before=moment - MARGIN_SECONDS)
            refresh_families.forget(tx, before=moment - MARGIN_SECONDS)
