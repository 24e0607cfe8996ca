"""Forgetting what names people for a while, once its time is over."""

from collections.abc import Iterable
from datetime import datetime

from idp.people import former_numbers
from idp.store import person_codes
from idp.store.engine import Store
from idp.tenants.tenancy import Tenant


def forget(store: Store, tenants: Iterable[Tenant], now: datetime) -> None:
    """Delete references, transfer codes and former numbers that count no more."""
    moment = int(now.timestamp())
    for tenant in tenants:
        with store.for_tenant(tenant.tenant_id).write() as tx:
            person_codes.forget(tx, now=moment)
            former_numbers.forget(tx, tenant.keys, now=moment)
