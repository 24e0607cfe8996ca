"""The home of stored registrations: each is read, changed and written back here, in one step.

The row is locked meanwhile, so that of two changes at once neither is lost; running servers load the tenant anew
within seconds, and the audit entry commits with the change.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from idp.audit import Action, Auditor
from idp.store import tenants
from idp.store.engine import Transaction
from idp.tenancy import Tenant

Members = Mapping[str, Any]
"""A client's metadata as stored (`idp/registration.py`)."""


def to_text(members: Members) -> str:
    """As it is stored."""
    return json.dumps(members, ensure_ascii=False, sort_keys=True)


def rewrite(
    tx: Transaction,
    auditor: Auditor,
    tenant: Tenant,
    client_id: str,
    change: Callable[[Members], Members],
    **details: object,
) -> None:
    """Store what `change` makes of a client's metadata; `details` go into the audit entry.

    Raises LookupError for a client that is none, and what `change` raises: nothing is written then.
    """
    changed = change(json.loads(tenants.registration(tx, client_id)))
    tenants.set_registration(tx, client_id, to_text(changed))
    tenants.touch(tx)
    auditor.record(tx, tenant.keys, Action.SERVICE_CHANGED, "done", client_id=client_id, **details)
