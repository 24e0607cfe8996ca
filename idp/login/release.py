"""Release: what a resident agreed to hand over is put where UserInfo finds it, sealed, until its token ends."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from idp.audit import Action, Auditor
from idp.directory import Directory
from idp.login import consent
from idp.login.attributes import Read, Source, leaves_open
from idp.login.pairwise import Pair
from idp.login.transaction import Attempt
from idp.sealing import Place
from idp.store import released
from idp.store.engine import Store, Transaction
from idp.store.released import ReleasedRow
from idp.tenancy import Tenant

KEPT_SECONDS = 60 + 600
"""The authorization code's minute, and the access token's ten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Puts attributes there, and takes away what is over."""

    store: Store
    auditor: Auditor
    now: Callable[[], datetime]

    def run(self, attempt: Attempt, pair: Pair, brought: Read | None) -> None:
        """Release what this login brought and the person agrees to: one write transaction, none where that is
        none.

        What the card leaves open is not kept: UserInfo has nothing to tell of it.
        """
        read = consent.within(brought, consent.agreed(pair))
        values = {} if read is None else {n: v for n, v in read.values.items() if not leaves_open(n, v)}
        if read is None or not values:
            return
        tenant, transaction_id = attempt.tenant, attempt.transaction.transaction_id
        ends = int(self.now().timestamp()) + KEPT_SECONDS
        rows = [
            ReleasedRow(
                transaction_id,
                name,
                read.source,
                tenant.keys.seal(_place(transaction_id, read.source, name), value.encode()),
                ends,
                pair.pair_id,
            )
            for name, value in values.items()
        ]
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            released.add(tx, rows)
            self.auditor.record(
                tx,
                tenant.keys,
                Action.ATTRIBUTES_RELEASED,
                "released",
                client_id=attempt.client.client_id,
                attributes=sorted(values),
                source=read.source,
            )

    def forget_over(self, directory: Directory) -> None:
        """Delete what is over, at every tenant."""
        for tenant in directory.all():
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                released.forget_over(tx, now=int(self.now().timestamp()))


def found(tx: Transaction, tenant: Tenant, transaction_id: str, *, now: int) -> Read | None:
    """What a login released, while it may still be told. Raises SealBroken for rows that were altered."""
    rows = released.find(tx, transaction_id, now=now)
    if not rows:
        return None
    source = rows[0].source
    values = {
        row.name: tenant.keys.open(_place(transaction_id, source, row.name), row.sealed_value) for row in rows
    }
    return Read(Source(source), {name: value.decode() for name, value in values.items()})


def _place(transaction_id: str, source: str, name: str) -> Place:
    """The source belongs to the place: a row that is changed in the database makes nothing verified."""
    return Place("released_attribute", f"{transaction_id} {source}".encode(), name)
