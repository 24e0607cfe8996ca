"""Token: where services redeem codes, refresh tokens and, for the verification API, their own credentials.

With `client_credentials.py` the only module that knows Authlib, which dispatches grants and verifies PKCE. One
server object per request carries the tenant; nothing is global. RFC 6749 section 3.2, OpenID Connect Core
section 3.1.3.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
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

from idp.oidc.binding.binding import UNBOUND
from idp.oidc.binding.bindings import Bindings, BindingWanted
from idp.oidc.binding.dpop import ProofRefused
from idp.oidc.clients import client_request
from idp.oidc.clients.client_authentication import ClientAuthentication, ClientRefused
from idp.oidc.clients.mistakes import Mistakes
from idp.oidc.oauth_errors import oauth_error
from idp.oidc.tokens import client_credentials, code, form, targets
from idp.oidc.tokens.granted import GrantPostponed, GrantRefused
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
        server = _Server(self, tenant, read)
        server.register_grant(_CodeGrant, [_S256(required=True)])
        server.register_grant(_RefreshGrant)
        server.register_grant(client_credentials.VerifyGrant)
        answer = server.create_token_response(read)
        if not isinstance(answer, Response):
            raise TypeError("Authlib answered with something else than our response")
        answer.headers.update(self.bindings.proofs.next_nonce(tenant))
        return answer


class _Request(OAuth2Request):  # type: ignore[misc]
    """Authlib's view of a form that we have read; its URI is the issuer's, never the Host header's."""

    def __init__(self, tenant: Tenant, read: form.TokenForm) -> None:
        super().__init__("POST", tenant.url(TOKEN_PATH))
        self._form = dict(read.values)
        self.payload = BasicOAuth2Payload(self._form)

    @property
    def form(self) -> dict[str, str]:
        """See OAuth2Request."""
        return self._form


class _Server(AuthorizationServer):  # type: ignore[misc]
    """Authlib's server for one request of one tenant."""

    def __init__(self, endpoint: TokenEndpoint, tenant: Tenant, read: form.TokenForm) -> None:
        super().__init__()
        self.endpoint = endpoint
        self.tenant = tenant
        self.binding = UNBOUND
        self._read = read

    def create_oauth2_request(self, read: form.TokenForm) -> _Request:
        return _Request(self.tenant, read)

    def authenticate_client(self, oauth_request: _Request, _methods: object, endpoint: str = "token") -> "_Client":
        """One answer for an unknown client, a wrong secret and a method that is not the registered one."""
        try:
            self.endpoint.bindings.proofs.require_nonce(self.tenant)
            client = self.endpoint.clients.authenticated(self.tenant, self._read.credentials)
        except ClientRefused as refused:
            raise InvalidClientError(description=str(refused), status_code=401) from refused
        except ProofRefused as refused:
            raise _Named(refused.error, str(refused)) from refused
        oauth_request.auth_method = self._read.credentials.method
        try:
            certificate = self._read.credentials.certificate
            self.binding = self.endpoint.bindings.shown(self.tenant, client, TOKEN_PATH, certificate)
        except ProofRefused as refused:
            raise _Named(refused.error, str(refused)) from refused
        except BindingWanted as wanted:
            raise InvalidRequestError(str(wanted)) from wanted
        return _Client(client)

    @property
    def names_resource(self) -> bool:
        """Whether the token is to be for a resource."""
        return bool(self._read.resources)

    def target(self, client: Client, granted: str, scope: str | None) -> Target | None:
        """The resource that the request names, None for none. Raises OAuth2Error, and nothing is spent by that."""
        try:
            return targets.meant(self.tenant, client, granted, self._read.resources, scope)
        except TargetRefused as refused:
            raise _Named(refused.error, str(refused)) from refused

    def handle_response(self, status: int, payload: Any, _headers: object) -> Response:
        if status == 200:
            return json_answer(payload, headers={"Pragma": "no-cache"})
        error, sentence = payload["error"], payload.get("error_description", "")
        self.endpoint.mistakes.note(self.tenant, self._read.credentials.client_id, "token", error, sentence)
        return oauth_error(self.tenant, error, sentence, status)

    def send_signal(self, *_arguments: object, **_named: object) -> None:
        return None


