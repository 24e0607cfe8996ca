"""The pages of a login on which an ID and its password are typed: residents', companies', the staff's.

Without JavaScript. They belong to the browser that holds the transaction's cookie, as the card page does. Two
forms stand at two addresses: one signs in, the other chooses a new password besides.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from flask import Flask, Response, request

from idp.errors import Refusal
from idp.login import browsers
from idp.login.password import Judged, Typed, Verdict
from idp.login.transaction import Attempt
from idp.login.web_other_way import WaitingLogins
from idp.login.web_source import source
from idp.organizations.claim import Kind
from idp.passwords import offered
from idp.web.web import PageWriter, cookie_name, current_language, see_other

_MINUTE = 60
_TOLD = {
    Verdict.WRONG: ("wrong", 403),
    Verdict.WAIT: ("wait", 429),
    Verdict.CHOOSE: ("choose", 200),
    Verdict.FAULT: ("fault", 400),
}


class Step(Protocol):
    """What judges."""

    def run(self, attempt: Attempt, typed: Typed) -> Judged:
        """The verdict. Raises Refusal."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPages:
    """The routes. `part`: the last part of their address; `offered`: whether a login takes what is typed there.

    `template`, `more`: the page, and what it is told beside what all of them are. `source_header`: in which a
    proxy tells a browser's address, None for no proxy that does.
    """

    part: str
    template: str
    offered: Callable[[Attempt], bool]
    more: Callable[[Attempt, str], dict[str, Any]]
    waiting: WaitingLogins
    step: Step
    pages: PageWriter
    source_header: str | None

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        add, part = app.add_url_rule, self.part
        add(f"/login/<transaction_id>/{part}", part, self.ask, methods=["GET"])
        add(f"/login/<transaction_id>/{part}", f"by_{part}", self.enter, methods=["POST"])
        add(f"/login/<transaction_id>/{part}/change", f"new_{part}", self.ask_new, methods=["GET"])
        add(f"/login/<transaction_id>/{part}/change", f"by_new_{part}", self.enter_new, methods=["POST"])

    def ask(self, transaction_id: str) -> Response:
        """Where ID and password are typed."""
        return self._asked(transaction_id, choosing=False)

    def ask_new(self, transaction_id: str) -> Response:
        """The same with a new password."""
        return self._asked(transaction_id, choosing=True)

    def enter(self, transaction_id: str) -> Response:
        """Judge what was typed; on with the login when it is right."""
        return self._entered(transaction_id, choosing=False)

    def enter_new(self, transaction_id: str) -> Response:
        """The same, and the password is another one from then on."""
        return self._entered(transaction_id, choosing=True)

    def _asked(self, transaction_id: str, *, choosing: bool) -> Response:
        attempt = self.waiting.open(transaction_id, self.offered)
        return attempt if isinstance(attempt, Response) else self._page(attempt, choosing=choosing)

    def _entered(self, transaction_id: str, *, choosing: bool) -> Response:
        attempt = self.waiting.open(transaction_id, self.offered)
        if isinstance(attempt, Response):
            return attempt
        names = ("id", "password", *(("new", "again") if choosing else ()))
        values = {name: request.form.getlist(name) for name in names}
        if any(len(given) != 1 for given in values.values()):
            return self.pages.error("bad_request", 400)
        typed = Typed(
            sign_in_id=values["id"][0],
            password=values["password"][0],
            new=values["new"][0] if choosing else None,
            again=values["again"][0] if choosing else "",
            source=source(self.source_header),
            seen=request.cookies.get(cookie_name(attempt.tenant, browsers.COOKIE), ""),
        )
        try:
            judged = self.step.run(attempt, typed)
        except Refusal as refusal:
            return self.waiting.refused(attempt, refusal)
        if judged.verdict is Verdict.RIGHT:
            return see_other(judged.url)
        choosing = choosing or judged.verdict is Verdict.CHOOSE
        return self._page(attempt, choosing=choosing, judged=judged, sign_in_id=typed.sign_in_id)

    def _page(
        self, attempt: Attempt, *, choosing: bool, judged: Judged | None = None, sign_in_id: str = ""
    ) -> Response:
        told, status = ("", 200) if judged is None else _TOLD[judged.verdict]
        url = attempt.transaction.url(attempt.tenant)
        change, plain = f"{url}/{self.part}/change", f"{url}/{self.part}"
        context: dict[str, Any] = {
            "service_name": attempt.client.name(current_language()),
            "action_url": change if choosing else plain,
            "other_url": plain if choosing else change,
            "form_kind": "change" if choosing else "sign_in",
            "told": told,
            "fault": judged.fault if judged else None,
            "minutes": -(-judged.seconds // _MINUTE) if judged else 0,
            "sign_in_id": sign_in_id[:40],
            "leave_url": f"{url}/leave",
            **self.more(attempt, url),
        }
        response = self.pages.page(self.template, form_ends_at=attempt.client.redirect_uris, **context)
        response.status_code = status
        return response


def of_residents(attempt: Attempt, url: str) -> dict[str, Any]:
    """What residents' page is told besides: where else they may turn."""
    by_passkey = attempt.demand.combined and attempt.demand.offers_passkey
    return {
        "passkey_url": f"{url}/passkey" if by_passkey else None,
        "card_url": None if attempt.demand.combined else url,
        "account_url": None if attempt.demand.combined else offered.url_of(attempt.tenant),
    }


def of_organization(kind: Kind, attempt: Attempt, url: str) -> dict[str, Any]:
    """The same for companies' page, and the staff's."""
    demand = attempt.demand
    by_certificate = kind is Kind.COMPANY and demand.offers_company_certificate
    by_passkey = kind is Kind.MUNICIPALITY and demand.offers_staff_passkey
    return {
        "kind": str(kind),
        "certificate_url": f"{url}/company-certificate" if by_certificate else None,
        "passkey_url": f"{url}/passkey" if by_passkey else None,
        "card_url": url,
    }
