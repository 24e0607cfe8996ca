"""A representation is used: counted for both sides to see, and remembered for the tokens of the login."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from idp.agents import acting as logins
from idp.agents.acting import Acting
from idp.agents.registry import Registry, standing
from idp.agents.representation import EndedBy
from idp.store.engine import Transaction
from idp.tenants.tenancy import Client, Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Using:
    """The act, inside the transaction that gives the tokens."""

    registry: Registry
    now: Callable[[], datetime]

    def run(self, tx: Transaction, tenant: Tenant, client: Client, transaction_id: str, acting: Acting) -> bool:
        """Use it at that service. False where it does not hold any more: nothing was written.

        One that is for once is over by that, but for this login.
        """
        kept = self.registry.one(tx, tenant, acting.representation_id, held=True)
        now = self.now()
        if kept is None or kept.body.kind not in client.agent_kinds:
            return False
        still = standing(tx, tenant, kept, now)
        if still is None or (still.principal, still.agent) != (acting.principal, acting.agent):
            return False
        body = kept.body.used(client.service_id, now)
        self.registry.put(tx, tenant, replace(kept, body=body.ended(EndedBy.USED, now) if body.once else body))
        logins.keep(tx, tenant.keys, transaction_id, still, now=int(now.timestamp()))
        return True
