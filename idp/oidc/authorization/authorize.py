"""Authorize: from a service's request to a login transaction, and from its outcome to the service's answer."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from flask import Flask, Response
from werkzeug.datastructures import MultiDict

from idp.items import ITEMS
from idp.keys.encryption import Answer
from idp.login import browser_names, demand, dispatch, levels, sessions
from idp.login.acceptance import earlier_proof
from idp.login.card_page import CardPage
from idp.login.ending import Ending
from idp.login.previous import Previous
from idp.login.single_sign_on import Question, SingleSignOn, Terms
from idp.login.transaction import TRANSACTION_SECONDS, Attempt, Request, Transaction
from idp.login.transactions import Transactions
from idp.oidc.authorization import acr, checks, hints, requests
from idp.oidc.authorization.pushed import PushedRequests, uri_of
from idp.oidc.authorization.request_objects import RequestObjects
from idp.oidc.authorization.responses import Destination, Responses
from idp.oidc.authorization.stored import StoredRequests
from idp.oidc.claims import attribute_claims
from idp.oidc.claims.claims import CLAIM_SCOPES, application_claim, evidence_told, of_the_person
from idp.oidc.clients.encrypting import Encrypting, NoKey
from idp.oidc.clients.mistakes import Mistakes
from idp.oidc.tokens import code, id_token, targets
from idp.pages.languages import wished
from idp.services.redirect_uris import is_on_device
from idp.signature_status.evidence import seen_in
from idp.signature_status.status import SCOPE
from idp.tenants.directory import Directory
from idp.tenants.tenancy import Client, Tenant
from idp.web.request import here
from idp.web.web import (
    PageWriter,
    cookie_name,
    current_language,
    current_tenant,
    drop_cookie,
    language_cookie,
    see_other,
    set_cookie,
    speak,
    transaction_cookie_name,
)

_PAGE_STATUS = 400
_KEPT = "authorize"
_NO_NUMBER_BEFORE = Previous("")
MAX_OPEN = 20
"""Logins that one browser may have open at once: more cookies than that fill a proxy's header buffer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorize:
    """The authorization endpoint. `code_seconds`: how long a code lives at most, whatever the profile says."""

    directory: Directory
    transactions: Transactions
    card: CardPage
    pushed: PushedRequests
    request_objects: RequestObjects
    encrypting: Encrypting
    single_sign_on: SingleSignOn
    stored: StoredRequests
    mistakes: Mistakes
    pages: PageWriter
    now: Callable[[], datetime]
    code_seconds: int

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule("/authorize", "authorize", self.authorize, methods=["GET"])
        app.add_url_rule("/authorize", "authorize_by_post", self.keep, methods=["POST"])
        app.add_url_rule("/authorize/<request_id>", "authorize_kept", self.take_up, methods=["GET"])
        app.register_error_handler(requests.UnsafeRequest, self._unsafe)
        app.register_error_handler(NoKey, self._unready)

    def authorize(self) -> Response:
        """A request in the URL: judged, and met."""
        tenant = current_tenant()
        judged = self._judged(tenant, here().args)
        if isinstance(judged, Response):
            return judged
        return self._meet(tenant, judged)

    def keep(self) -> Response:
        """A request in a body: judged, and met when the browser comes back with its cookies."""
        tenant = current_tenant()
        judged = self._judged(tenant, here().form)
        if isinstance(judged, Response):
            return judged
        kept = self.stored.keep(tenant, _KEPT, judged.to_json())
        return see_other(tenant.url(f"/authorize/{kept}"))

    def take_up(self, request_id: str) -> Response:
        """Meet a request that was kept."""
        tenant = current_tenant()
        kept = self.stored.find(tenant, _KEPT, request_id)
        if kept is None:
            return self.pages.error("expired", 410)
        return self._meet(tenant, requests.AuthorizationRequest.from_json(kept))

    def _judged(self, tenant: Tenant, sent: MultiDict[str, str]) -> requests.AuthorizationRequest | Response:
        """The request, or the answer that tells the client or the resident what is wrong."""
        unverified = with_values(sent)
        try:
            client = requests.require_client(self.directory.client(tenant, requests.client_id_of(unverified)))
            if (uri := uri_of(unverified)) is not None:
                return self.pushed.take_up(tenant, client, uri)
            counting, refused = self.request_objects.counting_or_refused(tenant, client, unverified)
            destination = requests.destination_of(counting, client)
        except requests.UnsafeRequest as refusal:
            self.mistakes.note(tenant, "".join(unverified.get("client_id", ())), _KEPT, refusal.kind)
            return self._unsafe(refusal)
        parsed = checks.parsed(counting, client, destination, at=self.now(), pushed=False, refused=refused)
        try:
            judged = hints.applied(tenant, client, checks.judged(parsed, client), counting)
            return targets.applied(tenant, client, judged, counting)
        except requests.AuthorizationError as error:
            return self._refused(tenant, client, destination, error)

    def _meet(self, tenant: Tenant, judged: requests.AuthorizationRequest) -> Response:
        """With the login that this browser holds, where it is enough; else with the card."""
        client = self.directory.client(tenant, judged.client_id)
        if client is None:
            return self.pages.error("unknown_client", _PAGE_STATUS)
        try:
            requests.require_active(client)
            self._require_keys(tenant, client, judged.destination)
            return _in_wished_language(
                tenant, judged.ui_locales, lambda: self._go_on(tenant, client, judged.still_granted(client))
            )
        except requests.AuthorizationError as error:
            return self._refused(tenant, client, judged.destination, error)

    def _require_keys(self, tenant: Tenant, client: Client, destination: Destination) -> None:
        """So that nobody signs in for an answer that could not be encrypted. Raises AuthorizationError, NoKey."""
        self._responses(tenant, client).require_possible(destination)
        try:
            self.encrypting.to(tenant, client, Answer.ID_TOKEN)
        except NoKey as missing:
            raise requests.AuthorizationError("temporarily_unavailable", str(missing)) from missing

    def _refused(
        self, tenant: Tenant, client: Client, destination: Destination, error: requests.AuthorizationError
    ) -> Response:
        self.mistakes.note(tenant, client.client_id, _KEPT, error.error, error.description)
        ending = self._responses(tenant, client).error(destination, error.error, error.description)
        return self.pages.sent_on(ending, client.name(current_language()))

    def finish(self, tenant: Tenant, client: Client, outcome: dispatch.Outcome) -> Ending:
        """The way to the service that ends a login: with a code, or with an error.

        By the registration as it is now. Raises UnsafeRequest when the redirect URI is registered no longer, NoKey
        when the answer cannot be encrypted as it shall be.
        """
        asked = requests.AuthorizationRequest.from_json(outcome.request.body).still_granted(client)
        responses = self._responses(tenant, client)
        destination = asked.destination
        responses.require_possible(destination)
        if isinstance(outcome, dispatch.Denied):
            return responses.error(destination, outcome.error)
        try:
            answered = _require(tenant, client, asked, outcome)
        except requests.AuthorizationError as error:
            return responses.error(destination, error.error, error.description)
        if not self.pushed.end(tenant, asked):
            return responses.error(destination, "invalid_request_uri", "a login ended by this request before")
        previous = outcome.previous or _NO_NUMBER_BEFORE
        record = code.Code(
            client_id=client.client_id,
            redirect_uri=asked.redirect_uri,
            scope=" ".join(asked.scopes),
            nonce=asked.nonce,
            code_challenge=asked.code_challenge,
            auth_time=outcome.accepted_at if asked.auth_time else None,
            transaction_id=outcome.transaction_id,
            pair_id=outcome.pair_id.hex(),
            sub=outcome.ppid,
            acr=answered,
            earned=outcome.acr,
            amr=outcome.amr,
            evidence=evidence_told(outcome.evidence, _wanted_of_evidence(asked, outcome)),
            signature=_signature(tenant, outcome),
            session_digest=outcome.session_digest.hex(),
            userinfo=asked.claims.for_userinfo(),
            id_token=asked.claims.for_id_token(ITEMS),
            accepted_at=outcome.accepted_at,
            goes_on=outcome.goes_on,
            continued=outcome.continued,
            expires_at=int(self.now().timestamp()) + min(client.policy.code_seconds, self.code_seconds),
            previous_sub=previous.sub,
            previous_iss=previous.iss,
            previous_until=previous.until,
            dpop_jkt=asked.dpop_jkt,
            handed=" ".join(outcome.handed),
            browser=browser_names.named(here().environ.get("HTTP_USER_AGENT")),
            targets=asked.targets,
            procedure=asked.procedure,
            application=json.dumps(application_claim(outcome.application)) if outcome.application else "",
            organization=json.dumps(outcome.organization.claim) if outcome.organization else "",
            acting=outcome.acting.unlabelled().to_text() if outcome.acting else "",
            agent_sub=outcome.agent_ppid,
            s_hash=id_token.half_hash(asked.state, client.id_token_signed_response_alg) if asked.state else None,
        )
        return responses.success(destination, code.seal(tenant.keys, record))

    def _responses(self, tenant: Tenant, client: Client) -> Responses:
        return Responses(tenant, client, self.encrypting, self.now)

    def _unsafe(self, refusal: requests.UnsafeRequest) -> Response:
        return self.pages.error(refusal.kind, _PAGE_STATUS, by_service=True)

    def _unready(self, _missing: NoKey) -> Response:
        return self.pages.error("service_unready", 503)

    def _go_on(self, tenant: Tenant, client: Client, judged: requests.AuthorizationRequest) -> Response:
        """The next step. Raises AuthorizationError where it needs a page and none may be shown (3.1.2.6)."""
        started = Request(
            judged.client_id,
            (*judged.consent_scopes, *targets.consented(judged.targets)),
            judged.to_json(),
            judged.wish,
            attribute_claims.asked_by(client, judged.scopes, judged.claims),
            ask=_asks_anew(tenant, judged),
            application=judged.claims.id_token.application,
            by_agent=judged.claims.wants_agent(client),
        )
        cookie = here().cookies.get(cookie_name(tenant, sessions.COOKIE), "")
        met = self.single_sign_on.meet(tenant, client, started, _terms(tenant, judged), cookie)
        if isinstance(met, dispatch.SignedIn):
            return self.pages.sent_on(self.finish(tenant, client, met), client.name(current_language()))
        if judged.silent:
            if isinstance(met, Question):
                raise requests.AuthorizationError("consent_required", "the resident must be asked")
            raise requests.AuthorizationError("login_required", "a card must be read")
        if isinstance(met, Question):
            transaction_id = self.transactions.go_on(tenant, started, partial(earlier_proof, tenant, met.held))
            return see_other(tenant.url(f"/login/{transaction_id}/consent"))
        told_from_others = bool(judged.state or judged.nonce or judged.code_challenge)  # one person's, one login's
        return self._begin(tenant, client, started, met.why or "", told_from_others=told_from_others)

    def _begin(
        self, tenant: Tenant, client: Client, started: Request, step_up: str, *, told_from_others: bool
    ) -> Response:
        """The card page; its own address where this very request, told from others, began a login that waits."""
        open_before = _open_transactions(tenant)
        if told_from_others and (held := self._begun_before(tenant, started, open_before)) is not None:
            return see_other(held.url(tenant))
        cross_device = demand.of(tenant, client, started.wish).takes_codes
        begun, cookie = self.transactions.start(tenant, started, cross_device=cross_device, step_up=step_up)
        response = self.card.first(Attempt(tenant, client, begun))
        for forgotten in list(open_before)[:-MAX_OPEN]:
            drop_cookie(response, transaction_cookie_name(tenant, forgotten))
        set_cookie(response, transaction_cookie_name(tenant, begun.transaction_id), cookie, TRANSACTION_SECONDS)
        return response

    def _begun_before(
        self, tenant: Tenant, started: Request, open_before: Mapping[str, str]
    ) -> Transaction | None:
        """The login that the same request, loaded before in this browser, has begun, as long as its page waits."""
        for transaction_id, cookie in reversed(list(open_before.items())[-MAX_OPEN:]):
            held = self.transactions.load(tenant, transaction_id, cookie)
            if held and held.request.body == started.body and self.transactions.waits(held):
                return held
        return None


