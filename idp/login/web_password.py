"""The pages of a login on which an ID and its password are typed: residents', companies', the staff's.

Without JavaScript. They belong to the browser that holds the transaction's cookie, as the card page does. Two
forms stand at two addresses: one signs in, the other chooses a new password besides.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from flask import Flask, Response, request

from idp.answers import status_of
from idp.errors import Reason, Refusal
from idp.login import browsers
from idp.login.attempts import Attempts, transaction_cookie
from idp.login.password import Judged, Typed, Verdict
from idp.login.states import State
from idp.login.transaction import Attempt
from idp.login.transactions import Transactions
from idp.login.web_source import source
from idp.passwords import offered
from idp.web.web import PageWriter, cookie_name, current_language, current_tenant, see_other

_MINUTE = 60
_TOLD = {
    Verdict.WRONG: ("wrong", 403),
    Verdict.WAIT: ("wait", 429),
    Verdict.CHOOSE: ("choose", 200),
    Verdict.FAULT: ("fault", 400),
}
_log = structlog.get_logger("idp.login")


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
    attempts: Attempts
    transactions: Transactions
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
        attempt = self._open(transaction_id)
        return attempt if isinstance(attempt, Response) else self._page(attempt, choosing=choosing)

    def _entered(self, transaction_id: str, *, choosing: bool) -> Response:
        attempt = self._open(transaction_id)
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
            return self._refused(attempt, refusal)
        if judged.verdict is Verdict.RIGHT:
            return see_other(judged.url)
        choosing = choosing or judged.verdict is Verdict.CHOOSE
        return self._page(attempt, choosing=choosing, judged=judged, sign_in_id=typed.sign_in_id)

    def _refused(self, attempt: Attempt, refusal: Refusal) -> Response:
        """A password that is right, and is of no use now: the card page says why, and what to do."""
        _log.info("login.refused", reason=refusal.reason, detail=refusal.detail)
        if refusal.reason is Reason.ALREADY_USED:
            return self.pages.error("already_finished", status_of(refusal.reason))
        self.transactions.turn_away(attempt.tenant, attempt.transaction, refusal)
        return see_other(self._url(attempt))

    def _open(self, transaction_id: str) -> Attempt | Response:
        """The attempt that waits in this browser and takes passwords, or the answer instead."""
        tenant = current_tenant()
        cookie = transaction_cookie(tenant, transaction_id)
        attempt = self.attempts.of(self.transactions.load(tenant, transaction_id, cookie))
        if attempt is None:
            return self.pages.error("expired", 410)
        if attempt.transaction.state is not State.WAITING:
            return see_other(self._url(attempt))
        if not attempt.transaction.is_login or not self.offered(attempt):
            return self.pages.error("not_found", 404)
        if attempt.demand.combined and attempt.transaction.first is not None:
            return see_other(self._url(attempt))
        return attempt

    def _page(
        self, attempt: Attempt, *, choosing: bool, judged: Judged | None = None, sign_in_id: str = ""
    ) -> Response:
        told, status = ("", 200) if judged is None else _TOLD[judged.verdict]
        url = self._url(attempt)
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
        response = self.pages.page(self.template, form_ends_at_service=True, **context)
        response.status_code = status
        return response

    def _url(self, attempt: Attempt) -> str:
        return attempt.tenant.url(f"/login/{attempt.transaction.transaction_id}")


def of_residents(attempt: Attempt, url: str) -> dict[str, Any]:
    """What residents' page is told besides: where else they may turn."""
    by_passkey = attempt.demand.combined and attempt.demand.offers_passkey(attempt.tenant)
    return {
        "passkey_url": f"{url}/passkey" if by_passkey else None,
        "card_url": None if attempt.demand.combined else url,
        "account_url": None if attempt.demand.combined else offered.url_of(attempt.tenant),
    }
