"""Authorize: from a service's request to a login transaction, and from its outcome to the service's answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response, request

from idp.directory import Directory
from idp.ending import Ending
from idp.login import demand, dispatch, levels
from idp.login.transaction import TRANSACTION_SECONDS, Request
from idp.login.transactions import Transactions
from idp.oidc import acr, attribute_claims, code, request_object, requests
from idp.oidc.pushed import PushedRequests, uri_of
from idp.oidc.responses import Destination, Responses
from idp.pages.render import Pages
from idp.tenancy import Client, Tenant
from idp.web import (
    PageWriter,
    current_language,
    current_tenant,
    drop_cookie,
    language_cookie,
    see_other,
    set_cookie,
    transaction_cookie_name,
)

_PAGE_STATUS = 400
MAX_OPEN = 20
"""Logins that one browser may have open at once: more cookies than that fill a proxy's header buffer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorize:
    """The authorization endpoint."""

    directory: Directory
    transactions: Transactions
    pushed: PushedRequests
    pages: PageWriter
    now: Callable[[], datetime]

    def mount(self, app: Flask) -> None:
        """Add the route."""
        app.add_url_rule("/authorize", "authorize", self.authorize, methods=["GET", "POST"])
        app.register_error_handler(requests.UnsafeRequest, self._unsafe)

    def authorize(self) -> Response:
        """Judge the request; begin a login, or tell the client or the resident what is wrong."""
        tenant = current_tenant()
        unverified = _parameters()
        try:
            client = requests.require_client(self.directory.client(tenant, requests.client_id_of(unverified)))
            if (uri := uri_of(unverified)) is not None:
                return self._begin(tenant, client, self.pushed.take_up(tenant, client, uri))
            counting, refused = request_object.opened_or_refused(unverified, client, tenant.issuer, now=self.now())
            destination = requests.destination_of(counting, client)
        except requests.UnsafeRequest as refusal:
            return self._unsafe(refusal)
        try:
            judged = _judged(counting, client, destination, refused)
        except requests.AuthorizationError as error:
            ending = self._responses(tenant, client).error(destination, error.error, error.description)
            return self.pages.sent_on(ending, client.name(current_language()))
        return self._begin(tenant, client, judged)

    def finish(self, tenant: Tenant, client: Client, outcome: dispatch.Outcome) -> Ending:
        """The way to the service that ends a login: with a code, or with an error.

        By the registration as it is now. Raises UnsafeRequest when the redirect URI is registered no longer.
        """
        asked = requests.AuthorizationRequest.from_json(outcome.request.body).still_granted(client)
        responses = self._responses(tenant, client)
        if isinstance(outcome, dispatch.Denied):
            return responses.error(asked.destination, outcome.error)
        try:
            answered = _require(client, asked, outcome)
        except requests.AuthorizationError as error:
            return responses.error(asked.destination, error.error, error.description)
        if not self.pushed.end(tenant, asked):
            return responses.error(
                asked.destination, "invalid_request_uri", "a login ended by this request before"
            )
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
            evidence=outcome.evidence if _tells_revocation(asked) else None,
            session_digest=outcome.session_digest.hex(),
            userinfo=asked.claims.for_userinfo(),
            expires_at=int(self.now().timestamp()) + code.CODE_SECONDS,
            previous_sub=outcome.previous.sub if outcome.previous else None,
        )
        return responses.success(asked.destination, code.seal(tenant.keys, record))

    def _responses(self, tenant: Tenant, client: Client) -> Responses:
        return Responses(tenant, client, self.now)

    def _unsafe(self, refusal: requests.UnsafeRequest) -> Response:
        return self.pages.error(refusal.kind, _PAGE_STATUS)

    def _begin(self, tenant: Tenant, client: Client, judged: requests.AuthorizationRequest) -> Response:
        wish, attributes = (
            judged.acr.wish,
            attribute_claims.asked_by(client, judged.scopes, judged.claims.userinfo),
        )
        started = Request(judged.client_id, judged.consent_scopes, judged.to_json(), wish, attributes)
        cross_device = demand.of(client, wish).takes_codes
        transaction_id, cookie = self.transactions.start(tenant, started, cross_device=cross_device)
        response = see_other(tenant.url(f"/login/{transaction_id}"))
        for forgotten in _open_transactions(tenant)[:-MAX_OPEN]:
            drop_cookie(response, forgotten)
        set_cookie(response, transaction_cookie_name(tenant, transaction_id), cookie, TRANSACTION_SECONDS)
        if (language := _wished_language(tenant)) is not None:
            set_cookie(response, language_cookie(tenant), language, TRANSACTION_SECONDS)
        return response


def _require(client: Client, asked: requests.AuthorizationRequest, outcome: dispatch.SignedIn) -> str:
    """The `acr` of a login that is what the request and, by now, the registration require.

    Raises AuthorizationError: unmet_authentication_requirements; login_required when it is not the person that
    `claims` names (OpenID Connect Core section 3.1.2.2).
    """
    named = asked.claims.id_token.claims.get("sub")
    if named is not None and named.values and outcome.ppid not in named.values:
        raise requests.AuthorizationError("login_required", "another person signed in than the request names")
    if not levels.reaches(outcome.acr, client.minimum_acr):
        raise requests.AuthorizationError(demand.UNMET, "the service requires a higher acr")
    try:
        return asked.acr.answer(outcome.acr)
    except acr.Unmet as error:
        raise requests.AuthorizationError(demand.UNMET, "the login has none of the acr required") from error


def _judged(
    counting: requests.Parameters,
    client: Client,
    destination: Destination,
    refused: requests.AuthorizationError | None,
) -> requests.AuthorizationRequest:
    if refused is not None:
        raise refused
    return requests.judge(counting, client, destination)


def _tells_revocation(asked: requests.AuthorizationRequest) -> bool:
    return "jpki_status" in asked.scopes or "revocation" in asked.claims.id_token.claims


def _open_transactions(tenant: Tenant) -> list[str]:
    """Names of this browser's transaction cookies, the oldest first (RFC 6265 section 5.4)."""
    prefix = transaction_cookie_name(tenant, "")
    return [name for name in request.cookies if name.startswith(prefix)]


def _parameters() -> Mapping[str, Sequence[str]]:
    """All parameters with all their values; a parameter without value counts as not sent (RFC 6749, 3.1)."""
    source = request.form if request.method == "POST" else request.args
    lists = {name: [value for value in values if value] for name, values in source.lists()}
    return {name: values for name, values in lists.items() if values}


def _wished_language(tenant: Tenant) -> str | None:
    """The first language of `ui_locales` that we have (OIDC Core 3.1.2.1), for this login.

    A language that the resident chose here is worth more than a service's wish.
    """
    if language_cookie(tenant) in request.cookies:
        return None
    wishes = (tag.partition("-")[0].lower() for tag in request.values.get("ui_locales", "").split())
    return next((wish for wish in wishes if wish in Pages.languages), None)
