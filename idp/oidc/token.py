"""Token: a code is redeemed once, and the service receives its ID token.

With `client_credentials.py` the only module that knows Authlib, which dispatches grants and verifies PKCE. One
server object per request carries the tenant; nothing is global. RFC 6749 section 4.1.3, OpenID Connect Core
section 3.1.3.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    InvalidClientError,
    InvalidGrantError,
    InvalidRequestError,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import Flask, Response

from idp import base64url
from idp.audit import Action, Auditor
from idp.certificate_hop import Hop
from idp.login import levels
from idp.login.sessions import IDLE_SECONDS
from idp.oidc import claims, client_credentials, client_request, code, form
from idp.oidc.client_authentication import ClientAuthentication, ClientRefused
from idp.oidc.oauth_errors import oauth_error
from idp.sealing import digest
from idp.signing import signed
from idp.store import acceptances, released, sessions, tokens
from idp.store.engine import Store, Transaction
from idp.tenancy import Client, Tenant
from idp.web import current_tenant, json_answer

_TOMBSTONE_SECONDS = 24 * 60 * 60
"""How long a spent code is remembered; a code itself lives one minute."""
_RETRY_SECONDS = 10
"""A client whose connection broke asks again at once, with its credentials and verifier: that is no theft."""
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEndpoint:
    """The endpoint and everything it needs."""

    clients: ClientAuthentication
    hop: Hop
    store: Store
    auditor: Auditor
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def mount(self, app: Flask) -> None:
        """Add the route."""
        app.add_url_rule("/token", "token", self.token, methods=["POST"])

    def token(self) -> Response:
        """Answer a token request."""
        tenant = current_tenant()
        try:
            read = client_request.read(self.hop, required=["grant_type"])
        except form.FormRefused as refusal:
            return oauth_error(tenant, refusal.error, refusal.description)
        server = _Server(self, tenant, read)
        server.register_grant(_CodeGrant, [_S256(required=True)])
        server.register_grant(client_credentials.VerifyGrant)
        answer = server.create_token_response(read)
        if not isinstance(answer, Response):
            raise TypeError("Authlib answered with something else than our response")
        return answer

    def redeem(self, tenant: Tenant, client: Client, redeemed: code.Code, code_digest: bytes) -> dict[str, Any]:
        """Spend the code, store its access token, sign the ID token: one write transaction.

        Raises InvalidGrantError for a code spent before; what it gave is then revoked, unless that was
        seconds ago: a client whose connection broke asks again. Also for a login below the least level to which
        the registration was raised meanwhile; the code is spent by that.
        """
        if not levels.reaches(redeemed.earned, client.minimum_acr):
            self.burn(tenant, redeemed, code_digest)
            raise InvalidGrantError("the service asks for a higher level by now")
        moment = int(self.now().timestamp())
        access_token = base64url.encode(self.token_bytes(_TOKEN_BYTES))
        stored = tokens.NewAccessToken(
            token_digest=digest(access_token),
            client_id=client.client_id,
            pair_id=bytes.fromhex(redeemed.pair_id),
            transaction_id=redeemed.transaction_id,
            code_digest=code_digest,
            scope=redeemed.scope,
            claims=redeemed.userinfo,
            expires_at=moment + claims.TOKEN_SECONDS,
        )
        if not self._spend(tenant, stored, redeemed, moment):
            raise InvalidGrantError("the code was spent before, or its login is over")
        return {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": claims.TOKEN_SECONDS,
            "scope": redeemed.scope,
            "id_token": _id_token(tenant, client, redeemed, moment),
        }

    def _spend(self, tenant: Tenant, stored: tokens.NewAccessToken, redeemed: code.Code, moment: int) -> bool:
        tombstone_ends = moment + _TOMBSTONE_SECONDS
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            spent_now = tokens.spend_code(tx, stored.code_digest, expires_at=tombstone_ends)
            alive = spent_now and _activate(tx, tenant, redeemed, moment)
            if alive:
                tokens.add(tx, stored)
                action, outcome = Action.CODE_REDEEMED, "redeemed"
            elif spent_now:
                action, outcome = Action.CODE_MISUSED, "refused"  # its login was overturned meanwhile
            else:
                spent_at = tokens.spent_until(tx, stored.code_digest) - _TOMBSTONE_SECONDS
                if moment - spent_at >= _RETRY_SECONDS:
                    tokens.revoke_tokens_of_code(tx, stored.code_digest)
                    _forget_released(tx, redeemed)
                action, outcome = Action.CODE_REPLAYED, "refused"
            more = {"continued": True} if redeemed.continued else {}
            self.auditor.record(tx, tenant.keys, action, outcome, client_id=stored.client_id, **more)
        return alive

    def burn(self, tenant: Tenant, misused: code.Code, code_digest: bytes) -> None:
        """Spend a code that its own client presented wrongly, so that it cannot be tried twice."""
        expires_at = int(self.now().timestamp()) + _TOMBSTONE_SECONDS
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if not tokens.spend_code(tx, code_digest, expires_at=expires_at):
                tokens.revoke_tokens_of_code(tx, code_digest)
            _forget_released(tx, misused)
            client_id = misused.client_id
            self.auditor.record(tx, tenant.keys, Action.CODE_MISUSED, "refused", client_id=client_id)


def _forget_released(tx: Transaction, misused: code.Code) -> None:
    """What the login released goes with its code; one that only went on released nothing of its own."""
    if not misused.continued:
        released.forget(tx, misused.transaction_id)


def _activate(tx: Transaction, tenant: Tenant, redeemed: code.Code, moment: int) -> bool:
    """The session is one that a browser holds, and this service takes part in it. False when it is over."""
    session_digest = bytes.fromhex(redeemed.session_digest)
    idle_until = moment + IDLE_SECONDS if redeemed.goes_on else 0
    if not acceptances.activate_session(tx, session_digest, now=moment, idle_until=idle_until):
        return False
    sid = tenant.keys.session_id(redeemed.client_id, session_digest)
    pair_id = bytes.fromhex(redeemed.pair_id)
    sessions.take_part(tx, redeemed.transaction_id, redeemed.client_id, pair_id, sid)
    return True


def _id_token(tenant: Tenant, client: Client, redeemed: code.Code, moment: int) -> str:
    key = tenant.signing_key(client.id_token_signed_response_alg)
    return signed(key, "JWT", claims.id_token_claims(tenant, client, redeemed, now=moment))


class _Request(OAuth2Request):  # type: ignore[misc]
    """Authlib's view of a form that we have read; its URI is the issuer's, never the Host header's."""

    def __init__(self, tenant: Tenant, read: form.TokenForm) -> None:
        super().__init__("POST", tenant.url("/token"))
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
        self._read = read

    def create_oauth2_request(self, read: form.TokenForm) -> _Request:
        return _Request(self.tenant, read)

    def authenticate_client(self, oauth_request: _Request, _methods: object, endpoint: str = "token") -> "_Client":
        """One answer for an unknown client, a wrong secret and a method that is not the registered one."""
        try:
            client = self.endpoint.clients.authenticated(self.tenant, self._read.credentials)
        except ClientRefused as refused:
            raise InvalidClientError(description=str(refused), status_code=401) from refused
        if client.policy.sender_constrained:
            raise InvalidRequestError("access tokens of this profile are bound to a key, which is not offered yet")
        oauth_request.auth_method = self._read.credentials.method
        return _Client(client)

    def handle_response(self, status: int, payload: Any, _headers: object) -> Response:
        if status == 200:
            return json_answer(payload, headers={"Pragma": "no-cache"})
        return oauth_error(self.tenant, payload["error"], payload.get("error_description", ""), status)

    def send_signal(self, *_arguments: object, **_named: object) -> None:
        return None


