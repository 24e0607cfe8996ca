"""Sealed rows that did not open where they were read: how often that was, by the audit trail."""

from collections import Counter
from datetime import datetime, timedelta

from idp.oversight import audit
from idp.oversight.audit import Action
from idp.store.engine import Transaction
from idp.tenants.tenancy import Tenant

SEALS_LOOKED_AT = timedelta(days=30)


def seals_broken(tx: Transaction, tenant: Tenant, *, since: datetime) -> Counter[str]:
    """How many such alarms there were since then, by table."""
    alarms = audit.told(tx, tenant.keys, Action.SEAL_BROKEN, since=since)
    return Counter(str(details["table"]) for _, details in alarms)
