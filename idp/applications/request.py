"""From a login that asks for the signature on an application to that signature, or to a login without it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from msgspec import structs

from idp.applications import statement
from idp.consent_signing.signings import Signings
from idp.japan import day_in_japan
from idp.login import dispatch
from idp.login.records import Records, after
from idp.login.transaction import TRANSACTION_SECONDS, Attempt
from idp.store.shortlived import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationRequest:
    """The steps and everything they need."""

    signings: Signings
    records: Records
    now: Callable[[], datetime]
    step: dispatch.Signs = dispatch.Signs.APPLICATION

    def begin(self, attempt: Attempt) -> tuple[str, str]:
        """Begin the signature for a login: (its transaction's id, the secret for its cookie).

        The login waits as long as the signature may take. Raises LookupError where no application was handed over.
        """
        tenant, client, transaction = attempt.tenant, attempt.client, attempt.transaction
        asked = transaction.request.application
        if asked is None:
            raise LookupError("no application was handed over in this login")
        procedure = client.procedures.get(transaction.request.wish.procedure)
        signed = statement.of(tenant, client, procedure, asked, day_in_japan(self.now()))
        self.records.prolong(tenant, transaction.transaction_id, (), seconds=2 * TRANSACTION_SECONDS)
        handle = dispatch.handle_of(tenant, transaction)
        return self.signings.begin(tenant, client, handle, signed, back=self.step.path(attempt))

    def collected(self, attempt: Attempt, transaction_id: str, cookie: str) -> Attempt | None:
        """The login with what was signed for it in that transaction; None where nothing was, or not for it.

        Whoever signed there is the person of the login: another's signature is refused where it is made.
        """
        signed = self.signings.collect(attempt.tenant, transaction_id, cookie, back=self.step.path(attempt))
        if signed is None:
            return None
        return self._settled(attempt, dispatch.application_signed(transaction_id, signed.signed_at))

    def without(self, attempt: Attempt) -> Attempt | None:
        """The login without it, where the service does not require it; None where it does, or it is over."""
        if self.is_required(attempt):
            return None
        return self._settled(attempt, dispatch.WITHOUT_SIGNATURE)

    def is_required(self, attempt: Attempt) -> bool:
        """Whether nobody goes on without: by the request, or by the procedure as it is now."""
        asked = attempt.transaction.request.application
        return attempt.demand.signed_application or (asked is not None and asked.required)

    def _settled(self, attempt: Attempt, came_of_it: str) -> Attempt | None:
        expected = dispatch.as_seen(attempt.transaction) | {"application_signed": ""}
        step = Change(expected, {"application_signed": came_of_it})
        changed = self.records.change(attempt.tenant, attempt.transaction.transaction_id, step)
        if changed is None or not changed.applied:
            return None
        return structs.replace(attempt, transaction=after(changed, step))
