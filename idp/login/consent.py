"""Consent: what a resident is asked before a service receives their number, and what is remembered of it."""

import hashlib
import json

from idp.audit import Action, Auditor
from idp.login.pairwise import Pair
from idp.store import pairs
from idp.store.engine import Store
from idp.tenancy import Client, Tenant


def asked_of(tenant: Tenant, client: Client, scopes: tuple[str, ...]) -> pairs.Consent:
    """What is asked: the scopes, for the purpose and the sharing that the page states.

    Another purpose, name or circle of services sharing the number makes another digest, and so a new question.
    """
    stated = {
        "names": dict(client.names),
        "purposes": dict(client.purposes),
        "shared_with": sorted(other.client_id for other in tenant.sharing(client)),
        "shared_for": tenant.sectors[client.sector_id].purpose,
    }
    text = json.dumps(stated, sort_keys=True, ensure_ascii=False)
    return pairs.Consent(" ".join(sorted(scopes)), hashlib.sha256(text.encode()).digest())


def is_given(pair: Pair | None, asked: pairs.Consent) -> bool:
    """Whether everything asked was consented to before, for the same stated purpose."""
    if pair is None or pair.consent is None or pair.consent.purpose_digest != asked.purpose_digest:
        return False
    return set(asked.released.split()) <= set(pair.consent.released.split())


def record_denial(store: Store, auditor: Auditor, tenant: Tenant, client: Client) -> None:
    """Write down that a resident said no; nothing else is stored of it."""
    with store.for_tenant(tenant.tenant_id).write() as tx:
        auditor.record(tx, tenant.keys, Action.CONSENT_DENIED, "denied", client_id=client.client_id)
