"""The number by which a service knew a person before: of a migration, or of a merge of two people."""

from dataclasses import dataclass

from idp.keys.sealing import Place
from idp.people import former_numbers
from idp.people.former_numbers import Former, mark_of
from idp.store import former_numbers as stored
from idp.store import migrating
from idp.store.engine import Transaction
from idp.store.former_numbers import FormerRow
from idp.tenants.tenancy import Client, Tenant


@dataclass(frozen=True, slots=True)
class Previous:
    """The former number. `iss`: who gave it, empty for this issuer; `until`: then the service hears it no more."""

    sub: str
    iss: str = ""
    until: int = 0


def latest(
    noted: Previous | None, former: Former | None, *, pair_id: bytes, migration_id: str, now: int
) -> Previous | None:
    """The one that a service hears of a pair: the newer of a migration's (`noted`) and a merge's (`former`).

    A merge's counts in its window and for the pair to which it led: once a migration has changed that number, too,
    the merge's is older. Of the same pair, the merge's is the newer where the service was in that very migration
    already; a migration that began later wins while its own window is open.
    """
    if former is None or former.pair_id != pair_id or now >= former.ends_at:
        return noted
    if noted is not None and now < noted.until and former.mark != mark_of(migration_id):
        return noted
    return Previous(former.number, until=former.ends_at)


def of_both(
    tenant: Tenant,
    client: Client,
    pair_id: bytes,
    noted: migrating.Previous | None,
    row: FormerRow | None,
    *,
    now: int,
) -> Previous | None:
    """`latest` of what is stored."""
    before = open_previous(tenant, client, pair_id, noted) if noted else None
    former = former_numbers.opened(tenant.keys, row) if row else None
    migration_id = client.window.migration_id if client.window else ""
    return latest(before, former, pair_id=pair_id, migration_id=migration_id, now=now)


def of_token(
    tx: Transaction, tenant: Tenant, client: Client, pair_id: bytes, pair_index: bytes, *, now: int
) -> Previous | None:
    """The same for the pair of a token, which is read by its id; `pair_index`: where it is found."""
    is_open = client.window is not None and client.window.is_open(now)
    noted = migrating.previous(tx, client.client_id, pair_id) if is_open else None
    return beside(tx, tenant, client, pair_id, pair_index, noted, now=now)


def beside(
    tx: Transaction,
    tenant: Tenant,
    client: Client,
    pair_id: bytes,
    pair_index: bytes,
    noted: migrating.Previous | None,
    *,
    now: int,
) -> Previous | None:
    """The same beside what was read of a migration already."""
    row = stored.find(tx, tenant.keys.former_index(client.client_id, pair_index))
    return of_both(tenant, client, pair_id, noted, row, now=now)


def previous_place(client_id: str, pair_id: bytes) -> Place:
    """Where the number is sealed by which a service knew the person of a pair before a migration."""
    return Place("moved_grant", client_id.encode() + b"\x00" + pair_id, "previous")


def open_previous(tenant: Tenant, client: Client, pair_id: bytes, found: migrating.Previous) -> Previous:
    """The number by which the service knew the person before a migration."""
    sub = tenant.keys.open(previous_place(client.client_id, pair_id), found.sealed_previous).decode()
    window = client.window
    return Previous(sub, window.previous_iss, window.ends_at) if window else Previous(sub)
