"""Watching: what a service was told of a person's signature certificate, kept so that a change is known.

One sealed row for each service that asks and each of its residents who agreed; it hangs on the service's grant and
is of the same length whatever it says. It is written when something has changed, and says in clear neither what
nor when.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from idp.events.events import Events
from idp.keys.sealing import Place, TenantKeys
from idp.oversight.audit import Action, Auditor
from idp.signature_status import changes
from idp.signature_status.changes import Change
from idp.signature_status.named import Seen
from idp.store import signature_watches as rows
from idp.store.engine import Transaction
from idp.tenants.tenancy import Client, Tenant

_ID_BYTES = 16
_WIDTH = 1024
"""Bytes of a record before it is sealed: blanks fill it, which JSON passes over."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A person's pair with a service, by its id, and the number by which the service knows them."""

    tenant: Tenant
    client: Client
    pair_id: bytes
    sub: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """Keeps what was found and tells what has changed, inside the transaction of whoever found it."""

    events: Events
    auditor: Auditor
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def keep(self, tx: Transaction, of: Watched, found: Seen) -> None:
        """Keep what was found; where something else was known before, the service is told."""
        row = rows.find(tx, of.pair_id, of.client.client_id)
        if row is None:
            watch_id = self.token_bytes(_ID_BYTES)
            new = rows.WatchRow(watch_id, of.pair_id, of.client.client_id, _seal(of.tenant.keys, watch_id, found))
            rows.add(tx, new)
            return
        before = opened(of.tenant.keys, row)
        change = changes.between(before, found)
        if change.told or not change.kept.says_as(before):
            self.settle(tx, of, row, change)

    def settle(self, tx: Transaction, of: Watched, row: rows.WatchRow, change: Change) -> bool:
        """Keep a change and tell it. False, and nothing is told, when another was quicker."""
        sealed = _seal(of.tenant.keys, row.watch_id, change.kept)
        if not rows.replace(tx, row, sealed):
            return False
        for name, data in change.told:
            self.events.emit(tx, of.tenant, of.client, of.sub, name, data, self.now())
        if change.told:
            told = [str(name) for name, _ in change.told]
            action, client_id = Action.SIGNATURE_STATUS_CHANGED, of.client.client_id
            self.auditor.record(tx, of.tenant.keys, action, "told", client_id=client_id, events=told)
        return True


def opened(keys: TenantKeys, row: rows.WatchRow) -> Seen:
    """What a row says. Raises SealBroken."""
    return Seen.from_json(keys.open(place(row.watch_id), row.sealed_record))


def place(watch_id: bytes) -> Place:
    """Where a record is sealed."""
    return Place("signature_watch", watch_id, "record")


def _seal(keys: TenantKeys, watch_id: bytes, seen: Seen) -> bytes:
    return keys.seal(place(watch_id), seen.to_json().ljust(_WIDTH).encode())
