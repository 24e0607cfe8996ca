"""What the pages share on which somebody shows something else than a card: a passkey, a password, a certificate.

They belong to the browser that holds the transaction's cookie, as the card page does, and lead back to that page.
"""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from flask import Response

from idp.answers import status_of
from idp.errors import Reason, Refusal
from idp.login.attempts import Attempts, transaction_cookie
from idp.login.states import State
from idp.login.transaction import Attempt
from idp.login.transactions import Transactions
from idp.web.web import PageWriter, current_tenant, see_other

_log = structlog.get_logger("idp.login")


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingLogins:
    """Opens the login that such a page is of, and answers for it where it goes no further."""

    attempts: Attempts
    transactions: Transactions
    pages: PageWriter

    def open(self, transaction_id: str, is_offered: Callable[[Attempt], bool]) -> Attempt | Response:
        """The attempt that waits in this browser and takes what the page is for, or the answer instead."""
        tenant = current_tenant()
        cookie = transaction_cookie(tenant, transaction_id)
        attempt = self.attempts.of(self.transactions.load(tenant, transaction_id, cookie))
        if attempt is None:
            return self.pages.error("expired", 410)
        if attempt.transaction.state is not State.WAITING:
            return see_other(attempt.transaction.url(attempt.tenant))
        if not attempt.transaction.is_login or not is_offered(attempt):
            return self.pages.error("not_found", 404)
        if attempt.demand.combined and attempt.transaction.first is not None:
            return see_other(attempt.transaction.url(attempt.tenant))  # the second of two proofs is the card
        return attempt

    def refused(self, attempt: Attempt, refusal: Refusal) -> Response:
        """What was shown is right, and is of no use now: the card page says why, and what to do."""
        _log.info("login.refused", reason=refusal.reason, detail=refusal.detail)
        if refusal.reason is Reason.ALREADY_USED:
            return self.pages.error("already_finished", status_of(refusal.reason))
        self.transactions.turn_away(attempt.tenant, attempt.transaction, refusal)
        return see_other(attempt.transaction.url(attempt.tenant))
