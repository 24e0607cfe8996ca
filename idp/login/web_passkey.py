"""The page of a login on which a passkey is shown. The one page that needs JavaScript: browsers offer nothing
else.

Without it, and where there is no passkey, the card page is one link away. It belongs to the browser that holds the
transaction's cookie.
"""

from dataclasses import dataclass

import structlog
from flask import Flask, Response, request

from idp.answers import status_of
from idp.errors import Reason, Refusal
from idp.login.attempts import Attempts, transaction_cookie
from idp.login.passkey import PasskeyStep
from idp.login.states import State
from idp.login.transaction import Attempt
from idp.login.transactions import Transactions
from idp.passkeys.ceremony import CeremonyFailed
from idp.web.web import PageWriter, current_language, current_tenant, see_other

_log = structlog.get_logger("idp.login")


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyPages:
    """The routes."""

    attempts: Attempts
    transactions: Transactions
    step: PasskeyStep
    pages: PageWriter

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule("/login/<transaction_id>/passkey", "passkey", self.ask, methods=["GET"])
        app.add_url_rule("/login/<transaction_id>/passkey", "by_passkey", self.show, methods=["POST"])

    def ask(self, transaction_id: str) -> Response:
        """Where the browser is asked for a passkey."""
        attempt = self._open(transaction_id)
        return attempt if isinstance(attempt, Response) else self._page(attempt, failed=False)

    def show(self, transaction_id: str) -> Response:
        """Judge what the browser brought; on with the login when it is right."""
        attempt = self._open(transaction_id)
        if isinstance(attempt, Response):
            return attempt
        given = request.form.getlist("answer")
        if len(given) != 1:
            return self.pages.error("bad_request", 400)
        try:
            return see_other(self.step.run(attempt, given[0]))
        except CeremonyFailed:
            again = self._open(transaction_id)
            return again if isinstance(again, Response) else self._page(again, failed=True)
        except Refusal as refusal:
            return self._refused(attempt, refusal)

    def _refused(self, attempt: Attempt, refusal: Refusal) -> Response:
        """A passkey that is right, and is of no use now: the card page says why, and what to do."""
        _log.info("login.refused", reason=refusal.reason, detail=refusal.detail)
        if refusal.reason is Reason.ALREADY_USED:
            return self.pages.error("already_finished", status_of(refusal.reason))
        self.transactions.turn_away(attempt.tenant, attempt.transaction, refusal)
        return see_other(_url(attempt))

    def _open(self, transaction_id: str) -> Attempt | Response:
        """The attempt that waits in this browser and takes passkeys, or the answer instead."""
        tenant = current_tenant()
        cookie = transaction_cookie(tenant, transaction_id)
        attempt = self.attempts.of(self.transactions.load(tenant, transaction_id, cookie))
        if attempt is None:
            return self.pages.error("expired", 410)
        if attempt.transaction.state is not State.WAITING:
            return see_other(_url(attempt))
        if not attempt.transaction.is_login or not _offered(attempt):
            return self.pages.error("not_found", 404)
        if attempt.demand.combined and attempt.transaction.first is not None:
            return see_other(_url(attempt))
        return attempt

    def _page(self, attempt: Attempt, *, failed: bool) -> Response:
        try:
            options = self.step.offer(attempt)
        except Refusal as refusal:
            return self._refused(attempt, refusal)
        combined, url = attempt.demand.combined, _url(attempt)
        by_password = combined and attempt.demand.offers_password(attempt.tenant)
        response = self.pages.page(
            "passkey.html",
            form_ends_at_service=True,
            service_name=attempt.client.name(current_language()),
            for_residents=attempt.demand.offers_passkey(attempt.tenant),
            action_url=f"{url}/passkey",
            options=options,
            failed=failed,
            card_url=None if combined else url,
            password_url=f"{url}/password" if by_password else None,
            leave_url=f"{url}/leave",
        )
        response.status_code = 403 if failed else 200
        return response


def _offered(attempt: Attempt) -> bool:
    """Whether somebody's passkey is taken: a resident's, or the staff's."""
    return attempt.demand.offers_passkey(attempt.tenant) or attempt.demand.offers_staff_passkey(attempt.tenant)


def _url(attempt: Attempt) -> str:
    return attempt.tenant.url(f"/login/{attempt.transaction.transaction_id}")
