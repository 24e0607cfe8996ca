"""Withdrawal: what a resident agreed to hand over they take back, at once, and the service is told.

An item disappears from UserInfo, on tokens that live, too; the service is told which. Without any consent UserInfo
answers `insufficient_scope`, and refresh tokens are over. The number stays: stopping a service altogether is
`idp/people/ending.py`. Whatever was taken back is asked for at the next login.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from idp.consents import given
from idp.consents.given import Given
from idp.events.events import EventName, Events
from idp.events.outbox import JSON
from idp.items import ITEMS
from idp.oversight.audit import Action, Auditor
from idp.people.merging import open_ppid
from idp.store import consents, pairs, refresh_families
from idp.store.engine import Transaction
from idp.store.pairs import Consent
from idp.tenants.tenancy import Client, Tenant


class NothingToWithdraw(ValueError):
    """The person never agreed to it there, took it back before, or a law asks for it."""


class LatestConsents(Protocol):
    """What J-LIS tells a service (client id) of a pair (its id) that has changed."""

    def end(self, tx: Transaction, tenant: Tenant, client_id: str, pair_id: bytes) -> int:
        """Nothing any more; how many consents ended."""
        ...

    def narrow(
        self, tx: Transaction, tenant: Tenant, client_id: str, pair_id: bytes, agreed: Collection[str]
    ) -> None:
        """Nothing but what these items are made of."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """The act, inside the transaction of whoever speaks for the resident. `handle`: whose consent it is."""

    events: Events
    latest: LatestConsents
    auditor: Auditor
    now: Callable[[], datetime]

    def item(self, tx: Transaction, tenant: Tenant, client: Client, handle: bytes, item: str) -> None:
        """Take one item back. Raises NothingToWithdraw."""
        found = _at(tx, tenant, client, handle)
        if item not in found.items or found.is_by_law(item):
            raise NothingToWithdraw(item)
        kept = found.consent
        left = replace(
            kept,
            released=" ".join(name for name in kept.released.split() if name != item),
            marks={name: mark for name, mark in kept.marks.items() if name != item},
            terms={name: digest for name, digest in kept.terms.items() if name != item},
        )
        self._store(tx, tenant, found, left)
        consents.forget_released(tx, found.pair.pair_id, client.client_id, [item])
        self.latest.narrow(tx, tenant, client.client_id, found.pair.pair_id, left.released.split())
        self._tell(tx, tenant, found, {"claims": [item]})

    def everything(self, tx: Transaction, tenant: Tenant, client: Client, handle: bytes) -> None:
        """Take all of a service's consent back. Raises NothingToWithdraw."""
        found = _at(tx, tenant, client, handle)
        self._store(tx, tenant, found, Consent("", found.consent.purpose_digest))
        consents.forget_released(tx, found.pair.pair_id, client.client_id)
        refresh_families.end_of_grant(tx, found.pair.pair_id, client.client_id)
        self.latest.end(tx, tenant, client.client_id, found.pair.pair_id)
        self._tell(tx, tenant, found, {})

    def updates(self, tx: Transaction, tenant: Tenant, client: Client, handle: bytes) -> None:
        """Take back that J-LIS tells the service what changes; the items stay agreed. Raises NothingToWithdraw."""
        found = _at(tx, tenant, client, handle)
        if not self.latest.end(tx, tenant, client.client_id, found.pair.pair_id):
            raise NothingToWithdraw("no consent to the latest information")

    def _store(self, tx: Transaction, tenant: Tenant, found: Given, left: Consent) -> None:
        client_id = found.client.client_id
        pairs.put_consent(tx, found.pair.pair_id, client_id, left, created=found.since)
        gone = [item for item in ITEMS if item in found.items and item not in left.released.split()]
        action, outcome = Action.CONSENT_WITHDRAWN, "all" if left.is_withdrawn else "items"
        self.auditor.record(tx, tenant.keys, action, outcome, client_id=client_id, items=gone)

    def _tell(self, tx: Transaction, tenant: Tenant, found: Given, data: dict[str, JSON]) -> None:
        sub = open_ppid(tenant, found.pair)
        self.events.emit(tx, tenant, found.client, sub, EventName.CONSENT_WITHDRAWN, data, self.now())


def _at(tx: Transaction, tenant: Tenant, client: Client, handle: bytes) -> Given:
    found = given.at(tx, tenant, client, handle)
    if found is None or found.withdrawn:
        raise NothingToWithdraw("no consent")
    return found
