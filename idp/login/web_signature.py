"""The pages to which a resident comes back from a signature, or without one. Without JavaScript.

It belongs to the browser that holds the session which the login's accepted proof founded, like the consent page.
"""

from dataclasses import dataclass

from flask import Flask, Response, request

from idp.login.attempts import transaction_cookie
from idp.login.dispatch import Signs, awaited
from idp.login.transaction import Attempt
from idp.login.web_pages import LoginPages
from idp.web.web import (
    PageWriter,
    current_language,
    current_tenant,
    drop_cookie,
    see_other,
    transaction_cookie_name,
)

MOVED = "moved"
"""In the query: J-LIS tells nothing before the resident has a new signature certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignaturePages:
    """Pages of a login that asks for signatures: one path for each thing that is signed."""

    login: LoginPages
    pages: PageWriter

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        for step in Signs:
            rule, of = f"/login/<transaction_id>/{step}", {"step": step}
            app.add_url_rule(rule, step, self.come_back, methods=["GET"], defaults=of)
            app.add_url_rule(rule, f"{step}_choice", self.choose, methods=["POST"], defaults=of)

    def come_back(self, transaction_id: str, step: Signs) -> Response:
        """On with the login where the signature was made; where it was not, what the resident can do."""
        tenant = current_tenant()
        attempt = self.login.consenting(tenant, transaction_id)
        if attempt is None:
            return self.pages.error("already_finished", 410)
        if awaited(attempt.transaction) is not step:
            return see_other(f"{attempt.transaction.url(tenant)}/consent")
        if "by" not in request.args:
            return self._ask(attempt, step)
        by = request.args["by"]
        settled = self.login.signed[step].collected(attempt, by, transaction_cookie(tenant, by))
        if settled is None:
            return self.pages.error("other_browser", 403)
        response = self.login.completed(settled)
        drop_cookie(response, transaction_cookie_name(tenant, by))
        return response

    def choose(self, transaction_id: str, step: Signs) -> Response:
        """To sign after all, or to go on without, where the service lets people."""
        attempt = self.login.consenting(current_tenant(), transaction_id)
        if attempt is None or awaited(attempt.transaction) is not step:
            return self.pages.error("already_finished", 410)
        choices = request.form.getlist("choice")
        if request.form.getlist("form") != [attempt.transaction.form] or choices not in (["sign"], ["without"]):
            return self.pages.error("bad_request", 400)
        if choices == ["sign"]:
            return self.login.to_signature(attempt, step)
        settled = self.login.signed[step].without(attempt)
        return self.pages.error("bad_request", 400) if settled is None else self.login.completed(settled)

    def _ask(self, attempt: Attempt, step: Signs) -> Response:
        tenant, transaction = attempt.tenant, attempt.transaction
        url = transaction.url(tenant)
        return self.pages.page(
            "signature.html",
            form_ends_at=attempt.client.redirect_uris,
            service_name=attempt.client.name(current_language()),
            signed_for=_signed_for(attempt, step),
            required=self.login.signed[step].is_required(attempt),
            action_url=f"{url}/{step}",
            consent_url=f"{url}/consent",
            transaction=[("form", transaction.form)],
        )


def _signed_for(attempt: Attempt, step: Signs) -> str:
    """What the page speaks of: a signature, the consent to the latest information, or that there is none yet."""
    if step is not Signs.BASIC_4 or not attempt.transaction.request.attributes.by_latest:
        return str(step)
    return "signature.moved" if MOVED in request.args else "signature.latest"
