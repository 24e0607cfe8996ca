"""UserInfo: the claims behind an access token (OpenID Connect Core section 5.3, RFC 6750)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response, request

from idp.login import release
from idp.login.pairwise import open_ppid, open_previous
from idp.login.sessions import Sessions
from idp.login.still_good import StillGood, outlived
from idp.oidc.claims import UserInfo, is_overdue, previous_claims
from idp.oidc.claims_request import kept_for_userinfo
from idp.sealing import digest
from idp.store import migrating, tokens
from idp.store.engine import Store, Transaction
from idp.tenancy import Tenant
from idp.web import current_tenant, json_answer

_B64TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,512}=*")


class _NoToken(Exception):
    """No usable bearer token; `error` is RFC 6750's name for it, empty when none was sent at all."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInfoEndpoint:
    """The endpoint and everything it needs."""

    store: Store
    sessions: Sessions
    still_good: StillGood
    now: Callable[[], datetime]

    def mount(self, app: Flask) -> None:
        """Add the route."""
        app.add_url_rule("/userinfo", "userinfo", self.userinfo, methods=["GET", "POST"])

    def userinfo(self) -> Response:
        """Answer with the claims, or with RFC 6750's challenge."""
        tenant = current_tenant()
        try:
            subject = self._subject(tenant, _bearer_token())
        except _NoToken as refusal:
            return _challenge(tenant, refusal.error)
        return json_answer(subject.claims())

    def _subject(self, tenant: Tenant, unverified_token: str) -> UserInfo:
        now = int(self.now().timestamp())
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            view = tokens.find(tx, digest(unverified_token))
            if view is None or view.revoked or view.expires_at <= now or is_overdue(view.evidence, now=now):
                raise _NoToken("invalid_token")
            attributes = release.found(tx, tenant, view.transaction_id, now=now) if view.own_login else None
            previous = self._previous(tx, tenant, view, now=now)
        sub, evidence = open_ppid(tenant, view.pair_id, view.sealed_ppid), self._evidence(tenant, view, now)
        asked = kept_for_userinfo(view.claims)
        return UserInfo(sub, view.scope, asked, evidence, attributes, previous)

    def _previous(
        self, tx: Transaction, tenant: Tenant, view: tokens.AccessTokenView, *, now: int
    ) -> Mapping[str, object]:
        """The claims of a number that has changed, in the service's window."""
        client = tenant.clients.get(view.client_id)
        if client is None or client.window is None or not client.window.is_open(now):
            return {}
        found = migrating.previous(tx, view.client_id, view.pair_id)
        if found is None:
            return {}
        return previous_claims(client, open_previous(tenant, client, view.pair_id, found).sub, now=now)

    def _evidence(self, tenant: Tenant, view: tokens.AccessTokenView, now: int) -> str:
        """The login's evidence, or another where the service's policy wants it younger by now.

        Raises _NoToken when there is none, and for a certificate that is good no longer.
        """
        client = tenant.clients.get(view.client_id)
        if client is None:
            raise _NoToken("invalid_token")
        if not outlived(view.evidence, client.revocation, now=now):
            return view.evidence
        session = self.sessions.of_login(tenant, view.transaction_id)
        found = session and self.still_good.evidence(tenant, client, session, client.revocation)
        if not found:
            raise _NoToken("invalid_token")
        return found


def _bearer_token() -> str:
    """The one token of the request: header, or body of a POST (RFC 6750 sections 2.1 and 2.2)."""
    found = request.form.getlist("access_token") if request.method == "POST" else []
    header = request.headers.get("Authorization")
    if header is not None:
        scheme, _, value = header.partition(" ")
        if scheme.lower() != "bearer":
            raise _NoToken("")
        found = [*found, value.strip()]
    if not found:
        raise _NoToken("")
    if len(found) > 1 or not _B64TOKEN.fullmatch(found[0]):
        raise _NoToken("invalid_request")
    return found[0]


def _challenge(tenant: Tenant, error: str) -> Response:
    status = 400 if error == "invalid_request" else 401
    challenge = f'Bearer realm="{tenant.issuer}"' + (f', error="{error}"' if error else "")
    body = {"error": error} if error else {}
    return json_answer(body, status, {"WWW-Authenticate": challenge})
