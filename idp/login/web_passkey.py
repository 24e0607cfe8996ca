"""The page of a login on which a passkey is shown. The one page that needs JavaScript: browsers offer nothing
else.

Without it, and where there is no passkey, the card page is one link away. It belongs to the browser that holds the
transaction's cookie.
"""

from dataclasses import dataclass

from flask import Flask, Response, request

from idp.errors import Refusal
from idp.login.passkey import PasskeyStep
from idp.login.transaction import Attempt
from idp.login.web_other_way import WaitingLogins
from idp.passkeys.ceremony import CeremonyFailed
from idp.web.web import PageWriter, current_language, see_other


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyPages:
    """The routes."""

    waiting: WaitingLogins
    step: PasskeyStep
    pages: PageWriter

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule("/login/<transaction_id>/passkey", "passkey", self.ask, methods=["GET"])
        app.add_url_rule("/login/<transaction_id>/passkey", "by_passkey", self.show, methods=["POST"])

    def ask(self, transaction_id: str) -> Response:
        """Where the browser is asked for a passkey."""
        attempt = self.waiting.open(transaction_id, _offered)
        return attempt if isinstance(attempt, Response) else self._page(attempt, failed=False)

    def show(self, transaction_id: str) -> Response:
        """Judge what the browser brought; on with the login when it is right."""
        attempt = self.waiting.open(transaction_id, _offered)
        if isinstance(attempt, Response):
            return attempt
        given = request.form.getlist("answer")
        if len(given) != 1:
            return self.pages.error("bad_request", 400)
        try:
            return see_other(self.step.run(attempt, given[0]))
        except CeremonyFailed:
            again = self.waiting.open(transaction_id, _offered)
            return again if isinstance(again, Response) else self._page(again, failed=True)
        except Refusal as refusal:
            return self.waiting.refused(attempt, refusal)

    def _page(self, attempt: Attempt, *, failed: bool) -> Response:
        try:
            options = self.step.offer(attempt)
        except Refusal as refusal:
            return self.waiting.refused(attempt, refusal)
        combined, url = attempt.demand.combined, attempt.transaction.url(attempt.tenant)
        by_password = combined and attempt.demand.offers_password
        response = self.pages.page(
            "passkey.html",
            form_ends_at=attempt.client.redirect_uris,
            service_name=attempt.client.name(current_language()),
            for_residents=attempt.demand.offers_passkey,
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
    return attempt.demand.offers_passkey or attempt.demand.offers_staff_passkey
