"""Who has a number: mostly the handle that it was derived for, but not after people were merged, or tenants."""

import json
from dataclasses import dataclass, field

from idp.keys.sealing import Place, TenantKeys
from idp.people.record import surviving
from idp.store.engine import Transaction
from idp.store.pairs import PairRow
from idp.tenants.tenancy import Tenant


@dataclass(frozen=True, slots=True)
class Origin:
    """Of a number that another tenant gave, that replaced one, or that a split gave to the other person: by whose
    ids it was derived, and who has it.

    `holder`: the person's handle here, empty until they have come here.
    """

    tenant_id: str
    sector_id: str
    holder: bytes = field(default=b"", repr=False)


def seal_origin(keys: TenantKeys, pair_id: bytes, origin: Origin) -> bytes:
    """The origin as it is stored."""
    said = {"tenant_id": origin.tenant_id, "sector_id": origin.sector_id, "holder": origin.holder.hex()}
    return keys.seal(_place(pair_id), json.dumps(said).encode())


def open_origin(keys: TenantKeys, pair_id: bytes, sealed: bytes) -> Origin:
    """Undo `seal_origin`. Raises SealBroken."""
    said = json.loads(keys.open(_place(pair_id), sealed))
    return Origin(said["tenant_id"], said["sector_id"], bytes.fromhex(said["holder"]))


def origin_of(tenant: Tenant, row: PairRow) -> Origin:
    """By whose ids a number was derived: the tenant's own, where no origin is kept."""
    if row.sealed_origin is None:
        return Origin(tenant.tenant_id, row.sector_id)
    return open_origin(tenant.keys, row.pair_id, row.sealed_origin)


def of(tx: Transaction, tenant: Tenant, row: PairRow) -> bytes:
    """The handle under which the pair is found: another than its own after people were merged.

    Raises LookupError for a pair that is found under none that is known: it must not be given to anybody.
    """
    derived_for = tenant.keys.open(_handle_place(row.pair_id), row.sealed_handle)
    for handle in (derived_for, owner(tx, tenant, row)):
        if tenant.keys.pair_index(row.sector_id, handle) == row.pair_index:
            return handle
    raise LookupError("a pair belongs to nobody who is known")


def owner(tx: Transaction, tenant: Tenant, row: PairRow) -> bytes:
    """The handle of whoever has the number, or had it: the survivor's, where people were merged.

    Of a number that another tenant gave and whose person has not come yet, the one for which it was derived.
    """
    return surviving(tx, tenant.keys, first_owner(tenant, row))


def first_owner(tenant: Tenant, row: PairRow) -> bytes:
    """The same as it was before any merge."""
    holder = origin_of(tenant, row).holder
    return holder or tenant.keys.open(_handle_place(row.pair_id), row.sealed_handle)


def _handle_place(pair_id: bytes) -> Place:
    """As `idp/login/pairwise.py` seals it, which people may not import."""
    return Place("pair", pair_id, "handle")


def _place(pair_id: bytes) -> Place:
    return Place("pair", pair_id, "origin")
