"""The pages that wait: where the card page is found, the page with the QR code, the state that both poll.

Each belongs to the browser that holds the transaction's cookie. All of it works without JavaScript. What the card
page says, and the input for the code that it turns into, is `card_page`'s.
"""

from dataclasses import dataclass

from flask import Flask, Response, request

from idp.login import dispatch, qr
from idp.login.attempts import Attempts, transaction_cookie
from idp.login.card_page import CardPage
from idp.login.handles import Handles
from idp.login.states import Shown, State
from idp.login.transaction import Attempt
from idp.login.transactions import Transactions
from idp.web.web import (
    PageWriter,
    current_language,
    current_tenant,
    forget_person,
    json_answer,
    see_other,
    set_cookie,
    show_at_counter,
    transaction_cookie_name,
    wants_json,
)

_OVER = (State.CONSENTING, State.FINISHED)
_CARD_AWAITED = (Shown.WAITING, Shown.SCANNED, Shown.REFUSED)
"""In these, a phone may still bring the card's proof."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPages:
    """Pages of a login that is not finished."""

    attempts: Attempts
    transactions: Transactions
    handles: Handles
    pages: PageWriter
    finish: dispatch.Finish
    card: CardPage

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule("/login/<transaction_id>", "card_page", self.card_page, methods=["GET"])
        app.add_url_rule("/login/<transaction_id>/phone", "phone_page", self.phone_page, methods=["GET"])
        app.add_url_rule("/login/<transaction_id>/qr.svg", "qr_code", self.qr_code, methods=["GET"])
        app.add_url_rule("/login/<transaction_id>/qr", "renew_qr", self.renew_qr, methods=["POST"])
        app.add_url_rule("/login/<transaction_id>/extend", "extend", self.extend, methods=["POST"])
        app.add_url_rule("/login/<transaction_id>/computer", "computer", self.computer, methods=["POST"])
        app.add_url_rule("/login/<transaction_id>/leave", "leave", self.leave, methods=["GET"])

    def card_page(self, transaction_id: str) -> Response:
        """Where the resident reads the card or types the code; as JSON, the state that the page polls."""
        if wants_json():
            return self._state(transaction_id)
        met = self._open_page(transaction_id)
        if isinstance(met, Response):
            return met
        return self.card.show(met, request.args)

    def phone_page(self, transaction_id: str) -> Response:
        """The QR code, or that it was scanned; everything else is the card page's."""
        if wants_json():
            return self._state(transaction_id)
        met = self._open_page(transaction_id)
        if isinstance(met, Response):
            return met
        tenant, transaction = met.tenant, met.transaction
        shown = self.transactions.shown(transaction)
        card_page_url = transaction.url(tenant)
        if transaction.qr is None or shown not in _CARD_AWAITED:
            return see_other(card_page_url)
        scanned = bool(transaction.qr.claim_digest)
        return self.pages.page(
            "phone.html",
            state=str(shown),
            scanned=scanned,
            qr_url=None if scanned else f"{card_page_url}/qr.svg",
            qr_seconds=self.transactions.seconds_left(transaction.qr.ends),
            renew_url=f"{card_page_url}/qr",
            card_page_url=card_page_url,
            stand_in_url=self.card.stand_in(tenant, transaction.qr.link(tenant)),
            **self.card.context(met),
        )

    def qr_code(self, transaction_id: str) -> Response:
        """The picture of the QR handle's LINK, drawn when it is shown."""
        tenant = current_tenant()
        cookie = transaction_cookie(tenant, transaction_id)
        transaction = self.transactions.load(tenant, transaction_id, cookie)
        if (
            transaction is None
            or transaction.qr is None
            or self.transactions.shown(transaction) not in _CARD_AWAITED
        ):
            return Response(status=404)
        return Response(qr.svg(transaction.qr.link(tenant)), mimetype="image/svg+xml")

    def renew_qr(self, transaction_id: str) -> Response:
        """Another QR code: the phone that scanned the last one is out."""
        tenant = current_tenant()
        cookie = transaction_cookie(tenant, transaction_id)
        transaction = self.handles.renew_qr(tenant, transaction_id, cookie)
        if transaction is None:
            return self.pages.error("expired", 410)
        return see_other(f"{transaction.url(tenant)}/phone")

    def extend(self, transaction_id: str) -> Response:
        """Fifteen minutes more, once; then the page from which it was asked."""
        tenant = current_tenant()
        cookie = transaction_cookie(tenant, transaction_id)
        transaction = self.transactions.extend(tenant, transaction_id, cookie)
        if transaction is None:
            return self.pages.error("expired", 410)
        below = "/phone" if request.args.get("page") == "phone" else ""
        response = see_other(transaction.url(tenant) + below)
        seconds = max(1, self.transactions.seconds_left(transaction.ends))
        set_cookie(response, transaction_cookie_name(tenant, transaction_id), cookie, seconds)
        return response

    def computer(self, transaction_id: str) -> Response:
        """Whether others use this computer too: if so, the login does not go on at other services."""
        tenant = current_tenant()
        cookie = transaction_cookie(tenant, transaction_id)
        shared = request.form.getlist("computer") == ["shared"]
        transaction = self.transactions.use_computer(tenant, transaction_id, cookie, shared=shared)
        if transaction is None:
            return self.pages.error("expired", 410)
        return see_other(transaction.url(tenant))

    def leave(self, transaction_id: str) -> Response:
        """Back to the service without signing in. Changes nothing: the resident may think again."""
        tenant = current_tenant()
        cookie = transaction_cookie(tenant, transaction_id)
        attempt = self.attempts.of(self.transactions.load(tenant, transaction_id, cookie))
        if attempt is None or attempt.transaction.state in _OVER:
            return self.pages.error("expired", 410)
        return self._ended(attempt, dispatch.left(attempt.transaction))

    def _open_page(self, transaction_id: str) -> Attempt | Response:
        """The attempt that a page shows, or the answer instead where there is nothing to show."""
        tenant = current_tenant()
        cookie = transaction_cookie(tenant, transaction_id)
        attempt = self.attempts.of(self.handles.open_page(tenant, transaction_id, cookie))
        if attempt is None and not cookie and self.transactions.is_open(tenant, transaction_id):
            return self.pages.error("no_cookie", 403)
        if attempt is None:
            return self.pages.error("expired", 410)
        if attempt.transaction.state in _OVER:
            return self.pages.error("already_finished", 410)
        if attempt.transaction.at_counter:
            show_at_counter()
        if attempt.transaction.state is State.DECLINED:
            return self._ended(attempt, dispatch.Denied(attempt.transaction.request))
        return attempt

    def _state(self, transaction_id: str) -> Response:
        tenant = current_tenant()
        cookie = transaction_cookie(tenant, transaction_id)
        transaction = self.transactions.load(tenant, transaction_id, cookie)
        if transaction is None:
            return json_answer({"state": Shown.EXPIRED}, 410)
        shown = self.transactions.shown(transaction)
        refusal = {"refusal": transaction.refusal} if shown is Shown.REFUSED else {}
        return json_answer({"state": shown, **refusal})

    def _ended(self, attempt: Attempt, denied: dispatch.Denied) -> Response:
        if signing := attempt.transaction.signing:
            return see_other(attempt.tenant.url(signing.back))
        if beside := attempt.transaction.beside:
            return see_other(attempt.tenant.url(f"/login/{beside}/person"))
        ending = self.finish(attempt.tenant, attempt.client, denied)
        response = self.pages.sent_on(ending, attempt.client.name(current_language()))
        if attempt.transaction.at_counter:
            forget_person(response)
        return response
