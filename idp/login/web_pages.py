"""The pages that finish a login: the way back, the code typed, consent.

Each page belongs to the browser that holds its cookie: the transaction's until the proof was accepted and the
browser has shown that it is the one, the session's from then on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from flask import Flask, Response
from werkzeug.exceptions import MethodNotAllowed

from idp.agents.acting import Acting
from idp.answers import status_of
from idp.applications.request import ApplicationRequest
from idp.basic4.latest import LatestStep
from idp.basic4.request import SignatureRequest
from idp.errors import Refusal
from idp.keys.sealing import digest
from idp.login import browsers, consent, dispatch, own_pages, sessions
from idp.login.attempts import Attempts, transaction_cookie
from idp.login.codes import Codes, Verdict
from idp.login.consent_page import ConsentPage
from idp.login.for_whom import ForWhom
from idp.login.pairwise import Pair, Pairs
from idp.login.prover import Prover
from idp.login.release import Release
from idp.login.sessions import SESSION_SECONDS
from idp.login.states import Channel, State
from idp.login.transaction import TRANSACTION_SECONDS, Attempt
from idp.login.transactions import Transactions
from idp.oversight.audit import Action, Auditor
from idp.store import acceptances
from idp.store.engine import Store
from idp.tenants.tenancy import Tenant
from idp.web.request import here
from idp.web.web import (
    COUNTER_SECONDS,
    PageWriter,
    cookie_name,
    current_language,
    current_tenant,
    drop_cookie,
    forget_person,
    remember_language,
    see_other,
    set_cookie,
    show_at_counter,
    transaction_cookie_name,
)

SHARED = "shared"
"""What the form sends of a computer that others use too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPages:
    """Pages and the one function that ends a login."""

    attempts: Attempts
    transactions: Transactions
    codes: Codes
    pairs: Pairs
    release: Release
    signature: SignatureRequest
    application: ApplicationRequest
    latest: LatestStep
    for_whom: ForWhom
    store: Store
    auditor: Auditor
    pages: PageWriter
    finish: dispatch.Finish
    enter_own: Callable[[Attempt], Response]
    """Ends a login to the resident's own pages (`idp/my/entering.py`)."""

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule("/login/<transaction_id>/return", "return", self.come_back, methods=["GET"])
        app.add_url_rule("/login/<transaction_id>/code", "code", self.enter_code, methods=["POST"])
        app.add_url_rule("/login/<transaction_id>/more-time", "more_time", self.more_time, methods=["POST"])
        app.add_url_rule("/login/<transaction_id>/consent", "consent", self.ask, methods=["GET"])
        app.add_url_rule("/login/<transaction_id>/consent", "decision", self.decide, methods=["POST"])

    def come_back(self, transaction_id: str) -> Response:
        """The return link: completes only in the browser where the login began, and only once."""
        asked = here()
        if asked.method == "HEAD":  # Flask routes it to GET; looking must not spend the secret
            raise MethodNotAllowed(["GET"])
        tenant = current_tenant()
        cookie = transaction_cookie(tenant, transaction_id)
        visit = self.transactions.come_back(tenant, transaction_id, cookie, asked.args.get("secret", ""))
        if visit.state is None:
            return self.pages.error("expired", 410)
        if not visit.same_browser:
            finished = _came_back_before(tenant, visit.state)
            return self.pages.error("already_finished" if finished else "other_browser", 403)
        attempt = self.attempts.of(visit.transaction)
        if attempt is None:
            return self.pages.error("already_finished", 410)
        if attempt.transaction.at_counter:
            show_at_counter()
        if self.transactions.return_is_over(attempt.transaction):
            self.transactions.finish(tenant, attempt.transaction, allowed=False)
            return self.pages.error("expired", 410)
        return self.completed(attempt)

    def enter_code(self, transaction_id: str) -> Response:
        """The six digits: right ones complete the login here, wrong ones are told on the page that asked."""
        tenant = current_tenant()
        cookie = transaction_cookie(tenant, transaction_id)
        typed = here().form.getlist("code")
        entered = self.codes.enter(tenant, transaction_id, cookie, typed[0] if len(typed) == 1 else "")
        attempt = self.attempts.of(entered.transaction)
        if attempt is None:
            return self.pages.error("expired", 410)
        if entered.verdict is not Verdict.RIGHT:
            told = "?digits=missing" if entered.verdict is Verdict.NOT_A_CODE else ""
            return see_other(attempt.transaction.url(tenant) + told)
        if attempt.transaction.proved_by is Channel.SAME_DEVICE:
            self._record_lower_level(attempt)
        return self.completed(attempt)

    def more_time(self, transaction_id: str) -> Response:
        """A minute more for the digits, once."""
        tenant = current_tenant()
        cookie = transaction_cookie(tenant, transaction_id)
        transaction = self.codes.prolong(tenant, transaction_id, cookie)
        if transaction is None:
            return self.pages.error("expired", 410)
        return see_other(transaction.url(tenant))

    def ask(self, transaction_id: str) -> Response:
        """The consent page."""
        attempt = self.consenting(current_tenant(), transaction_id)
        if attempt is None:
            return self.pages.error("already_finished", 410)
        if self.for_whom.question(attempt) is not None:
            return see_other(f"{attempt.transaction.url(attempt.tenant)}/for")
        if (signs := dispatch.awaited(attempt.transaction)) is not None:
            return see_other(attempt.tenant.url(signs.path(attempt)))
        return self._consent.show(attempt)

    def decide(self, transaction_id: str) -> Response:
        """The resident's decision: the first one counts, and is written down once."""
        tenant = current_tenant()
        attempt = self.consenting(tenant, transaction_id)
        if attempt is None:
            return self.pages.error("already_finished", 410)
        form = here().form
        allowed, chosen = form.getlist("decision") == ["allow"], frozenset(form.getlist("item"))
        if (mistaken := self._mistaken(attempt, chosen)) is not None:
            return mistaken
        if not self.transactions.finish(tenant, attempt.transaction, allowed=allowed):
            return self.pages.error("already_finished", 410)
        if not allowed:
            consent.record_denial(self.store, self.auditor, tenant, attempt.client)
            self.signature.forget(attempt)
            return self.off(attempt, dispatch.Denied(attempt.transaction.request))
        try:
            pair, handed = self._allow(attempt, chosen)
        except Refusal as refusal:
            self.transactions.reopen(tenant, attempt.transaction)
            return self.pages.error("busy", status_of(refusal.reason))
        except Exception:
            self.transactions.reopen(tenant, attempt.transaction)
            raise
        prover = dispatch.prover_of(tenant, attempt.transaction)
        return self._signed_in(attempt, pair, prover, handed, shared=form.getlist("computer") == [SHARED])

    def _mistaken(self, attempt: Attempt, chosen: frozenset[str]) -> Response | None:
        """What is answered to a form that is none, comes too early, chooses what nobody was asked, or is out of
        date.

        Whoever read another statement than the service makes by now reads that first.
        """
        transaction, asked, form = attempt.transaction, dispatch.asked_in(attempt), here().form
        decisions = form.getlist("decision")
        is_answer = form.getlist("form") == [transaction.form] and decisions in (["allow"], ["deny"])
        too_early = decisions == ["allow"] and (
            dispatch.awaited(transaction) is not None or self.for_whom.question(attempt) is not None
        )
        if not is_answer or too_early or not chosen <= asked.optional:
            return self.pages.error("bad_request", 400)
        if decisions == ["allow"] and not self.for_whom.still_holds(attempt):
            return self.pages.error("representation_over", 410)
        if decisions == ["allow"] and form.getlist("stated") != [asked.stated]:
            page = self._consent.show(attempt)
            page.status_code = 409
            return page
        return None

    def _allow(self, attempt: Attempt, allowed: frozenset[str]) -> tuple[Pair, tuple[str, ...]]:
        """The pair with its consent, and the names of the items that were let go."""
        handle = dispatch.subject_of(attempt.tenant, attempt.transaction)
        by_agent = dispatch.acting_in(attempt.tenant, attempt.transaction) is not None
        proof = b"" if by_agent else dispatch.proof_of(attempt.tenant, attempt.transaction)
        asked = dispatch.asked_in(attempt)
        answered = partial(asked.answered, allowed)
        pair = self.pairs.allow(attempt.tenant, attempt.client, handle, answered, proof=proof)
        self.signature.belongs_to(attempt, pair)
        read = dispatch.attributes_of(attempt.tenant, attempt.transaction)
        return pair, self.release.run(attempt, pair, read)

    @property
    def _consent(self) -> ConsentPage:
        return ConsentPage(pairs=self.pairs, pages=self.pages)

    @property
    def signed(self) -> Mapping[dispatch.Signs, SignatureRequest | ApplicationRequest]:
        """Who asks for each of the things that are signed in a login."""
        return {asks.step: asks for asks in (self.signature, self.application)}

    def to_signature(self, attempt: Attempt, signs: dispatch.Signs) -> Response:
        """To the page where the resident signs, before anything is asked that depends on it."""
        tenant = attempt.tenant
        transaction_id, cookie = self.signed[signs].begin(attempt)
        response = see_other(tenant.url(f"/login/{transaction_id}"))
        set_cookie(response, transaction_cookie_name(tenant, transaction_id), cookie, TRANSACTION_SECONDS)
        remember_language(response)
        return response

    def completed(self, attempt: Attempt) -> Response:
        """The browser is back: a new session id, a dead transaction cookie, and the next step."""
        if (elsewhere := self._elsewhere(attempt)) is not None:
            return elsewhere
        tenant, transaction = attempt.tenant, attempt.transaction
        by_agent = dispatch.acting_in(tenant, transaction) is not None
        # An agent's own values are nobody's business here.
        latest = attempt if by_agent else self.latest.settle(attempt)
        if latest is None:
            response = see_other(f"{transaction.url(tenant)}/signature?moved")
            self._hold(response, attempt, dispatch.session_of(tenant, transaction), shared=transaction.shared)
            drop_cookie(response, transaction_cookie_name(tenant, transaction.transaction_id))
            return response
        return self._next(latest)

    def _next(self, attempt: Attempt) -> Response:
        """To the signature, to the consent page, or to the service."""
        tenant, transaction = attempt.tenant, attempt.transaction
        prover = dispatch.prover_of(tenant, transaction)
        step = dispatch.next_step(
            attempt,
            self.pairs,
            prover.handle,
            browser_seen=lambda: browsers.is_seen(tenant.keys, _seen_cookie(tenant), prover.handle),
        )
        if isinstance(step, dispatch.Signs):
            response = self.to_signature(attempt, step)
            self._hold(response, attempt, prover.session, shared=transaction.shared)
        elif isinstance(step, dispatch.AskConsent):
            response = see_other(f"{transaction.url(tenant)}/consent")
            remember_language(response)
            self._hold(response, attempt, prover.session, shared=transaction.shared)
        elif self.transactions.finish(tenant, transaction):
            self.signature.belongs_to(attempt, step)
            handed = self.release.run(attempt, step, dispatch.attributes_of(tenant, transaction))
            response = self._signed_in(attempt, step, prover, handed, shared=transaction.shared)
            if not transaction.at_counter:
                self._hold(response, attempt, prover.session, shared=transaction.shared)
        else:
            return self.pages.error("already_finished", 410)
        drop_cookie(response, transaction_cookie_name(tenant, transaction.transaction_id))
        return response

    def _elsewhere(self, attempt: Attempt) -> Response | None:
        """Where a browser goes that is back, before anything is asked about the service; None where nowhere.

        Where the proof is nobody's yet, the question comes first; a proof beside a login goes back to its own. No
        service receives a number where the resident goes to their own pages. Whoever may act for somebody says for
        whom this is.
        """
        tenant, transaction = attempt.tenant, attempt.transaction
        if transaction.signing:
            return see_other(tenant.url(f"{transaction.signing.back}?by={transaction.transaction_id}"))
        if transaction.beside:
            back = f"/login/{transaction.beside}/person/other?by={transaction.transaction_id}"
            return see_other(tenant.url(back))
        if dispatch.is_asked(transaction):
            return see_other(f"{transaction.url(tenant)}/person")
        if own_pages.is_own(attempt.client):
            return self.enter_own(attempt)
        if self.for_whom.question(attempt) is None:
            return None
        response = see_other(f"{transaction.url(tenant)}/for")
        remember_language(response)
        self._hold(response, attempt, dispatch.session_of(tenant, transaction), shared=transaction.shared)
        drop_cookie(response, transaction_cookie_name(tenant, transaction.transaction_id))
        return response

    def _signed_in(
        self, attempt: Attempt, pair: Pair, prover: Prover, handed: tuple[str, ...], *, shared: bool
    ) -> Response:
        """Off to the service; this browser is known to this person then, but a counter's is nobody's own.

        `prover`: whose proof was accepted. `handed`: the items that were let go. `shared`: nor is a computer that
        others use too; what it holds of the login is for signing out alone.
        """
        tenant, transaction = attempt.tenant, attempt.transaction
        acting = dispatch.acting_in(tenant, transaction)
        goes_on = not (shared or transaction.at_counter or acting)
        agent_ppid = self._agent_ppid(attempt, acting) if acting else ""
        outcome = dispatch.signed_in(
            attempt, pair, digest(prover.session), handed=handed, goes_on=goes_on, agent_ppid=agent_ppid
        )
        response = self.off(attempt, outcome)
        if shared and not transaction.at_counter:
            self._hold(response, attempt, prover.session, shared=True)
        if not goes_on:
            return response
        fresh = self.transactions.new_secret()
        mark = browsers.marked(tenant.keys, _seen_cookie(tenant), prover.handle, fresh=fresh)
        set_cookie(response, cookie_name(tenant, browsers.COOKIE), mark, browsers.SECONDS)
        return response

    def _agent_ppid(self, attempt: Attempt, acting: Acting) -> str:
        """The agent's own number at the service, made if absent: it names who acted, and says no more."""
        proof = dispatch.proof_of(attempt.tenant, attempt.transaction)
        return self.pairs.ensure(attempt.tenant, attempt.client, acting.agent, proof=proof).ppid

    def off(self, attempt: Attempt, outcome: dispatch.Outcome) -> Response:
        """To the service. A counter's browser is the next person's at once: it keeps nothing of this one."""
        ending = self.finish(attempt.tenant, attempt.client, outcome)
        acting = dispatch.acting_in(attempt.tenant, attempt.transaction)
        response = self.pages.sent_on(ending, attempt.client.name(current_language()), acting=acting)
        if attempt.transaction.at_counter:
            forget_person(response)
        return response

    def _hold(self, response: Response, attempt: Attempt, session: str, *, shared: bool) -> None:
        """Let the browser hold the session, beside those of other sectors; a shared one until it is closed."""
        name, cookie = cookie_name(attempt.tenant, sessions.COOKIE), _sessions_cookie(attempt.tenant)
        seconds: int | None = COUNTER_SECONDS if attempt.transaction.at_counter else SESSION_SECONDS
        set_cookie(response, name, sessions.with_new(cookie, session), None if shared else seconds)

    def _record_lower_level(self, attempt: Attempt) -> None:
        """A proof of this very device finished by a code: what is stored of it says so."""
        tenant, transaction = attempt.tenant, attempt.transaction
        level = dispatch.accepted(transaction).acr
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            acceptances.set_acr(tx, transaction.transaction_id, level)
            client_id = attempt.client.client_id
            action = Action.LOGIN_FINISHED_BY_CODE
            self.auditor.record(tx, tenant.keys, action, "lowered", client_id=client_id, acr=level)

    def consenting(self, tenant: Tenant, transaction_id: str) -> Attempt | None:
        """The attempt, if this browser's session is the one that its accepted proof founded."""
        transaction = self.transactions.consenting(tenant, transaction_id)
        if transaction is None or not transaction.is_login or dispatch.is_asked(transaction):
            return None
        if not sessions.holds(_sessions_cookie(tenant), dispatch.session_of(tenant, transaction)):
            return None
        return self.attempts.of(transaction)


def _seen_cookie(tenant: Tenant) -> str:
    return here().cookies.get(cookie_name(tenant, browsers.COOKIE), "")


def _sessions_cookie(tenant: Tenant) -> str:
    return here().cookies.get(cookie_name(tenant, sessions.COOKIE), "")


def _came_back_before(tenant: Tenant, state: State) -> bool:
    """Whether this browser is the one that completed the login: its transaction cookie is dead by then."""
    return (
        state in (State.CONSENTING, State.FINISHED, State.DECLINED)
        and cookie_name(tenant, sessions.COOKIE) in here().cookies
    )