class _CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    """The authorization code grant, over sealed codes."""

    _shown: "_CodeView | None" = None

    def query_authorization_code(self, unverified_code: str, client: "_Client") -> "_CodeView | None":
        server: _Server = self.server
        moment = int(server.endpoint.now().timestamp())
        try:
            opened, shown = code.open_code(server.tenant.keys, unverified_code, now=moment)
        except code.CodeOver as over:
            if over.code.client_id == client.client.client_id:
                server.endpoint.redemption.shown_late(server.tenant, over.code, over.shown)
            return None
        except code.CodeInvalid:
            return None
        if opened.client_id != client.client.client_id:
            return None
        lived = min(client.client.policy.code_seconds, server.endpoint.code_seconds)
        if opened.expires_at - lived < client.client.enabled_at:
            return None  # given before the service was closed, and open again since
        self._shown = _CodeView(opened, shown)
        return self._shown

    def validate_token_request(self) -> None:
        """Authlib's validation; a code shown with a wrong redirect URI or verifier is spent by that."""
        try:
            super().validate_token_request()
        except (InvalidGrantError, InvalidRequestError):
            if self._shown is not None:
                redemption = self.server.endpoint.redemption
                redemption.burn(self.server.tenant, self._shown.opened, self._shown.shown.digest)
            raise

    def create_token_response(self) -> tuple[int, dict[str, Any], list[Any]]:
        server: _Server = self.server
        view: _CodeView = self.request.authorization_code
        client: _Client = self.request.client
        target = server.target(client.client, view.opened.targets, None)
        with _as_authlib_has_it():
            granted = server.endpoint.redemption.redeem(
                server.tenant, client.client, view.opened, view.shown, server.binding, target
            )
        return 200, granted.body(), []


@contextmanager
def _as_authlib_has_it() -> Iterator[None]:
    """Our refusals as Authlib answers them."""
    try:
        yield
    except GrantRefused as refused:
        raise InvalidGrantError(str(refused)) from refused
    except GrantPostponed as postponed:
        raise _Postponed(str(postponed)) from postponed


@dataclass(frozen=True, slots=True)
class _CodeView:
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

    def authenticate_refresh_token(self, unverified_token: str) -> "_FamilyView | None":
        server: _Server = self.server
        client: _Client = self.request.client
        shown = server.endpoint.refreshing.shown(server.tenant, client.client, unverified_token)
        return None if shown is None else _FamilyView(shown, at_resource=server.names_resource)

    def create_token_response(self) -> tuple[int, dict[str, Any], list[Any]]:
        server: _Server = self.server
        view: _FamilyView = self.request.refresh_token
        client: _Client = self.request.client
        scope = self.request.payload.scope or None
        target = server.target(client.client, view.shown.family.targets, scope)
        with _as_authlib_has_it():
            granted = server.endpoint.refreshing.refresh(
                server.tenant, client.client, view.shown, scope, server.binding, target
            )
        return 200, granted.body(), []


@dataclass(frozen=True, slots=True)
class _FamilyView:
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


class _S256(CodeChallenge):  # type: ignore[misc]
    """PKCE with S256 and nothing else (RFC 7636 section 4.2)."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def get_authorization_code_challenge_method(self, _code: _CodeView) -> str:
        return "S256"

    def validate_code_verifier(self, grant: "_CodeGrant", result: object) -> None:
        """See CodeChallenge. Raises InvalidGrantError without a verifier as for a wrong one (section 4.6)."""
        asked = grant.request
        challenge = self.get_authorization_code_challenge(asked.authorization_code)
        if challenge and not asked.form.get("code_verifier"):
            raise InvalidGrantError(description="code_verifier is missing")
        super().validate_code_verifier(grant, result)


@dataclass(frozen=True, slots=True)
class _Client:
    """A client as Authlib asks about it."""

    client: Client

    def check_grant_type(self, grant_type: str) -> bool:
        if grant_type == client_credentials.GRANT_TYPE:
            return client_credentials.may_ask(self.client)
        if grant_type == REFRESH_TOKEN:
            return self.client.may_refresh
        return grant_type == AUTHORIZATION_CODE
