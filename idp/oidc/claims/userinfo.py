"""UserInfo: the claims behind an access token (OpenID Connect Core section 5.3, RFC 6750, RFC 9449, RFC 8705)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response, request

from idp.developer.errors import error_uri
from idp.keys.encryption import Answer
from idp.keys.signing import signed
from idp.login.pairwise import open_ppid
from idp.login.previous import of_token
from idp.login.release import Altered, Release
from idp.oidc.authorization.claims_request import read_kept
from idp.oidc.binding.binding import Binding
from idp.oidc.binding.bindings import Bindings
from idp.oidc.claims.claims import UserInfo, previous_claims
from idp.oidc.claims.vouching import Login
from idp.oidc.clients.encrypting import Encrypting, NoKey
from idp.oidc.oauth_errors import oauth_error
from idp.oidc.tokens import shown_token
from idp.oidc.tokens.access_tokens import AccessTokens, LiveToken, TokenOver
from idp.oidc.tokens.shown_token import BEARER, ShownToken, TokenRefused
from idp.store.engine import Store, Transaction
from idp.tenants.tenancy import Client, Tenant
from idp.web.web import current_tenant, json_answer

PATH = "/userinfo"
_STATUS = {"invalid_request": 400, "insufficient_scope": 403}
"""RFC 6750 section 3.1: a consent that was taken back leaves a token with nothing that it may ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInfoEndpoint:
    """The endpoint and everything it needs."""

    store: Store
    access_tokens: AccessTokens
    release: Release
    bindings: Bindings
    encrypting: Encrypting
    now: Callable[[], datetime]

    def mount(self, app: Flask) -> None:
        """Add the route."""
        app.add_url_rule(PATH, "userinfo", self.userinfo, methods=["GET", "POST"])

    def userinfo(self) -> Response:
        """Answer with the claims, or with RFC 6750's challenge."""
        tenant = current_tenant()
        try:
            live, subject = self._subject(tenant, _shown())
        except TokenRefused as refused:
            return _challenge(tenant, refused, self.bindings.proofs.next_nonce(tenant))
        answer = self._answer(tenant, live.client, subject.claims())
        answer.headers.update(self.bindings.proofs.next_nonce(tenant))
        return answer

    def _answer(self, tenant: Tenant, client: Client, claims: Mapping[str, object]) -> Response:
        """In plain JSON or, where the service has registered that, signed, encrypted, or both (section 5.3.2)."""
        if client.userinfo_signed_response_alg is None and Answer.USERINFO not in client.encryptions:
            return json_answer(claims)
        try:
            seal = self.encrypting.to(tenant, client, Answer.USERINFO)
        except NoKey as missing:
            return oauth_error(tenant, "temporarily_unavailable", str(missing), 503)
        return Response(seal(_jwt(tenant, client, claims)), mimetype="application/jwt")

    def _subject(self, tenant: Tenant, shown: ShownToken) -> tuple[LiveToken, UserInfo]:
        """The token and its claims. Raises TokenRefused.

        The key comes first: nobody is asked about the certificate behind a token that was found in the street.
        """
        now = int(self.now().timestamp())
        try:
            met = self.access_tokens.met(tenant, shown.token)
            if met.view.resource:  # whoever runs the resource holds it too
                raise TokenRefused("invalid_token", shown.scheme)
            self.bindings.require(tenant, PATH, shown, Binding.parse(met.view.binding))
            if met.view.is_withdrawn:
                raise TokenRefused("insufficient_scope", shown.scheme)
            live = self.access_tokens.live(tenant, met)
        except TokenOver as over:
            raise TokenRefused("invalid_token", shown.scheme) from over
        view = live.view
        try:
            attributes = self.release.told(tenant, view)
        except Altered as altered:
            raise TokenRefused("invalid_token", shown.scheme) from altered
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            previous = _previous(tx, tenant, live, now=now)
        sub = open_ppid(tenant, view.pair_id, view.sealed_ppid)
        asked = read_kept(view.claims)
        login = Login(view.accepted_at, tuple(view.amr.split()))
        return live, UserInfo(sub, view.scope, asked, live.evidence, login, attributes, previous, live.act)


def _jwt(tenant: Tenant, client: Client, claims: Mapping[str, object]) -> str | bytes:
    """The claims signed for the service alone, where it has registered that; else as they are."""
    if client.userinfo_signed_response_alg is None:
        return json.dumps(claims, ensure_ascii=False).encode()
    parties = {"iss": tenant.issuer, "aud": client.client_id}
    return signed(tenant.signing_key(client.userinfo_signed_response_alg), "JWT", {**claims, **parties})


def _previous(tx: Transaction, tenant: Tenant, live: LiveToken, *, now: int) -> Mapping[str, object]:
    """The claims of a number that has changed, while the service hears of it."""
    found = of_token(tx, tenant, live.client, live.view.pair_id, live.view.pair_index, now=now)
    return previous_claims(found, now=now)


def _shown() -> ShownToken:
    """The one token of the request: header, or body of a POST (RFC 6750 sections 2.1 and 2.2, RFC 9449, 7.1)."""
    found = [ShownToken(BEARER, value) for value in _in_body()]
    if (in_header := shown_token.in_header()) is not None:
        found.append(in_header)
    if not found:
        raise TokenRefused("")
    if len(found) > 1 or not found[0].is_readable:
        raise TokenRefused("invalid_request", found[-1].scheme)
    return found[0]


def _in_body() -> list[str]:
    return request.form.getlist("access_token") if request.method == "POST" else []


def _challenge(tenant: Tenant, refused: TokenRefused, nonce: Mapping[str, str]) -> Response:
    error = refused.error
    headers = {**shown_token.challenge(tenant, refused), **nonce}
    body = {"error": error, **error_uri(tenant, error)} if error else {}
    return json_answer(body, _STATUS.get(error, 401), headers)
