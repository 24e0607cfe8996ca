"""The page of a login on which a company shows its certificate: a text to sign, and where the signature goes.

Without JavaScript. It belongs to the browser that holds the transaction's cookie.
"""

from dataclasses import dataclass

from flask import Flask, Response, request

from idp.errors import Refusal
from idp.login.company_certificate import LARGEST, CompanyCertificateStep, NotRecognised, Trouble, statement
from idp.login.transaction import Attempt
from idp.login.web_other_way import WaitingLogins
from idp.web.web import PageWriter, current_language, see_other

_STATUS = {Trouble.UNREADABLE: 400, Trouble.UNAVAILABLE: 503, Trouble.WAIT: 429}


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyPages:
    """The routes."""

    waiting: WaitingLogins
    step: CompanyCertificateStep
    pages: PageWriter

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        add, path = app.add_url_rule, "/login/<transaction_id>/company-certificate"
        add(path, "company_certificate", self.ask, methods=["GET"])
        add(path, "by_company_certificate", self.enter, methods=["POST"])
        add(f"{path}/statement", "company_statement", self.give, methods=["GET"])

    def ask(self, transaction_id: str) -> Response:
        """Where the text is taken, and its signature handed in."""
        attempt = self.waiting.open(transaction_id, _offered)
        return attempt if isinstance(attempt, Response) else self._page(attempt)

    def give(self, transaction_id: str) -> Response:
        """The text, as a file."""
        attempt = self.waiting.open(transaction_id, _offered)
        if isinstance(attempt, Response):
            return attempt
        response = Response(statement(attempt), mimetype="text/plain")
        response.headers["Content-Disposition"] = 'attachment; filename="login.txt"'
        return response

    def enter(self, transaction_id: str) -> Response:
        """Judge the signature; on with the login when it is right."""
        attempt = self.waiting.open(transaction_id, _offered)
        if isinstance(attempt, Response):
            return attempt
        handed_in = request.files.getlist("signature")
        if len(handed_in) != 1:
            return self.pages.error("bad_request", 400)
        octets = handed_in[0].stream.read(LARGEST + 1)
        try:
            return see_other(self.step.run(attempt, octets))
        except NotRecognised as failure:
            return self._page(attempt, failure.trouble)
        except Refusal as refusal:
            return self.waiting.refused(attempt, refusal)

    def _page(self, attempt: Attempt, trouble: Trouble | None = None) -> Response:
        url = attempt.transaction.url(attempt.tenant)
        by_password = attempt.demand.offers_company_password
        response = self.pages.page(
            "company_certificate.html",
            form_ends_at=attempt.client.redirect_uris,
            service_name=attempt.client.name(current_language()),
            action_url=f"{url}/company-certificate",
            statement_url=f"{url}/company-certificate/statement",
            trouble=trouble,
            password_url=f"{url}/company" if by_password else None,
            card_url=url,
            leave_url=f"{url}/leave",
        )
        response.status_code = 200 if trouble is None else _STATUS.get(trouble, 403)
        return response


def _offered(attempt: Attempt) -> bool:
    return attempt.demand.offers_company_certificate
