"""UserInfo: the claims behind an access token (OpenID Connect Core section 5.3, RFC 6750, RFC 9449)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flask import Flask, Response, request

from idp.login import release
from idp.login.pairwise import open_ppid
from idp.login.previous import of_token
from idp.oidc import dpop
from idp.oidc.access_tokens import AccessTokens, LiveToken, TokenOver
from idp.oidc.binding import Binding, to_dpop_key
from idp.oidc.claims import UserInfo, previous_claims
from idp.oidc.claims_request import kept_for_userinfo
from idp.oidc.dpop import ProofRefused
from idp.oidc.proofs import Proofs
from idp.oidc.vouching import Login
from idp.signing import signed
from idp.store.engine import Store, Transaction
from idp.tenancy import Client, Tenant
from idp.web import current_tenant, json_answer

PATH = "/userinfo"
BEARER, DPOP = "Bearer", "DPoP"
_SCHEMES = {"bearer": BEARER, "dpop": DPOP}
_B64TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,512}=*")


class _NoToken(Exception):
    """No usable token; `error` is RFC 6750's or 9449's name for it, empty when none was sent at all.

    `scheme`: the one of which the answer speaks.
    """

    def __init__(self, error: str, scheme: str = BEARER) -> None:
        super().__init__(error)
        self.error = error
        self.scheme = scheme


@dataclass(frozen=True, slots=True)
class _Shown:
    """A token as the request shows it: under which scheme, and its text."""

    scheme: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInfoEndpoint:
    """The endpoint and everything it needs."""

    store: Store
    access_tokens: AccessTokens
    proofs: Proofs
    now: Callable[[], datetime]

    def mount(self, app: Flask) -> None:
        """Add the route."""
        app.add_url_rule(PATH, "userinfo", self.userinfo, methods=["GET", "POST"])

    def userinfo(self) -> Response:
        """Answer with the claims, or with RFC 6750's challenge."""
        tenant = current_tenant()
        try:
            live, subject = self._subject(tenant, _shown())
        except _NoToken as refusal:
            return _challenge(tenant, refusal, self.proofs.next_nonce(tenant))
        answer = _answer(tenant, live.client, subject.claims())
        answer.headers.update(self.proofs.next_nonce(tenant))
        return answer

    def _subject(self, tenant: Tenant, shown: _Shown) -> tuple[LiveToken, UserInfo]:
        now = int(self.now().timestamp())
        try:
            live = self.access_tokens.live(tenant, shown.token)
        except TokenOver as over:
            raise _NoToken("invalid_token", shown.scheme) from over
        view = live.view
        self._require_key(tenant, shown, Binding.parse(view.binding))
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            attributes = release.found(tx, tenant, view.transaction_id, now=now) if view.own_login else None
            previous = _previous(tx, tenant, live, now=now)
        sub = open_ppid(tenant, view.pair_id, view.sealed_ppid)
        asked = kept_for_userinfo(view.claims)
        login = Login(view.accepted_at, tuple(view.amr.split()))
        return live, UserInfo(sub, view.scope, asked, live.evidence, login, attributes, previous)

    def _require_key(self, tenant: Tenant, shown: _Shown, binding: Binding) -> None:
        """Raise _NoToken unless the request shows the key to which the token is bound, and by its scheme.

        A bound token under another scheme would be one that needs no proof (RFC 9449 section 7.2).
        """
        if shown.scheme != binding.token_type:
            raise _NoToken("invalid_token", binding.token_type)
        if not binding.is_dpop:
            return
        try:
            proof = self.proofs.shown(tenant, PATH, access_token=shown.token)
        except ProofRefused as refused:
            raise _NoToken(refused.error, DPOP) from refused
        if proof is None:
            raise _NoToken("invalid_dpop_proof", DPOP)
        if to_dpop_key(proof.jkt) != binding:
            raise _NoToken("invalid_token", DPOP)


def _answer(tenant: Tenant, client: Client, claims: Mapping[str, object]) -> Response:
    """In plain JSON or, where the service has registered that, signed and for it alone (section 5.3.2)."""
    if client.userinfo_signed_response_alg is None:
        return json_answer(claims)
    key = tenant.signing_key(client.userinfo_signed_response_alg)
    parties = {"iss": tenant.issuer, "aud": client.client_id}
    return Response(signed(key, "JWT", {**claims, **parties}), mimetype="application/jwt")


def _previous(tx: Transaction, tenant: Tenant, live: LiveToken, *, now: int) -> Mapping[str, object]:
    """The claims of a number that has changed, while the service hears of it."""
    found = of_token(tx, tenant, live.client, live.view.pair_id, live.view.pair_index, now=now)
    return previous_claims(found, now=now)


def _shown() -> _Shown:
    """The one token of the request: header, or body of a POST (RFC 6750 sections 2.1 and 2.2, RFC 9449, 7.1)."""
    found = [_Shown(BEARER, value) for value in _in_body()]
    header = request.headers.get("Authorization")
    if header is not None:
        name, _, value = header.partition(" ")
        scheme = _SCHEMES.get(name.lower())
        if scheme is None:
            raise _NoToken("")
        found.append(_Shown(scheme, value.strip()))
    if not found:
        raise _NoToken("")
    if len(found) > 1 or not _B64TOKEN.fullmatch(found[0].token):
        raise _NoToken("invalid_request", found[-1].scheme)
    return found[0]


def _in_body() -> list[str]:
    return request.form.getlist("access_token") if request.method == "POST" else []


def _challenge(tenant: Tenant, refusal: _NoToken, nonce: Mapping[str, str]) -> Response:
    error = refusal.error
    parts = [f'realm="{tenant.issuer}"', *([f'error="{error}"'] if error else [])]
    if refusal.scheme == DPOP:
        parts.append(f'algs="{" ".join(dpop.ALGS)}"')
    headers = {"WWW-Authenticate": f"{refusal.scheme} {', '.join(parts)}", **nonce}
    return json_answer({"error": error} if error else {}, 400 if error == "invalid_request" else 401, headers)
