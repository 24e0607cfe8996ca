"""Consent: what a resident is asked before a service receives their number, and what is remembered of it."""

import hashlib
import json

from idp.audit import Action, Auditor
from idp.login.attributes import Read
from idp.login.pairwise import Pair
from idp.store import pairs
from idp.store.engine import Store
from idp.tenancy import ATTRIBUTES, PROFILE, Client, Tenant


def asked_of(
    tenant: Tenant, client: Client, scopes: tuple[str, ...], handle: bytes, read: Read | None
) -> pairs.Consent:
    """What is asked: the scopes and what was read from the card, for the purpose and sharing that the page states.

    Another purpose, name or circle of services sharing the number makes another digest, and so a new question; so
    does an attribute with another value than this service received of this person (`handle`) last. What a service
    may have and this login did not bring is not asked for.
    """
    stated = {
        "names": dict(client.names),
        "purposes": dict(client.purposes),
        "shared_with": sorted(other.client_id for other in tenant.sharing(client)),
        "shared_for": tenant.sectors[client.sector_id].purpose,
    }
    text = json.dumps(stated, sort_keys=True, ensure_ascii=False)
    values = {} if read is None else read.values
    named = {scope for scope in scopes if scope not in (*ATTRIBUTES, PROFILE)} | set(values)
    return pairs.Consent(
        " ".join(sorted(named)),
        hashlib.sha256(text.encode()).digest(),
        {
            name: tenant.keys.attribute_mark(client.client_id, handle, name, value)
            for name, value in values.items()
        },
    )


def is_given(pair: Pair | None, asked: pairs.Consent) -> bool:
    """Whether everything asked was consented to before, for the same stated purpose."""
    if pair is None or pair.consent is None or pair.consent.purpose_digest != asked.purpose_digest:
        return False
    return set(asked.released.split()) <= set(pair.consent.released.split()) and not changed(pair, asked)


def changed(pair: Pair | None, asked: pairs.Consent) -> set[str]:
    """The attributes whose values are others than this service received last; none where it received none."""
    known = pair.consent.marks if pair and pair.consent else {}
    return {name for name, mark in asked.marks.items() if name in known and known[name] != mark}


def record_denial(store: Store, auditor: Auditor, tenant: Tenant, client: Client) -> None:
    """Write down that a resident said no; nothing else is stored of it."""
    with store.for_tenant(tenant.tenant_id).write() as tx:
        auditor.record(tx, tenant.keys, Action.CONSENT_DENIED, "denied", client_id=client.client_id)
