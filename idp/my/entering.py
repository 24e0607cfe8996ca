"""Coming in and going out: a login that ends at the resident's own pages, and the end of its session."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from idp.keys.sealing import digest
from idp.login import dispatch, own_pages
from idp.login.dispatch import Finish
from idp.login.ending import Ending
from idp.login.sign_ins import SignIn, SignIns
from idp.login.sign_out import SignOut
from idp.login.single_sign_on import Why
from idp.login.transaction import Attempt, Request, Transaction
from idp.login.transactions import Transactions
from idp.my.resident import Resident
from idp.oversight.audit import Action, Auditor
from idp.store import acceptances
from idp.store.engine import Store
from idp.tenants.tenancy import Client, Tenant

_PATH = re.compile(r"/my(/[a-z0-9-]{1,64}){0,3}")
HOME = "/my"


def wanted(unverified: str) -> str:
    """The page below the issuer to which somebody wants to come: one of these pages, else the first of them."""
    return unverified if _PATH.fullmatch(unverified) else HOME


def finishing(services: Finish) -> Finish:
    """How logins end: to services as `services` says, and to one's own pages."""

    def finish(tenant: Tenant, client: Client, outcome: dispatch.Outcome) -> Ending:
        if own_pages.is_own(client):
            return Ending(tenant.url(HOME))
        return services(tenant, client, outcome)

    return finish


@dataclass(frozen=True, slots=True, kw_only=True)
class Entering:
    """Beginning, ending and leaving."""

    store: Store
    transactions: Transactions
    sign_ins: SignIns
    sign_out: SignOut
    auditor: Auditor
    now: Callable[[], datetime]

    def begin(self, tenant: Tenant, to: str, *, again: bool) -> tuple[Transaction, str]:
        """A login that leads to that page: its transaction, and the secret for its cookie.

        `again`: somebody is signed in.
        """
        request = Request(own_pages.CLIENT_ID, (), json.dumps({"to": wanted(to)}))
        step_up = Why.ACT if again else ""
        return self.transactions.start(tenant, request, cross_device=True, step_up=step_up)

    def finish(self, attempt: Attempt, *, browser: str) -> tuple[str, str] | None:
        """End a login whose proof is a person's: (their new session id, the page they wanted).

        None when it was ended before.
        """
        tenant, transaction = attempt.tenant, attempt.transaction
        if not self.transactions.finish(tenant, transaction):
            return None
        proof, prover = dispatch.accepted(transaction), dispatch.prover_of(tenant, transaction)
        moment = int(self.now().timestamp())
        made = SignIn(at=moment, login=transaction.transaction_id, acr=proof.acr, amr=proof.amr, browser=browser)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if not acceptances.activate_session(tx, digest(prover.session), now=moment, idle_until=0):
                return None
            self.sign_ins.keep_own(tx, tenant, prover.handle, made)
            self.auditor.record(tx, tenant.keys, Action.OWN_PAGES_ENTERED, "entered", acr=proof.acr)
        return prover.session, wanted(str(json.loads(transaction.request.body)["to"]))

    def leave(self, resident: Resident) -> None:
        """End the session of one's own pages, and no other."""
        self.sign_out.run(resident.tenant, [resident.session.transaction_id], sector_id=own_pages.SECTOR_ID)
