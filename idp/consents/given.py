"""What each service may receive of a person, as they agreed to it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from idp.items import ITEMS
from idp.store import consents, pair_life
from idp.store.engine import Transaction
from idp.store.pairs import Consent, PairRow
from idp.tenants.tenancy import Client, Tenant


@dataclass(frozen=True, slots=True)
class Given:
    """One service's consent. `items`: those that it receives; `declined`: those that it asked for and does not.

    `others`: scopes of the consent that are no items (`openid`, `offline_access`, a resource's). `since`: the
    day on which the person was asked last. `withdrawn`: they took all of it back, and are asked again at the
    next login.
    """

    client: Client
    pair: PairRow
    items: tuple[str, ...]
    declined: tuple[str, ...]
    others: tuple[str, ...]
    since: date
    consent: Consent = field(repr=False)

    @property
    def withdrawn(self) -> bool:
        """Whether they took all of it back: they are asked again at the next login."""
        return self.consent.is_withdrawn

    def is_by_law(self, item: str) -> bool:
        """Whether a law asks for the item: it is not the person's to take back."""
        terms = self.client.claim_terms.get(item)
        return terms is not None and terms.by_law


def of_person(tx: Transaction, tenant: Tenant, handle: bytes) -> list[Given]:
    """The consents of a person at all services of the tenant, by service. Needs no key."""
    indexes = [tenant.keys.pair_index(sector, handle) for sector in tenant.sectors]
    found = [given for pair in pair_life.live_at(tx, indexes).values() for given in _on(tx, tenant, pair)]
    return sorted(found, key=lambda given: given.client.service_id)


def at(tx: Transaction, tenant: Tenant, client: Client, handle: bytes) -> Given | None:
    """The consent of a person at one service, None where they never agreed to anything there."""
    indexes = [tenant.keys.pair_index(sector, handle) for sector in client.sectors]
    for pair in pair_life.live_at(tx, indexes).values():
        for given in _on(tx, tenant, pair):
            if given.client.client_id == client.client_id:
                return given
    return None


def _on(tx: Transaction, tenant: Tenant, pair: PairRow) -> Iterator[Given]:
    for row in consents.of_pair(tx, pair.pair_id):
        client = tenant.clients.get(row.client_id)
        if client is None:
            continue
        released, declined = row.consent.released.split(), row.consent.declined.split()
        yield Given(
            client=client,
            pair=pair,
            items=tuple(item for item in ITEMS if item in released),
            declined=tuple(item for item in ITEMS if item in declined),
            others=tuple(name for name in released if name not in ITEMS),
            since=row.created,
            consent=row.consent,
        )
