"""The page that asks for whom somebody signs in, and what follows. Without JavaScript.

It belongs to the browser that holds the session which the login's accepted proof founded, like the consent page.
"""

from dataclasses import dataclass

from flask import Flask, Response, request

from idp.login import consent, dispatch
from idp.login.transaction import Attempt
from idp.login.web_pages import LoginPages
from idp.web.web import PageWriter, current_language, current_tenant, see_other

LEAVE = "leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForWhomPages:
    """The routes."""

    login: LoginPages
    pages: PageWriter

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule("/login/<transaction_id>/for", "for_whom", self.ask, methods=["GET"])
        app.add_url_rule("/login/<transaction_id>/for", "for_whom_chosen", self.choose, methods=["POST"])

    def ask(self, transaction_id: str) -> Response:
        """For whom."""
        tenant = current_tenant()
        attempt = self.login.consenting(tenant, transaction_id)
        if attempt is None:
            return self.pages.error("already_finished", 410)
        return self._page(attempt) or see_other(f"{attempt.transaction.url(tenant)}/consent")

    def choose(self, transaction_id: str) -> Response:
        """On with the login for whom was chosen, or back to the service without one."""
        tenant = current_tenant()
        attempt = self.login.consenting(tenant, transaction_id)
        if attempt is None:
            return self.pages.error("already_finished", 410)
        chosen = request.form.getlist("for")
        if request.form.getlist("form") != [attempt.transaction.form] or len(chosen) != 1:
            return self.pages.error("bad_request", 400)
        if chosen == [LEAVE]:
            return self._leave(attempt)
        settled = self.login.for_whom.choose(attempt, chosen[0])
        if settled is None:
            return self.pages.error("representation_over", 410)
        return self.login.completed(settled)

    def _leave(self, attempt: Attempt) -> Response:
        if not self.login.transactions.finish(attempt.tenant, attempt.transaction, allowed=False):
            return self.pages.error("already_finished", 410)
        consent.record_denial(self.login.store, self.login.auditor, attempt.tenant, attempt.client)
        return self.login.off(attempt, dispatch.Denied(attempt.transaction.request))

    def _page(self, attempt: Attempt) -> Response | None:
        """The question; None where there is none."""
        offered = self.login.for_whom.question(attempt)
        if offered is None:
            return None
        tenant, transaction = attempt.tenant, attempt.transaction
        return self.pages.page(
            "for_whom.html",
            form_ends_at=attempt.client.redirect_uris,
            service_name=attempt.client.name(current_language()),
            choices=[(self.login.for_whom.mark(attempt, one), one) for one in offered],
            alone=not transaction.request.by_agent,
            my_url=tenant.url("/my/agents"),
            action_url=f"{transaction.url(tenant)}/for",
            transaction=[("form", transaction.form)],
        )