def _require(
    tenant: Tenant, client: Client, asked: requests.AuthorizationRequest, outcome: dispatch.SignedIn
) -> str:
    """The `acr` of a login that is what the request and, by now, the registration require.

    Raises UnsafeRequest when the service was closed meanwhile; AuthorizationError: login_required when it is not
    the person that the request names (OpenID Connect Core section 3.1.2.2), unmet_authentication_requirements.
    """
    requests.require_active(client)
    if asked.subjects is not None and not outcome.subjects & asked.subjects:
        raise requests.AuthorizationError("login_required", "another person signed in than the request names")
    required = demand.of(tenant, client, outcome.request.wish)
    if not levels.reaches(outcome.acr, required.minimum_acr):
        raise requests.AuthorizationError(demand.UNMET, "the service or its procedure requires a higher acr")
    if required.combined and not outcome.combined:
        raise requests.AuthorizationError(demand.UNMET, "the procedure requires two proofs in one login")
    if asked.claims.wants_agent(client) and outcome.acting is None:
        raise requests.AuthorizationError(demand.UNMET, "nobody acts for another in this login")
    application = asked.claims.id_token.application
    must_be_signed = required.signed_application or (application is not None and application.required)
    if must_be_signed and outcome.application is None:
        raise requests.AuthorizationError(demand.UNMET, "the signature on the application is missing")
    try:
        return asked.acr.answer(outcome.acr)
    except acr.Unmet as error:
        raise requests.AuthorizationError(demand.UNMET, "the login has none of the acr required") from error


