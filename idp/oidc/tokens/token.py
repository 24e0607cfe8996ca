"""Token: where services redeem codes, refresh tokens and, for the verification API, their own credentials.

With `client_credentials.py` the only module that knows Authlib, which dispatches grants and verifies PKCE. Every
request carries its tenant and what was found of it; the server object knows the grants alone. RFC 6749 section
3.2, OpenID Connect Core section 3.1.3.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    InvalidClientError,
    InvalidGrantError,
    InvalidRequestError,
    OAuth2Error,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import Flask, Response
from msgspec import Struct

from idp import base64url
from idp.oidc.binding.binding import UNBOUND
from idp.oidc.binding.bindings import Bindings, BindingWanted
from idp.oidc.binding.dpop import ProofRefused
from idp.oidc.clients import client_request
from idp.oidc.clients.client_authentication import ClientAuthentication, ClientRefused
from idp.oidc.clients.mistakes import Mistakes
from idp.oidc.oauth_errors import oauth_error
from idp.oidc.tokens import client_credentials, code, form, targets
from idp.oidc.tokens.granted import Granted, GrantPostponed, GrantRefused
from idp.oidc.tokens.redemption import Redemption
from idp.oidc.tokens.refreshing import Refreshing, ShownFamily
from idp.oidc.tokens.targets import Target, TargetRefused
from idp.tenants.tenancy import AUTHORIZATION_CODE, REFRESH_TOKEN, Client, Tenant
from idp.web.certificate_hop import Hop
from idp.web.web import current_tenant, json_answer

TOKEN_PATH = "/token"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEndpoint:
    """The endpoint and everything it needs. `code_seconds`: as `Authorize` has it."""

    clients: ClientAuthentication
    hop: Hop
    redemption: Redemption
    refreshing: Refreshing
    bindings: Bindings
    mistakes: Mistakes
    now: Callable[[], datetime]
    code_seconds: int

    def mount(self, app: Flask) -> None:
        """Add the route."""
        app.add_url_rule(TOKEN_PATH, "token", self.token, methods=["POST"])

    def token(self) -> Response:
        """Answer a token request."""
        tenant = current_tenant()
        try:
            read = client_request.read(self.hop, required=["grant_type"])
        except form.FormRefused as refusal:
            return oauth_error(tenant, refusal.error, refusal.description)
        answer = _SERVER.create_token_response(_Request(self, tenant, read))
        if not isinstance(answer, Response):
            raise TypeError("Authlib answered with something else than our response")
        if nonce := self.bindings.proofs.next_nonce(tenant):
            answer.headers.update(nonce)
        return answer


class _Request(OAuth2Request):  # type: ignore[misc]
    """Authlib's view of a form that we have read, and what is found of it.

    Its URI is the issuer's, never the Host header's; Authlib judges whether that is https or loopback.
    """

    client: "_Client"
    authorization_code: "_CodeView"
    refresh_token: "_FamilyView"

    def __init__(self, endpoint: TokenEndpoint, tenant: Tenant, read: form.TokenForm) -> None:
        super().__init__("POST", tenant.url(TOKEN_PATH))
        self.endpoint = endpoint
        self.tenant = tenant
        self.credentials = read.credentials
        self.resources = read.resources
        self._form = read.values
        self.payload = BasicOAuth2Payload(read.values)
        self.auth_method = read.credentials.method
        self.binding = UNBOUND

    @property
    def form(self) -> Mapping[str, str]:
        """See OAuth2Request."""
        return self._form

    def drop_unregistered_scopes(self, client: Client) -> None:
        """Of the scopes, as the authorization endpoint does: libraries repeat them all at a refresh.

        RFC 6749 section 3.3. Where none would be left the request stays as it is, and is refused.
        """
        asked = (self.payload.scope or "").split()
        of_resources = {name for resource in self.tenant.resources.values() for name in resource.scopes}
        kept = [name for name in asked if name in client.scopes or name in of_resources]
        if kept and kept != asked:
            self.payload = BasicOAuth2Payload({**self._form, "scope": " ".join(kept)})

    def target(self, client: Client, granted: str, scope: str | None) -> Target | None:
        """The resource that the request names, None for none. Raises OAuth2Error, and nothing is spent by that."""
        try:
            return targets.meant(self.tenant, client, granted, self.resources, scope)
        except TargetRefused as refused:
            raise _Named(refused.error, str(refused)) from refused


class _Server(AuthorizationServer):  # type: ignore[misc]
    """Authlib's server: which grants there are, how clients authenticate, how it answers."""

    def create_oauth2_request(self, request: _Request) -> _Request:
        return request

    def authenticate_client(self, request: _Request, _methods: object) -> "_Client":
        """One answer for an unknown client, a wrong secret and a method that is not the registered one."""
        endpoint, tenant, credentials = request.endpoint, request.tenant, request.credentials
        try:
            endpoint.bindings.proofs.require_nonce(tenant)
            client = endpoint.clients.authenticated(tenant, credentials)
            request.binding = endpoint.bindings.shown(tenant, client, TOKEN_PATH, credentials.certificate)
        except ClientRefused as refused:
            raise InvalidClientError(description=str(refused), status_code=401) from refused
        except ProofRefused as refused:
            raise _Named(refused.error, str(refused)) from refused
        except BindingWanted as wanted:
            raise InvalidRequestError(str(wanted)) from wanted
        return _Client(client)

    def handle_response(self, _status: int, payload: dict[str, object], _headers: object) -> Response:
        return json_answer(payload, headers={"Pragma": "no-cache"})

    def handle_error_response(self, request: _Request, error: OAuth2Error) -> Response:
        tenant, client_id = request.tenant, request.credentials.client_id
        request.endpoint.mistakes.note(tenant, client_id, "token", error.error, error.description)
        return oauth_error(tenant, error.error, error.description, error.status_code)

    def send_signal(self, *_arguments: object, **_named: object) -> None:
        return None


