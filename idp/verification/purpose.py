"""What a service verifies certificates for, and the municipality's agreement to it: two officers say yes.

Certificates may be asked about for a stated purpose only; until it is approved, no access token is given.
"""

from dataclasses import dataclass

from idp.oversight import authentic
from idp.oversight.approval import Action, Approvals, Payload, Proposal
from idp.oversight.audit import Auditor
from idp.registration import PURPOSE_CHARACTERS, NotAllowed
from idp.services.registrations import Members, rewrite
from idp.store.engine import Transaction
from idp.tenants.tenancy import VERIFY, Tenant

APPROVE = "verification.purpose"


def propose(approvals: Approvals, tenant: Tenant, client_id: str, purpose: str) -> Proposal:
    """Ask the officers. Raises NotAllowed for a purpose that is none."""
    return approvals.propose(tenant, APPROVE, {"client_id": client_id, "purpose": purpose})


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeActs:
    """What the officers' second yes does."""

    auditor: Auditor

    def actions(self) -> dict[str, Action]:
        """By name, for `Approvals`."""
        return {APPROVE: Action(summary=_summary, apply=self._apply)}

    def _apply(self, tx: Transaction, tenant: Tenant, payload: Payload) -> None:
        """Note the agreement, if the purpose is still the one that was shown. Raises NotAllowed."""
        client_id, purpose = _read(payload)

        def agree(stored: Members) -> Members:
            verify = stored.get("verify", {})
            if verify.get("purpose") != purpose:
                raise NotAllowed("the service states another purpose by now")
            mac = authentic.approval_of(tenant.keys, client_id, purpose)
            return {**stored, "verify": {**verify, "approved": True, "mac": mac}}

        try:
            rewrite(tx, self.auditor, tenant, client_id, agree, scope=VERIFY)
        except LookupError as error:
            raise NotAllowed("there is no such service") from error


def _summary(payload: Payload) -> str:
    client_id, purpose = _read(payload)
    return f"let the service {client_id} verify certificates, for: {purpose}"


def _read(payload: Payload) -> tuple[str, str]:
    client_id, purpose = payload["client_id"], payload["purpose"]
    if not (isinstance(client_id, str) and isinstance(purpose, str) and 0 < len(purpose) <= PURPOSE_CHARACTERS):
        raise NotAllowed("this is no purpose of a service")
    return client_id, purpose
