"""Ending: a resident stops one service. The number that it knew them by ends with the last grant of its sector.

A later login makes a number of the next generation, which nothing joins to this one. No number is issued again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from idp.events import EventName, Events
from idp.ledger import Ledger, Operation
from idp.outbox import JSON
from idp.people.merging import open_ppid
from idp.registration import NotAllowed
from idp.store import pair_life
from idp.store.engine import Transaction
from idp.store.pair_life import ENDED, PairRow
from idp.store.pairs import LIVE
from idp.tenancy import Client, Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The act, inside the transaction of whoever speaks for the resident."""

    ledger: Ledger
    events: Events
    now: Callable[[], datetime]

    def would_end(self, tx: Transaction, tenant: Tenant, client: Client, handle: bytes) -> bool:
        """Whether the number itself would end, too. Raises NotAllowed where the service holds none."""
        pair = self._held(tx, tenant, client, handle)
        return [grant.client_id for grant in pair_life.grants(tx, pair.pair_id)] == [client.client_id]

    def run(self, tx: Transaction, tenant: Tenant, client: Client, handle: bytes) -> bool:
        """End the service's grant, consent and tokens; whether the number ended, too. Raises NotAllowed."""
        pair, last = self._held(tx, tenant, client, handle), self.would_end(tx, tenant, client, handle)
        pair_life.change_grant(tx, pair.pair_id, client.client_id, LIVE, ENDED)
        pair_life.forget_consent(tx, pair.pair_id, client.client_id)
        pair_life.revoke_tokens(tx, pair.pair_id, client_id=client.client_id)
        if last:
            ended = tenant.keys.ended_pair_index(pair.pair_id)
            pair_life.put(tx, pair.pair_id, index=ended, state=ENDED)
            pair_life.count_generation(tx, pair.pair_index, pair.generation + 1)
        sub, occurred = open_ppid(tenant, pair), self.now()
        self.events.emit(tx, tenant, client, sub, EventName.CONSENT_WITHDRAWN, {}, occurred)
        details: dict[str, JSON] = {"client_id": client.client_id, "number_ended": last}
        self.ledger.record(tx, tenant.keys, Operation.GRANT_ENDED, details, secret={"pair": pair.pair_id.hex()})
        return last

    def _held(self, tx: Transaction, tenant: Tenant, client: Client, handle: bytes) -> PairRow:
        index = tenant.keys.pair_index(client.sector_id, handle)
        pair = pair_life.live_at(tx, [index]).get(index)
        if pair is None or client.client_id not in {g.client_id for g in pair_life.grants(tx, pair.pair_id)}:
            raise NotAllowed("this service holds no number for this person")
        return pair