class _CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    """The authorization code grant, over sealed codes."""

    _shown: "_CodeView | None" = None

    def query_authorization_code(self, unverified_code: str, client: "_Client") -> "_CodeView | None":
        server: _Server = self.server
        moment = int(server.endpoint.now().timestamp())
        try:
            opened, code_digest = code.open_code(server.tenant.keys, unverified_code, now=moment)
        except code.CodeInvalid:
            return None
        if opened.client_id != client.client.client_id:
            return None
        self._shown = _CodeView(opened, code_digest)
        return self._shown

    def validate_token_request(self) -> None:
        """Authlib's validation; a code shown with a wrong redirect URI or verifier is spent by that."""
        try:
            super().validate_token_request()
        except (InvalidGrantError, InvalidRequestError):
            if self._shown is not None:
                self.server.endpoint.burn(self.server.tenant, self._shown.code, self._shown.digest)
            raise

    def create_token_response(self) -> tuple[int, dict[str, Any], list[Any]]:
        server: _Server = self.server
        view: _CodeView = self.request.authorization_code
        client: _Client = self.request.client
        answer = server.endpoint.redeem(server.tenant, client.client, view.code, view.digest)
        return 200, answer, []


@dataclass(frozen=True, slots=True)
class _CodeView:
    """An opened code as Authlib asks about it."""

    code: code.Code
    digest: bytes

    def get_redirect_uri(self) -> str:
        return self.code.redirect_uri

    @property
    def code_challenge(self) -> str | None:
        return self.code.code_challenge


class _S256(CodeChallenge):  # type: ignore[misc]
    """PKCE with S256 and nothing else (RFC 7636 section 4.2)."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def get_authorization_code_challenge_method(self, _code: _CodeView) -> str:
        return "S256"


@dataclass(frozen=True, slots=True)
class _Client:
    """A client as Authlib asks about it."""

    client: Client

    def check_grant_type(self, grant_type: str) -> bool:
        if grant_type == client_credentials.GRANT_TYPE:
            return client_credentials.may_ask(self.client)
        return grant_type == "authorization_code"
