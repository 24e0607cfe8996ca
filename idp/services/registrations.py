"""The home of stored registrations: each is read, changed and written back here, in one step.

The row is locked meanwhile, so that of two changes at once neither is lost; running servers load the tenant anew
within seconds, and the audit entry commits with the change.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from idp.oversight.audit import Action, Auditor
from idp.store import tenants
from idp.store.engine import Transaction
from idp.tenants.tenancy import Tenant

Members = Mapping[str, Any]
"""A client's metadata as stored (`idp/registration/stored.py`)."""


def to_text(members: Members) -> str:
    """As it is stored."""
    return json.dumps(members, ensure_ascii=False, sort_keys=True)


def read(tx: Transaction, client_id: str) -> Members:
    """A client's metadata as it stands now. Raises LookupError for a client that is none."""
    members: Members = json.loads(tenants.registration(tx, client_id))
    return members


def change(tx: Transaction, client_id: str, anew: Callable[[Members], Members]) -> bool:
    """Store what `anew` makes of a client's metadata, as a part of an act that leaves its own audit entry.

    Whether that is anything else than before. Raises LookupError for a client that is none, and what `anew`
    raises: nothing is written then.
    """
    stored = read(tx, client_id)
    changed = anew(stored)
    if changed == stored:
        return False
    tenants.set_registration(tx, client_id, to_text(changed))
    tenants.touch(tx)
    return True


def rewrite(
    tx: Transaction,
    auditor: Auditor,
    tenant: Tenant,
    client_id: str,
    anew: Callable[[Members], Members],
    **details: object,
) -> None:
    """Store what `anew` makes of a client's metadata; `details` go into the audit entry.

    Raises LookupError for a client that is none, and what `anew` raises: nothing is written then.
    """
    change(tx, client_id, anew)
    auditor.record(tx, tenant.keys, Action.SERVICE_CHANGED, "done", client_id=client_id, **details)
