"""Ending: a resident stops one service, or is no more. A number ends with the last grant of its sector.

A later login makes a number of the next generation, which nothing joins to this one. No number is issued again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from idp.events.events import EventName, Events
from idp.events.outbox import JSON
from idp.oversight.ledger import Ledger, Operation
from idp.people import former_numbers, sessions
from idp.people.merging import EndWays, open_ppid
from idp.people.record import By
from idp.people.represented import Represented
from idp.people.resident_codes import ResidentCodes
from idp.registration import NotAllowed
from idp.store import pair_life, sign_ins, signed_statements
from idp.store.engine import Transaction
from idp.store.pair_life import ENDED
from idp.store.pairs import LIVE, PairRow
from idp.tenants.tenancy import Client, Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The act, inside the transaction of whoever speaks for the resident.

    `stop_user_number`: ends what a service (client id) has linked to a pair (its id); `end_latest`: what J-LIS
    tells it of that pair.
    """

    ledger: Ledger
    events: Events
    stop_user_number: Callable[[Transaction, Tenant, str, bytes], bool]
    end_latest: Callable[[Transaction, Tenant, str, bytes], int]
    codes: ResidentCodes
    end_ways: EndWays
    represented: Represented
    end_login: sessions.EndLogin
    now: Callable[[], datetime]

    def would_end(self, tx: Transaction, tenant: Tenant, client: Client, handle: bytes) -> bool:
        """Whether the number itself would end, too. Raises NotAllowed where the service holds none."""
        pair = self._held(tx, tenant, client, handle)
        return [grant.client_id for grant in pair_life.grants(tx, pair.pair_id)] == [client.client_id]

    def run(self, tx: Transaction, tenant: Tenant, client: Client, handle: bytes) -> bool:
        """End the service's grant, with consent, tokens and its own user number; whether the number ended, too.

        Raises NotAllowed.
        """
        pair, last = self._held(tx, tenant, client, handle), self.would_end(tx, tenant, client, handle)
        self._end_grant(tx, tenant, pair, client.client_id)
        self.represented.suspend(tx, tenant, handle, client.client_id)
        if last:
            _end_pair(tx, tenant, pair)
        sub, occurred = open_ppid(tenant, pair), self.now()
        self.events.emit(tx, tenant, client, sub, EventName.CONSENT_WITHDRAWN, {}, occurred)
        details: dict[str, JSON] = {"client_id": client.client_id, "number_ended": last}
        self.ledger.record(tx, tenant.keys, Operation.GRANT_ENDED, details, secret={"pair": pair.pair_id.hex()})
        return last

    def disable(self, tx: Transaction, tenant: Tenant, handle: bytes) -> int:
        """End everything of a person who is no more: sessions, grants, numbers, 利用者コード; how many were told.

        Their certificates are J-LIS's to revoke. Whoever comes with one all the same is given new numbers.
        """
        told, occurred = 0, self.now()
        representations_ended = self.represented.end_of(
            tx, tenant, handle
        )  # first: services are told by their numbers
        for pair in pair_life.live_at(tx, [tenant.keys.pair_index(s, handle) for s in tenant.sectors]).values():
            for grant in pair_life.grants(tx, pair.pair_id):
                self._end_grant(tx, tenant, pair, grant.client_id)
                client, sub = tenant.clients.get(grant.client_id), open_ppid(tenant, pair)
                if client is not None:
                    self.events.emit(tx, tenant, client, sub, EventName.ACCOUNT_DISABLED, {}, occurred)
                    told += 1
            _end_pair(tx, tenant, pair)
        sessions.end_of(tx, tenant, handle, occurred, self.end_login)
        cancelled = self.codes.cancel(tx, tenant, handle)
        details: dict[str, JSON] = {
            "by": By.OFFICERS,
            "services": told,
            "resident_code_cancelled": cancelled,
            "ways_ended": self.end_ways(tx, tenant, handle),
            "representations_ended": representations_ended,
        }
        self.ledger.record(tx, tenant.keys, Operation.PERSON_DISABLED, details, secret={"person": handle.hex()})
        return told

    def _end_grant(self, tx: Transaction, tenant: Tenant, pair: PairRow, client_id: str) -> None:
        pair_life.change_grant(tx, pair.pair_id, client_id, LIVE, ENDED)
        pair_life.forget_consent(tx, pair.pair_id, client_id)
        pair_life.revoke_tokens(tx, pair.pair_id, client_id=client_id)
        former_numbers.end_any(tx, tenant.keys, client_id, pair.pair_index)
        self.stop_user_number(tx, tenant, client_id, pair.pair_id)
        sign_ins.forget_grant(tx, pair.pair_id, client_id)
        self.end_latest(tx, tenant, client_id, pair.pair_id)
        signed_statements.forget_of_pair(tx, pair.pair_id, client_id)

    def _held(self, tx: Transaction, tenant: Tenant, client: Client, handle: bytes) -> PairRow:
        for pair in pair_life.live_at(tx, [tenant.keys.pair_index(s, handle) for s in client.sectors]).values():
            if client.client_id in {grant.client_id for grant in pair_life.grants(tx, pair.pair_id)}:
                return pair
        raise NotAllowed("this service holds no number for this person")


def _end_pair(tx: Transaction, tenant: Tenant, pair: PairRow) -> None:
    """Leave the number's tombstone alone in its place, and remember that the next one is of another generation."""
    pair_life.put(tx, pair.pair_id, index=tenant.keys.ended_pair_index(pair.pair_id), state=ENDED)
    pair_life.count_generation(tx, pair.pair_index, pair.generation + 1)
