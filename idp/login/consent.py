"""Consent: what a resident is asked before a service receives their number, and what is remembered of it.

Remembered is each item by itself: what was agreed to, what was declined, on which of the service's terms. A
question that brings nothing new is not asked again.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import replace

from msgspec import Struct

from idp.login.pairwise import Pair
from idp.oversight.audit import Action, Auditor
from idp.sources.normal import leaves_open
from idp.sources.record import Read
from idp.store.engine import Store
from idp.store.pairs import Consent
from idp.tenants.tenancy import ATTRIBUTES, PROFILE, Client, Tenant

_BY_ITEM = frozenset({*ATTRIBUTES, PROFILE})
"""Scopes of which each item is asked for by itself."""
_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False)


class Question(Struct, frozen=True):
    """What is asked. `names`: of scopes and items; `optional`: items that may be declined.

    `purpose_digest`: of what the page states about the service; `marks` and `terms`: of each item, a keyed
    digest of its value, and one of the service's terms where it states any.
    """

    names: frozenset[str]
    optional: frozenset[str]
    purpose_digest: bytes
    marks: Mapping[str, str]
    terms: Mapping[str, str]

    @property
    def stated(self) -> str:
        """By which an answer shows that it answers this question, and not one that has changed meanwhile."""
        text = json.dumps([sorted(self.names), sorted(self.optional), dict(self.terms), dict(self.marks)])
        return hashlib.sha256(self.purpose_digest + text.encode()).hexdigest()[:16]

    def answered(self, allowed: Collection[str], earlier: Consent | None) -> Consent:
        """The consent of somebody who agreed, to these of the optional items.

        What they said before about what is not asked now stays, unless the page stated something else then.
        """
        declined = self.optional - set(allowed)
        given = self.names - declined
        kept = earlier or Consent("", b"")
        if kept.purpose_digest != self.purpose_digest:
            kept = Consent("", self.purpose_digest)
        return Consent(
            " ".join(sorted(given | (set(kept.released.split()) - self.names))),
            self.purpose_digest,
            _of(kept.marks, self.names) | {name: mark for name, mark in self.marks.items() if name in given},
            " ".join(sorted(declined | (set(kept.declined.split()) - self.names))),
            _of(kept.terms, self.names) | dict(self.terms),
        )


def _of(earlier: Mapping[str, str], asked: Collection[str]) -> dict[str, str]:
    return {name: digest for name, digest in earlier.items() if name not in asked}


def asked_of(
    tenant: Tenant, client: Client, scopes: tuple[str, ...], handle: bytes, read: Read | None
) -> Question:
    """What is asked: the scopes and what was read from the card, for the purpose and sharing that the page states.

    Another purpose, name or circle of services sharing the number makes another digest, and so a new question; so
    do other terms of an item, and an item with another value than this service received of this person (`handle`)
    last. What a service may have and this login did not bring is not asked for.
    """
    names, purpose = frozenset(scopes) - _BY_ITEM, tenant.once_for(_purpose_digest, client)
    if read is None:
        return Question(names, frozenset(), purpose, {}, {})
    values = {item: value for item, value in read.values.items() if not _is_moot(client, item, value)}
    terms = {item: client.claim_terms[item] for item in values if item in client.claim_terms}
    return Question(
        names=names.union(values),
        optional=frozenset(item for item, one in terms.items() if not one.required),
        purpose_digest=purpose,
        marks={
            name: tenant.keys.attribute_mark(client.client_id, handle, name, value)
            for name, value in values.items()
        },
        terms={item: one.digest() for item, one in terms.items()},
    )


def _purpose_digest(tenant: Tenant, client: Client) -> bytes:
    """Of what the page states about the service."""
    stated = {
        "names": dict(client.names),
        "purposes": dict(client.purposes),
        "shared_with": sorted(other.client_id for other in tenant.sharing(client)),
        "shared_for": tenant.sectors[client.sector_id].purpose,
    }
    return hashlib.sha256(_ENCODER.encode(stated).encode()).digest()


def _is_moot(client: Client, item: str, value: str) -> bool:
    """Whether there is nothing to choose: the card leaves open what the person could decline."""
    terms = client.claim_terms.get(item)
    return terms is not None and not terms.required and leaves_open(item, value)


def is_given(pair: Pair | None, asked: Question) -> bool:
    """Whether everything asked was answered before, for the same stated purpose and on the same terms."""
    if pair is None or pair.consent is None or pair.consent.purpose_digest != asked.purpose_digest:
        return False
    answered = set(pair.consent.released.split()) | (set(pair.consent.declined.split()) & asked.optional)
    same = all(pair.consent.terms.get(name) == asked.terms.get(name) for name in asked.marks)
    return same and asked.names <= answered and not changed(pair, asked)


def changed(pair: Pair | None, asked: Question) -> set[str]:
    """The items whose values are others than this service received last; none where it received none."""
    known = pair.consent.marks if pair and pair.consent else {}
    return {name for name, mark in asked.marks.items() if name in known and known[name] != mark}


def agreed(pair: Pair | None) -> frozenset[str]:
    """To what the person agrees at this service."""
    return frozenset(pair.consent.released.split()) if pair and pair.consent else frozenset()


def let_go(read: Read | None, pair: Pair) -> Read | None:
    """What was read, as far as the person agrees at this service."""
    return None if read is None else within(read, agreed(pair))


def within(read: Read | None, consented: Collection[str]) -> Read | None:
    """What was read, as far as the person agrees to hand it over; None where nothing is left."""
    if read is None:
        return None
    values = {name: value for name, value in read.values.items() if name in consented}
    return replace(read, values=values) if values else None


def record_denial(store: Store, auditor: Auditor, tenant: Tenant, client: Client) -> None:
    """Write down that a resident said no; nothing else is stored of it."""
    with store.for_tenant(tenant.tenant_id).write() as tx:
        auditor.record(tx, tenant.keys, Action.CONSENT_DENIED, "denied", client_id=client.client_id)
