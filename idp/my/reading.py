"""Everything that one page tells of a person, read in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from idp.login.sign_ins import SignIns, Visit
from idp.my import holdings
from idp.my.holdings import Holding
from idp.my.resident import Resident
from idp.store.engine import Store, Transaction


@dataclass(frozen=True, slots=True)
class Overview:
    """The services that hold a number for somebody, and their sign-ins, the latest first."""

    holdings: Sequence[Holding]
    visits: Sequence[Visit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Reads it."""

    store: Store
    sign_ins: SignIns
    now: Callable[[], datetime]

    def overview(self, resident: Resident) -> Overview:
        """Of the person who is signed in, and of nobody else: they are the key by which it is found."""
        with self.store.for_tenant(resident.tenant.tenant_id).read() as tx:
            return self.within(tx, resident)

    def within(self, tx: Transaction, resident: Resident) -> Overview:
        """The same inside a transaction."""
        tenant, now = resident.tenant, int(self.now().timestamp())
        found = holdings.of(tx, tenant, resident.handle, now=now)
        pair_ids = {holding.pair_id for holding in found}
        return Overview(found, self.sign_ins.of(tx, tenant, pair_ids, resident.handle))
