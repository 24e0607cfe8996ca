"""Which services hold a number for a person: found by computing, sector by sector, where their pair would be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from idp.items import ITEMS
from idp.login.pairwise import open_ppid
from idp.store import own_pages as rows
from idp.store import pair_life, user_numbers
from idp.store.engine import Transaction
from idp.store.pairs import PairRow
from idp.tenants.tenancy import Client, Tenant
from idp.user_numbers.number import unseal


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A service that holds a number for the person.

    `since`: the day of its grant. `released`: scope names that were agreed to, on the day `agreed`; None where
    nobody asked. `lasting_until`: until when it may come back alone, seconds since 1970, 0 for not at all.
    `user_number`: the service's own for the person, empty for none.
    """

    client: Client
    pair_id: bytes = field(repr=False)
    number: str = field(repr=False)
    since: date
    released: tuple[str, ...]
    agreed: date | None
    lasting_until: int
    user_number: str = field(repr=False)

    @property
    def attributes(self) -> tuple[str, ...]:
        """Items that were agreed to."""
        return tuple(name for name in ITEMS if name in self.released)


def pairs_of(tx: Transaction, tenant: Tenant, handle: bytes) -> Mapping[bytes, PairRow]:
    """A person's live pairs, by id."""
    indexes = [tenant.keys.pair_index(sector, handle) for sector in tenant.sectors]
    return {pair.pair_id: pair for pair in pair_life.live_at(tx, indexes).values()}


def of(tx: Transaction, tenant: Tenant, handle: bytes, *, now: int) -> Sequence[Holding]:
    """The services, by service id. One that is removed holds nothing that anybody could ask for any more."""
    pairs = pairs_of(tx, tenant, handle)
    if not pairs:
        return ()
    lasting = rows.lasting(tx, pairs, now=now)
    found = []
    for grant in rows.grants(tx, pairs):
        client = tenant.clients.get(grant.client_id)
        if client is None:
            continue
        pair = pairs[grant.pair_id]
        found.append(
            Holding(
                client=client,
                pair_id=grant.pair_id,
                number=open_ppid(tenant, pair.pair_id, pair.sealed_ppid),
                since=grant.created,
                released=tuple((grant.released or "").split()),
                agreed=grant.agreed,
                lasting_until=lasting.get((grant.pair_id, grant.client_id), 0),
                user_number=_user_number(tx, tenant, client, grant.pair_id),
            )
        )
    return sorted(found, key=lambda holding: holding.client.service_id)


def at(found: Sequence[Holding], service_id: str) -> Holding | None:
    """The holding of one service, None where it holds nothing."""
    return next((holding for holding in found if holding.client.service_id == service_id), None)


def _user_number(tx: Transaction, tenant: Tenant, client: Client, pair_id: bytes) -> str:
    row = user_numbers.by_pair(tx, client.client_id, pair_id) if client.user_numbers else None
    return "" if row is None else unseal(tenant.keys, row.number_id, row.sealed_number)
