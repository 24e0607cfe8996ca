"""Services of the profile `legacy`: old software that is let in until a day, by the yes of two officers.

Until they have agreed, and from that day on, the service is refused.
"""

import re
from dataclasses import dataclass
from datetime import date

from idp.oversight import authentic
from idp.oversight.approval import Action, Approvals, Payload, Proposal
from idp.oversight.audit import Auditor
from idp.registration import NotAllowed
from idp.services.registrations import Members, rewrite
from idp.store.engine import Transaction
from idp.tenants.tenancy import Tenant

APPROVE = "service.legacy"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def propose(approvals: Approvals, tenant: Tenant, client_id: str, until: date) -> Proposal:
    """Ask the officers. Raises NotAllowed."""
    return approvals.propose(tenant, APPROVE, {"client_id": client_id, "until": until.isoformat()})


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyActs:
    """What the officers' second yes does."""

    auditor: Auditor

    def actions(self) -> dict[str, Action]:
        """By name, for `Approvals`."""
        return {APPROVE: Action(summary=_summary, apply=self._apply)}

    def _apply(self, tx: Transaction, tenant: Tenant, payload: Payload) -> None:
        """Note the agreement, if the service still ends on the day that was shown. Raises NotAllowed."""
        client_id, until = _read(payload)

        def agree(stored: Members) -> Members:
            legacy = stored.get("legacy", {})
            if legacy.get("until") != until:
                raise NotAllowed("the service ends on another day by now")
            mac = authentic.legacy_approval_of(tenant.keys, client_id, until)
            return {**stored, "legacy": {**legacy, "approved": True, "mac": mac}}

        try:
            rewrite(tx, self.auditor, tenant, client_id, agree, profile="legacy", until=until)
        except LookupError as error:
            raise NotAllowed("there is no such service") from error


def _summary(payload: Payload) -> str:
    client_id, until = _read(payload)
    return f"let the service {client_id} in without PKCE, by the profile legacy, until {until}"


def _read(payload: Payload) -> tuple[str, str]:
    client_id, until = payload["client_id"], payload["until"]
    if not (isinstance(client_id, str) and isinstance(until, str) and _DAY.fullmatch(until)):
        raise NotAllowed("this is no end of a service of the profile legacy")
    return client_id, until
