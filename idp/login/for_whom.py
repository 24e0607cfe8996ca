"""For whom somebody signs in: for themselves, or for a person for whom they may act at this service.

Asked after the card has told who is there: at a service that takes agents, of a person who has a representation
that holds there now. What they may choose is found by who they are, never by what a form says.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import structs

from idp.agents.acting import Acting
from idp.agents.registry import Standing
from idp.login import acceptance, dispatch
from idp.login.records import Records, after
from idp.login.transaction import Attempt
from idp.store.shortlived import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class ForWhom:
    """The step and everything it needs."""

    standing: Standing
    records: Records

    def question(self, attempt: Attempt) -> Sequence[Acting] | None:
        """For whom they may act; None where there is nothing to ask.

        Empty where the service wants an agent, and whoever is there may act for nobody.

        Only who is at a device of their own, with a certificate, acts for somebody: at a counter there is staff.
        """
        transaction = attempt.transaction
        if transaction.for_whom or transaction.proved_by not in dispatch.BY_THEMSELVES:
            return None
        found = self._usable(attempt)
        return found if found or transaction.request.by_agent else None

    def mark(self, attempt: Attempt, acting: Acting) -> str:
        """What the form calls a choice: another value in every login."""
        session = dispatch.session_of(attempt.tenant, attempt.transaction).encode()
        return attempt.tenant.keys.own_form(session, f"for {acting.representation_id.hex()}")

    def choose(self, attempt: Attempt, chosen: str) -> Attempt | None:
        """The login for whom the form says: SELF, or a mark. None for what was not offered, or is over."""
        tenant, transaction = attempt.tenant, attempt.transaction
        offered = self.question(attempt)
        if offered is None:
            return None
        if chosen == dispatch.SELF:
            return None if transaction.request.by_agent else self._settled(attempt, dispatch.SELF)
        if transaction.signature or transaction.application_signed:
            return None  # who has signed for themselves goes on for themselves
        for acting in offered:
            if hmac.compare_digest(self.mark(attempt, acting).encode(), chosen.encode()):
                text = acting.to_text().encode()
                sealed = acceptance.seal_in(tenant, transaction.transaction_id, "for_whom", text)
                return self._settled(attempt, sealed)
        return None

    def still_holds(self, attempt: Attempt) -> bool:
        """Whether they may still act for whom they chose: another window may have ended it. True for oneself."""
        acting = dispatch.acting_in(attempt.tenant, attempt.transaction)
        if acting is None:
            return True
        now = {(one.representation_id, one.principal, one.agent) for one in self._usable(attempt)}
        return (acting.representation_id, acting.principal, acting.agent) in now

    def _usable(self, attempt: Attempt) -> Sequence[Acting]:
        tenant, client, transaction = attempt.tenant, attempt.client, attempt.transaction
        if not client.agent_kinds:  # most services: nothing is opened for them
            return ()
        agent, procedure = dispatch.handle_of(tenant, transaction), transaction.request.wish.procedure
        return self.standing.usable(tenant, client, agent, procedure)

    def _settled(self, attempt: Attempt, for_whom: str) -> Attempt | None:
        """The login with that answer; None where another window was first, with an answer or with a signature."""
        transaction = attempt.transaction
        signed = {"signature": transaction.signature, "application_signed": transaction.application_signed}
        expected = dispatch.as_seen(transaction) | {"for_whom": ""} | signed
        step = Change(expected, {"for_whom": for_whom})
        changed = self.records.change(attempt.tenant, transaction.transaction_id, step)
        if changed is None or not changed.applied:
            return None
        return structs.replace(attempt, transaction=after(changed, step))