_Answer = tuple[int, dict[str, object], list[Any]]
"""Of a grant, as Authlib passes it on: status, members, header fields."""


def _given(give: Callable[[], Granted]) -> _Answer:
    """What a grant gives; our refusals as Authlib answers them."""
    try:
        return 200, give().body(), []
    except GrantRefused as refused:
        raise InvalidGrantError(str(refused)) from refused
    except GrantPostponed as postponed:
        raise _Postponed(str(postponed)) from postponed


class _CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    """The authorization code grant, over sealed codes."""

    request: _Request
    _shown: "_CodeView | None" = None

    def query_authorization_code(self, unverified_code: str, client: "_Client") -> "_CodeView | None":
        tenant, endpoint = self.request.tenant, self.request.endpoint
        moment = int(endpoint.now().timestamp())
        try:
            opened, shown = code.open_code(tenant.keys, unverified_code, now=moment)
        except code.CodeOver as over:
            if over.code.client_id == client.client.client_id:
                endpoint.redemption.shown_late(tenant, over.code, over.shown)
            return None
        except code.CodeInvalid:
            return None
        if opened.client_id != client.client.client_id:
            return None
        lived = min(client.client.policy.code_seconds, endpoint.code_seconds)
        if opened.expires_at - lived < client.client.enabled_at:
            return None  # given before the service was closed, and open again since
        self._shown = _CodeView(opened, shown)
        return self._shown

    def validate_token_request(self) -> None:
        """Authlib's validation and PKCE; a code shown with a wrong redirect URI or verifier is spent by that."""
        try:
            super().validate_token_request()
            _PKCE.validate_code_verifier(self, None)
        except (InvalidGrantError, InvalidRequestError):
            if self._shown is not None:
                redemption = self.request.endpoint.redemption
                redemption.burn(self.request.tenant, self._shown.opened, self._shown.shown.digest)
            raise

    def create_token_response(self) -> _Answer:
        asked, client, view = self.request, self.request.client.client, self.request.authorization_code
        target = asked.target(client, view.opened.targets, None)
        redeem = asked.endpoint.redemption.redeem
        return _given(lambda: redeem(asked.tenant, client, view.opened, view.shown, asked.binding, target))