def _wanted_of_evidence(asked: requests.AuthorizationRequest, outcome: dispatch.SignedIn) -> list[str]:
    """The claims of the ID token that tell how good the certificates are."""
    by_scope = SCOPE in asked.scopes
    wanted = [name for name in CLAIM_SCOPES if by_scope or name in asked.claims.id_token.claims]
    return of_the_person(wanted, acted_for=outcome.acting is not None)


def _signature(tenant: Tenant, outcome: dispatch.SignedIn) -> str:
    """What was found of the signature certificate, where the service asked; empty where nothing was.

    An agent's is nothing to watch under the number of whom they act for.
    """
    if SCOPE not in outcome.request.scopes or outcome.acting is not None:
        return ""
    seen = seen_in(tenant, outcome.transaction_id, outcome.evidence)
    return seen.to_json() if seen else ""


def _open_transactions(tenant: Tenant) -> Mapping[str, str]:
    """This browser's transactions, each with its cookie, the oldest first (RFC 6265 section 5.4)."""
    prefix, cookies = transaction_cookie_name(tenant, ""), here().cookies
    return {name.removeprefix(prefix): cookies[name] for name in cookies if name.startswith(prefix)}


def with_values(source: MultiDict[str, str]) -> requests.Parameters:
    """All parameters with all their values; a parameter without value counts as not sent (RFC 6749, 3.1)."""
    return {name: sent for name, values in source.lists() if (sent := list(filter(None, values)))}


