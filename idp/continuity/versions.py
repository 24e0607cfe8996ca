"""Pairs whose numbers were made with one version of one tenant's key: its own, or one that gave residents here.

A number that came in a merger keeps the giver's derivation inputs, so the version in its row is of the giver's
key, and a compromise of that key is stated here, at the tenant where the number is now. Whose key it was is kept
sealed: it is opened, row by row.
"""

from collections import Counter
from collections.abc import Iterator

from idp.continuity.holders import origin_of
from idp.continuity.plan import Plan
from idp.store import moving
from idp.store.engine import Transaction
from idp.store.pairs import PairRow
from idp.tenants.tenancy import Tenant

_AT_ONCE = 5000


def page(tx: Transaction, tenant: Tenant, plan: Plan, *, after: bytes, limit: int) -> tuple[list[PairRow], bytes]:
    """Some of these pairs, by id, and the id from which to go on; no pairs when none is left."""
    maker, carried = plan.other_tenant or tenant.tenant_id, bool(plan.other_tenant)
    while True:
        rows = moving.of_version(tx, plan.sectors, plan.from_version, carried=carried, after=after, limit=limit)
        found = [row for row in rows if origin_of(tenant, row).tenant_id == maker]
        if found or not rows:
            return found, rows[-1].pair_id if rows else after
        after = rows[-1].pair_id


def counted(tx: Transaction, tenant: Tenant, plan: Plan) -> dict[str, int]:
    """How many of these pairs each service has a live grant on; under "" how many there are."""
    own = {} if plan.other_tenant else moving.count_of_version(tx, plan.sectors, plan.from_version)
    count = Counter(own)
    for found in _kept(tx, tenant, plan):
        count[""] += len(found)
        count.update(client_id for _, client_id, _ in moving.grants(tx, [row.pair_id for row in found]))
    return {"": 0, **count}


def _kept(tx: Transaction, tenant: Tenant, plan: Plan) -> Iterator[list[PairRow]]:
    maker, after = plan.other_tenant or tenant.tenant_id, b""
    while rows := moving.of_version(
        tx, plan.sectors, plan.from_version, carried=True, after=after, limit=_AT_ONCE
    ):
        yield [row for row in rows if origin_of(tenant, row).tenant_id == maker]
        after = rows[-1].pair_id
