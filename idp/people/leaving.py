"""Leaving: somebody ends everything that this tenant holds of them, themselves.

Every service's grant ends as if they had stopped it, each number with the last of its sector; sessions, codes and
sign-ins end or are deleted; then the certificates and the person's record are deleted, so that nothing here finds
them any more. Whoever comes again is somebody new, with new numbers. What stays: the tombstones of numbers, that
none is ever issued again; the links of user numbers, for the year in which a mistake is put right; the ledger and
the audit, which name nobody in clear.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from idp.oversight.ledger import Ledger, Operation
from idp.people import record, sessions
from idp.people.ending import Ending
from idp.people.resident_codes import ResidentCodes
from idp.people.transfer import TransferCodes
from idp.store import certificates, pair_life, people, sign_ins
from idp.store.engine import Transaction
from idp.tenants.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """The act, inside the transaction of the resident who leaves."""

    ending: Ending
    codes: ResidentCodes
    transfer_codes: TransferCodes
    ledger: Ledger
    end_login: sessions.EndLogin
    now: Callable[[], datetime]

    def run(self, tx: Transaction, tenant: Tenant, handle: bytes) -> int:
        """End it all; how many services held a number."""
        keys, services = tenant.keys, 0
        mine = record.read(tx, keys, handle, held=True) or record.Record()
        representations_ended = self.ending.represented.end_of(tx, tenant, handle)
        for pair in pair_life.live_at(tx, [keys.pair_index(sector, handle) for sector in tenant.sectors]).values():
            for grant in pair_life.grants(tx, pair.pair_id):
                client = tenant.clients.get(grant.client_id)
                if client is not None:
                    self.ending.run(tx, tenant, client, handle)
                    services += 1
        sessions.end_of(tx, tenant, handle, self.now(), self.end_login)
        self.transfer_codes.cancel(tx, tenant, handle)
        cancelled = self.codes.cancel(tx, tenant, handle)
        ways_ended = self.ending.end_ways(tx, tenant, handle)
        sign_ins.forget_own(tx, keys.own_pages_mark(handle))
        certificates.remove(tx, [member.index for member in mine.certificates])
        people.remove(tx, keys.person_index(handle))
        self.ledger.record(
            tx,
            keys,
            Operation.PERSON_LEFT,
            {
                "services": services,
                "certificates": len(mine.certificates),
                "resident_code_cancelled": cancelled,
                "ways_ended": ways_ended,
                "representations_ended": representations_ended,
            },
        )
        return services