def _terms(tenant: Tenant, judged: requests.AuthorizationRequest) -> Terms:
    """What the request says of an earlier proof. Whoever wants another account shows another card."""
    return Terms(
        again=bool({"login", "select_account"} & set(judged.prompts)),
        max_age=judged.max_age,
        subjects=judged.subjects,
        ask=_asks_anew(tenant, judged),
        silent=judged.silent,
    )


def _asks_anew(tenant: Tenant, judged: requests.AuthorizationRequest) -> bool:
    """Whether the resident is asked even where they agreed before: the request says so, or nobody can tell which
    application will have the answer (RFC 8252 section 8.6).
    """
    return "consent" in judged.prompts or is_on_device(judged.redirect_uri, sandbox=tenant.sandbox)


def _in_wished_language(tenant: Tenant, ui_locales: str, answer: Callable[[], Response]) -> Response:
    """In the first language of `ui_locales` that we have (OpenID Connect Core 3.1.2.1), now and for this login.

    A language that the resident chose here is worth more than a service's wish.
    """
    language = wished(ui_locales) if ui_locales else None
    if language is None or language_cookie(tenant) in here().cookies:
        return answer()
    speak(language)
    response = answer()
    set_cookie(response, language_cookie(tenant), language, TRANSACTION_SECONDS)
    return response
