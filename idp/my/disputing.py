"""This was not me: everything that is open ends at once, what could be misused is dead, and it is written down.

Services hear that the logins are over, as of any that ends, and no more: what one of them makes of its own records
is between it and the resident, who is told whom to call.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from idp.login import named_again, own_pages
from idp.login.sign_ins import Visit
from idp.my.resident import Resident
from idp.my.sessions import OpenLogins
from idp.oversight.audit import Action, Auditor
from idp.people.merging import EndWays
from idp.people.transfer import TransferCodes
from idp.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputing:
    """The act. `end_given`: ends what lets others act for them on their own word (`idp/agents/mandates.py`)."""

    store: Store
    logins: OpenLogins
    transfer_codes: TransferCodes
    end_ways: EndWays
    end_given: EndWays
    auditor: Auditor
    now: Callable[[], datetime]

    def run(self, resident: Resident, visit: Visit | None) -> int:
        """Report a sign-in as somebody else's, None for one that they cannot name; how many logins ended."""
        tenant = resident.tenant
        client_id = "" if visit is None else visit.client_id or own_pages.CLIENT_ID
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            ended = self.logins.end_all(tx, resident)
            self.transfer_codes.cancel(tx, tenant, resident.handle)
            self.end_ways(tx, tenant, resident.handle)
            self.end_given(tx, tenant, resident.handle)
            self.auditor.record(
                tx,
                tenant.keys,
                Action.SIGN_IN_DISPUTED,
                "reported",
                client_id=client_id,
                at=visit.sign_in.at if visit else None,
                logins_ended=ended,
                person=self._tag(resident, client_id),
            )
        return ended

    def _tag(self, resident: Resident, client_id: str) -> str | None:
        """The person as the service's audit of this month names them, by the certificate that reports it."""
        name = resident.session.proof.certificate
        if name is None:
            return None
        index = named_again.index(resident.tenant, name)
        return resident.tenant.keys.audit_tag(client_id, self.now(), index)
