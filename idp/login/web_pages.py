"""The resident's pages of a login: card page, the way back, consent.

Each page belongs to the browser that holds its cookie: the transaction's until the card was read, the session's
from then on.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.exceptions import MethodNotAllowed

from idp.answers import status_of
from idp.audit import Auditor
from idp.directory import Directory
from idp.errors import Refusal
from idp.login import consent, dispatch
from idp.login.acceptance import SESSION_SECONDS
from idp.login.pairwise import Pair, Pairs
from idp.login.transaction import Attempt, State, Transaction, Transactions
from idp.sealing import digest
from idp.store.engine import Store
from idp.tenancy import Tenant
from idp.web import (
    PageWriter,
    cookie_name,
    current_language,
    current_tenant,
    drop_cookie,
    json_answer,
    see_other,
    set_cookie,
    transaction_cookie_name,
    wants_json,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPages:
    """Pages and the one function that ends a login."""

    directory: Directory
    transactions: Transactions
    pairs: Pairs
    store: Store
    auditor: Auditor
    pages: PageWriter
    finish: dispatch.Finish
    tray_url: str | None
    sample_command: str
    """The sandbox's `idp-card` command line with the word LINK in it."""

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule("/login/<transaction_id>", "card_page", self.card_page, methods=["GET"])
        app.add_url_rule("/login/<transaction_id>/return", "return", self.come_back, methods=["GET"])
        app.add_url_rule("/login/<transaction_id>/leave", "leave", self.leave, methods=["GET"])
        app.add_url_rule("/login/<transaction_id>/consent", "consent", self.ask, methods=["GET"])
        app.add_url_rule("/login/<transaction_id>/consent", "decision", self.decide, methods=["POST"])

    def card_page(self, transaction_id: str) -> Response:
        """Where the resident reads the card; as JSON, the state that the page polls."""
        tenant = current_tenant()
        cookie = _transaction_cookie(tenant, transaction_id)
        if wants_json():
            return self._state(self.transactions.load(tenant, transaction_id, cookie))
        transaction = self.transactions.open_card_page(tenant, transaction_id, cookie)
        attempt = self._attempt(transaction)
        if attempt is None:
            return self.pages.error("expired", 410)
        if attempt.transaction.state in (State.CONSENTING, State.FINISHED):
            return self.pages.error("already_finished", 410)
        if attempt.transaction.state is State.DECLINED:
            return self._end(attempt, dispatch.Denied(attempt.transaction.request))
        return self._card_page(attempt)

    def come_back(self, transaction_id: str) -> Response:
        """The return link: completes only in the browser where the login began, and only once."""
        if request.method == "HEAD":  # Flask routes it to GET; looking must not spend the secret
            raise MethodNotAllowed(["GET"])
        tenant = current_tenant()
        cookie = _transaction_cookie(tenant, transaction_id)
        visit = self.transactions.come_back(tenant, transaction_id, cookie, request.args.get("secret", ""))
        if visit.state is None:
            return self.pages.error("expired", 410)
        if not visit.same_browser:
            finished = _came_back_before(tenant, visit.state)
            return self.pages.error("already_finished" if finished else "other_browser", 403)
        attempt = self._attempt(visit.transaction)
        if attempt is None:
            return self.pages.error("already_finished", 410)
        if self.transactions.return_is_over(attempt.transaction):
            self.transactions.finish(tenant, attempt.transaction)
            return self.pages.error("expired", 410)
        return self._completed(attempt)

    def leave(self, transaction_id: str) -> Response:
        """Back to the service without signing in. Changes nothing: the resident may think again."""
        tenant = current_tenant()
        cookie = _transaction_cookie(tenant, transaction_id)
        attempt = self._attempt(self.transactions.load(tenant, transaction_id, cookie))
        if attempt is None or attempt.transaction.state in (State.CONSENTING, State.FINISHED):
            return self.pages.error("expired", 410)
        return self._end(attempt, dispatch.Denied(attempt.transaction.request))

    def ask(self, transaction_id: str) -> Response:
        """The consent page."""
        attempt = self._consenting(current_tenant(), transaction_id)
        return self._consent_page(attempt) if attempt else self.pages.error("already_finished", 410)

    def decide(self, transaction_id: str) -> Response:
        """The resident's decision: the first one counts, and is written down once."""
        tenant = current_tenant()
        attempt = self._consenting(tenant, transaction_id)
        if attempt is None:
            return self.pages.error("already_finished", 410)
        decisions, forms = request.form.getlist("decision"), request.form.getlist("form")
        if forms != [attempt.transaction.form] or decisions not in (["allow"], ["deny"]):
            return self.pages.error("bad_request", 400)
        if not self.transactions.finish(tenant, attempt.transaction):
            return self.pages.error("already_finished", 410)
        if decisions == ["deny"]:
            consent.record_denial(self.store, self.auditor, tenant, attempt.client)
            return self._end(attempt, dispatch.Denied(attempt.transaction.request))
        try:
            pair = self._allow(attempt)
        except Refusal as refusal:
            self.transactions.reopen(tenant, attempt.transaction)
            return self.pages.error("busy", status_of(refusal.reason))
        except Exception:
            self.transactions.reopen(tenant, attempt.transaction)
            raise
        return self._end(attempt, dispatch.signed_in(attempt.transaction, pair, _session_digest(tenant)))

    def _allow(self, attempt: Attempt) -> Pair:
        asked = consent.asked_of(attempt.tenant, attempt.client, attempt.transaction.request.scopes)
        handle = dispatch.handle_of(attempt.tenant, attempt.transaction)
        return self.pairs.allow(attempt.tenant, attempt.client, handle, asked)

    def _end(self, attempt: Attempt, outcome: dispatch.Outcome) -> Response:
        return see_other(self.finish(attempt.tenant, attempt.client, outcome))

    def _state(self, transaction: Transaction | None) -> Response:
        if transaction is None:
            return json_answer({"state": "expired"}, 410)
        names = {State.PROVING: "waiting", State.CONSENTING: "accepted", State.FINISHED: "accepted"}
        state = names.get(transaction.state, str(transaction.state))
        if transaction.refusal is not None and transaction.state is State.WAITING:
            return json_answer({"state": "refused", "refusal": transaction.refusal})
        return json_answer({"state": state})

    def _card_page(self, attempt: Attempt) -> Response:
        tenant, client, transaction = attempt.tenant, attempt.client, attempt.transaction
        language = current_language()
        link = transaction.link(tenant)
        refused = transaction.refusal is not None and transaction.state is State.WAITING
        parts = urlsplit(link)
        tray = f"{self.tray_url}/?link={link}" if tenant.sandbox and self.tray_url else None
        return self.pages.page(
            "card.html",
            service_name=client.name(language),
            purpose=client.purpose(language),
            link=link,
            link_agent=f"jpki-login://{parts.netloc}{parts.path}",
            tray_url=tray,
            developer_command=self.sample_command.replace("LINK", link) if tenant.sandbox else None,
            state="refused" if refused else _shown_state(transaction.state),
            refusal=transaction.refusal,
            leave_url=tenant.url(f"/login/{transaction.transaction_id}/leave"),
        )

    def _completed(self, attempt: Attempt) -> Response:
        """The browser is back: a new session id, a dead transaction cookie, and the next step."""
        tenant, transaction = attempt.tenant, attempt.transaction
        session = dispatch.session_of(tenant, transaction)
        step = dispatch.next_step(attempt, self.pairs)
        if isinstance(step, dispatch.AskConsent):
            response = see_other(tenant.url(f"/login/{transaction.transaction_id}/consent"))
        elif self.transactions.finish(tenant, transaction):
            response = self._end(attempt, dispatch.signed_in(transaction, step, digest(session)))
        else:
            return self.pages.error("already_finished", 410)
        set_cookie(response, cookie_name(tenant, "sess"), session, SESSION_SECONDS)
        drop_cookie(response, transaction_cookie_name(tenant, transaction.transaction_id))
        return response

    def _consent_page(self, attempt: Attempt) -> Response:
        tenant, client, transaction = attempt.tenant, attempt.client, attempt.transaction
        language = current_language()
        sharing = [other.name(language) for other in tenant.sharing(client)]
        return self.pages.page(
            "consent.html",
            form_ends_at_service=True,
            service_name=client.name(language),
            purpose=client.purpose(language),
            sector_note=sharing or None,
            sector_purpose=tenant.sectors[client.sector_id].purpose if sharing else "",
            action_url=tenant.url(f"/login/{transaction.transaction_id}/consent"),
            transaction=[("form", transaction.form)],
        )

    def _consenting(self, tenant: Tenant, transaction_id: str) -> Attempt | None:
        """The attempt, if this browser's session is the one that its accepted proof founded."""
        transaction = self.transactions.consenting(tenant, transaction_id)
        if transaction is None or digest(dispatch.session_of(tenant, transaction)) != _session_digest(tenant):
            return None
        return self._attempt(transaction)

    def _attempt(self, transaction: Transaction | None) -> Attempt | None:
        tenant = current_tenant()
        client = self.directory.client(tenant, transaction.request.client_id) if transaction else None
        return Attempt(tenant, client, transaction) if transaction and client else None


def _shown_state(state: State) -> str:
    return str(State.WAITING if state is State.PROVING else state)


def _transaction_cookie(tenant: Tenant, transaction_id: str) -> str:
    return request.cookies.get(transaction_cookie_name(tenant, transaction_id), "")


def _session_digest(tenant: Tenant) -> bytes:
    return digest(request.cookies.get(cookie_name(tenant, "sess"), ""))


def _came_back_before(tenant: Tenant, state: State) -> bool:
    """Whether this browser is the one that completed the login: its transaction cookie is dead by then."""
    return state in (State.CONSENTING, State.FINISHED) and cookie_name(tenant, "sess") in request.cookies
