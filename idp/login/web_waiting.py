"""The pages that wait: the card page, the page with the QR code, the code's input, the state they poll.

Each belongs to the browser that holds the transaction's cookie. All of it works without JavaScript.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import structlog
from flask import Flask, Response, request

from idp.answers import WAITS
from idp.japan import JAPAN
from idp.login import combined, dispatch, own_pages, qr, tls_card
from idp.login.attempts import Attempts, transaction_cookie
from idp.login.demand import Demand
from idp.login.handles import Handles
from idp.login.signing import Signing
from idp.login.states import Shown, State
from idp.login.transaction import Attempt, Transaction
from idp.login.transactions import Transactions
from idp.tenants.tenancy import Tenant
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

_MINUTE = 60
_log = structlog.get_logger("idp.login")
_OVER = (State.CONSENTING, State.FINISHED)
LINKS = (
    "link", "link_qr", "link_agent", "tray_url", "phone_url", "app_url", "browser_url", "extend_url", "leave_url",
    "computer_url", "developer_command", "password_url", "passkey_url",
)  # fmt: skip
"""What differs from one login's card page to the next, while nothing has happened on it."""
_OPEN = (Shown.WAITING, Shown.SCANNED, Shown.REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPages:
    """Pages of a login that is not finished."""

    attempts: Attempts
    transactions: Transactions
    handles: Handles
    pages: PageWriter
    finish: dispatch.Finish
    tray_url: str | None
    sample_command: str
    """The sandbox's `idp-card` command line with the word LINK in it."""

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
        if combined.is_due(met):
            first = "password" if met.demand.offers_password(met.tenant) else "passkey"
            return see_other(f"{_page_url(met.tenant, met.transaction)}/{first}")
        shown = self.transactions.shown(met.transaction)
        if shown in (Shown.CODE, Shown.ACCEPTED):
            return self._code_page(met, shown)
        if signing := met.transaction.signing:
            return self._signing_page(met, signing, shown)
        fresh = LINKS if shown is Shown.WAITING else ()
        return self.pages.page("card.html", state=str(shown), fresh=fresh, **self._context(met), **self._ways(met))

    def phone_page(self, transaction_id: str) -> Response:
        """The QR code, or that it was scanned; everything else is the card page's."""
        if wants_json():
            return self._state(transaction_id)
        met = self._open_page(transaction_id)
        if isinstance(met, Response):
            return met
        tenant, transaction = met.tenant, met.transaction
        shown = self.transactions.shown(transaction)
        if transaction.qr is None or shown not in _OPEN:
            return see_other(_page_url(tenant, transaction))
        scanned = bool(transaction.qr.claim_digest)
        page_url = _page_url(tenant, transaction)
        return self.pages.page(
            "phone.html",
            state=str(shown),
            scanned=scanned,
            qr_url=None if scanned else f"{page_url}/qr.svg",
            qr_seconds=self.transactions.seconds_left(transaction.qr.ends),
            renew_url=f"{page_url}/qr",
            card_page_url=page_url,
            stand_in_url=self._stand_in(tenant, transaction.qr.link(tenant)),
            **self._context(met),
        )

    def qr_code(self, transaction_id: str) -> Response:
        """The picture of the QR handle's LINK, drawn when it is shown."""
        tenant = current_tenant()
        cookie = transaction_cookie(tenant, transaction_id)
        transaction = self.transactions.load(tenant, transaction_id, cookie)
        if transaction is None or transaction.qr is None or self.transactions.shown(transaction) not in _OPEN:
            return Response(status=404)
        return Response(qr.svg(transaction.qr.link(tenant)), mimetype="image/svg+xml")

    def renew_qr(self, transaction_id: str) -> Response:
        """Another QR code: the phone that scanned the last one is out."""
        tenant = current_tenant()
        cookie = transaction_cookie(tenant, transaction_id)
        transaction = self.handles.renew_qr(tenant, transaction_id, cookie)
        if transaction is None:
            return self.pages.error("expired", 410)
        return see_other(f"{_page_url(tenant, transaction)}/phone")

    def extend(self, transaction_id: str) -> Response:
        """Fifteen minutes more, once; then the page from which it was asked."""
        tenant = current_tenant()
        cookie = transaction_cookie(tenant, transaction_id)
        transaction = self.transactions.extend(tenant, transaction_id, cookie)
        if transaction is None:
            return self.pages.error("expired", 410)
        below = "/phone" if request.args.get("page") == "phone" else ""
        response = see_other(_page_url(tenant, transaction) + below)
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
        return see_other(_page_url(tenant, transaction))

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

    def _signing_page(self, attempt: Attempt, signing: Signing, shown: Shown) -> Response:
        """Where a statement is read and signed; the same ways to a card as at a login."""
        ways = {**self._ways(attempt), "browser_url": None}  # a handshake signs no statement
        return self.pages.page(
            "sign.html",
            state=str(shown),
            fresh=LINKS if shown is Shown.WAITING else (),
            statement=signing.statement,
            signed_for=signing.purpose,
            signing=True,
            **self._context(attempt),
            **ways,
        )

    def _state(self, transaction_id: str) -> Response:
        tenant = current_tenant()
        cookie = transaction_cookie(tenant, transaction_id)
        transaction = self.transactions.load(tenant, transaction_id, cookie)
        if transaction is None:
            return json_answer({"state": Shown.EXPIRED}, 410)
        shown = self.transactions.shown(transaction)
        refusal = {"refusal": transaction.refusal} if shown is Shown.REFUSED else {}
        return json_answer({"state": shown, **refusal})

    def _code_page(self, attempt: Attempt, shown: Shown) -> Response:
        transaction, url = attempt.transaction, _page_url(attempt.tenant, attempt.transaction)
        code = transaction.code if transaction.awaits_code(self.transactions.records.moment()) else None
        return self.pages.page(
            "code.html",
            form_ends_at_service=True,
            state=str(shown),
            service_name=attempt.client.name(current_language()),
            code_url=f"{url}/code" if code else None,
            more_url=f"{url}/more-time" if code and not code.prolonged else None,
            seconds_left=self.transactions.seconds_left(code.ends) if code else 0,
            tries=code.tries if code else 0,
            not_a_code="digits" in request.args,
            leave_url=f"{url}/leave",
        )

    def _context(self, attempt: Attempt) -> dict[str, Any]:
        """What the card page and the QR page have in common."""
        tenant, client, transaction = attempt.tenant, attempt.client, attempt.transaction
        language, url = current_language(), _page_url(tenant, transaction)
        if transaction.refusal:  # under the number that the page shows
            _log.info("refusal.shown", reason=transaction.refusal)
        return {
            "service_name": client.name(language),
            "purpose": client.purpose(language),
            "items": transaction.request.attributes.told_in(transaction.button.nonce_channel),
            "attributes": transaction.request.attributes.read_in(transaction.button.nonce_channel),
            "link": transaction.button.link(tenant),
            "link_qr": transaction.qr.link(tenant) if transaction.qr else None,
            "refusal": transaction.refusal,
            "days_past": transaction.days_past,
            "next_try": self._next_try(transaction),
            "guessed": transaction.state is State.EXPIRED,
            "seconds_left": self.transactions.seconds_left(transaction.ends),
            "extend_url": None if transaction.extended else f"{url}/extend",
            "leave_url": f"{url}/leave",
            "step_up": transaction.step_up or None,
            "by_agent": transaction.request.by_agent,
            "shared": transaction.shared,
            "own": own_pages.is_own(client),
            "everywhere": tenant.settings.single_sign_on_everywhere,
            "computer_url": f"{url}/computer",
        }

    def _next_try(self, transaction: Transaction) -> str | None:
        """HH:MM in Japan from which a card may be read again; None where waiting does not help, or no more."""
        if transaction.refusal is None or not (seconds := WAITS.get(transaction.refusal)):
            return None
        due = transaction.refused_at + seconds
        if due <= self.transactions.records.moment():
            return None
        return f"{datetime.fromtimestamp(due + _MINUTE - 1, JAPAN):%H:%M}"

    def _ways(self, attempt: Attempt) -> dict[str, Any]:
        """Where the card page's buttons lead."""
        tenant, transaction = attempt.tenant, attempt.transaction
        link = transaction.button.link(tenant)
        parts = urlsplit(link)
        tray = self.tray_url if tenant.sandbox else None
        return {
            "link_agent": f"jpki-login://{parts.netloc}{parts.path}",
            "tray_url": f"{tray}/?link={link}" if tray else None,
            "phone_url": f"{_page_url(tenant, transaction)}/phone" if transaction.qr else None,
            "app_url": self._stand_in(tenant, link) or link,
            "browser_url": tls_card.link(tenant, transaction)
            if tls_card.offered(tenant, attempt.client)
            else None,
            "no_certificate": "certificate" in request.args,
            "at_terminal": transaction.at_counter,
            "beside": bool(transaction.beside),
            "first_done": transaction.first is not None,
            **self._other_ways(attempt),
            "developer_command": self.sample_command.replace("LINK", link) if tenant.sandbox else None,
        }

    def _other_ways(self, attempt: Attempt) -> dict[str, str | None]:
        """Where an ID with its password, or a passkey, is shown: alone, as the first of two proofs comes before
        this."""
        tenant, transaction, required = attempt.tenant, attempt.transaction, attempt.demand
        alone = transaction.is_login and not (required.combined or transaction.at_counter)
        url = _page_url(tenant, transaction)
        return {
            "password_url": f"{url}/password" if alone and required.offers_password(tenant) else None,
            "passkey_url": f"{url}/passkey" if alone and required.offers_passkey(tenant) else None,
            "company_url": f"{url}/{company}" if alone and (company := _company(tenant, required)) else None,
            "staff_url": f"{url}/{staff}" if alone and (staff := _staff(tenant, required)) else None,
        }

    def _stand_in(self, tenant: Tenant, link: str) -> str | None:
        """The sandbox's phone, opened at a LINK."""
        if not tenant.sandbox or self.tray_url is None:
            return None
        return f"{self.tray_url}/phone?{urlencode({'link': link})}"

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


def _company(tenant: Tenant, required: Demand) -> str:
    """The last part of the first page for companies, empty where they do not sign in."""
    if required.offers_company_password(tenant):
        return "company"
    return "company-certificate" if required.offers_company_certificate(tenant) else ""


def _staff(tenant: Tenant, required: Demand) -> str:
    """The same for the municipality's own staff."""
    if required.offers_staff_password(tenant):
        return "staff"
    return "passkey" if required.offers_staff_passkey(tenant) else ""


def _page_url(tenant: Tenant, transaction: Transaction) -> str:
    return tenant.url(f"/login/{transaction.transaction_id}")