class _CodeView(Struct, frozen=True):
    """An opened code as Authlib asks about it."""

    opened: code.Code
    shown: code.Shown

    def get_redirect_uri(self) -> str:
        return self.opened.redirect_uri

    @property
    def code_challenge(self) -> str | None:
        return self.opened.code_challenge


class _RefreshGrant(RefreshTokenGrant):  # type: ignore[misc]
    """The refresh token grant; every use gives another token."""

    request: _Request

    def authenticate_refresh_token(self, unverified_token: str) -> "_FamilyView | None":
        asked, client = self.request, self.request.client.client
        asked.drop_unregistered_scopes(client)
        shown = asked.endpoint.refreshing.shown(asked.tenant, client, unverified_token)
        return None if shown is None else _FamilyView(shown, at_resource=bool(asked.resources))

    def create_token_response(self) -> _Answer:
        asked, client, shown = self.request, self.request.client.client, self.request.refresh_token.shown
        scope = asked.payload.scope or None
        target = asked.target(client, shown.family.targets, scope)
        refresh = asked.endpoint.refreshing.refresh
        return _given(lambda: refresh(asked.tenant, client, shown, scope, asked.binding, target))


class _FamilyView(Struct, frozen=True):
    """A refresh token that was shown, as Authlib asks about it."""

    shown: ShownFamily
    at_resource: bool

    def check_client(self, client: "_Client") -> bool:
        return self.shown.family.client_id == client.client.client_id

    def get_scope(self) -> str:
        family = self.shown.family
        return f"{family.scope} {targets.scopes(family.targets)}" if self.at_resource else family.scope


class _Named(OAuth2Error):  # type: ignore[misc]
    """A refusal by a name that Authlib does not know (RFC 9449 section 5, RFC 8707 section 2)."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description=description)
        self.error = error


class _Postponed(OAuth2Error):  # type: ignore[misc]
    """The service may come again with the same code or token."""

    error = "temporarily_unavailable"
    status_code = 503


def _is_s256(verifier: str, challenge: str) -> bool:
    """RFC 7636 section 4.6."""
    return hmac.compare_digest(base64url.encode(hashlib.sha256(verifier.encode()).digest()), challenge)


class _S256(CodeChallenge):  # type: ignore[misc]
    """PKCE with S256 and nothing else (RFC 7636 section 4.2)."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)
    CODE_CHALLENGE_METHODS: Mapping[str, Callable[[str, str], bool]] = {"S256": _is_s256}

    def get_authorization_code_challenge_method(self, _code: _CodeView) -> str:
        return "S256"

    def validate_code_verifier(self, grant: _CodeGrant, result: object) -> None:
        """See CodeChallenge. Raises InvalidGrantError without a verifier as for a wrong one (section 4.6)."""
        asked = grant.request
        if asked.authorization_code.code_challenge and not asked.form.get("code_verifier"):
            raise InvalidGrantError(description="code_verifier is missing")
        super().validate_code_verifier(grant, result)


class _Client(Struct, frozen=True):
    """A client as Authlib asks about it."""

    client: Client

    def check_grant_type(self, grant_type: str) -> bool:
        if grant_type == client_credentials.GRANT_TYPE:
            return client_credentials.may_ask(self.client)
        if grant_type == REFRESH_TOKEN:
            return self.client.may_refresh
        return grant_type == AUTHORIZATION_CODE


_PKCE = _S256(required=True)
_SERVER = _Server()
_SERVER.register_grant(_CodeGrant)
_SERVER.register_grant(_RefreshGrant)
_SERVER.register_grant(client_credentials.VerifyGrant)
