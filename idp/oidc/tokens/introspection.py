"""Introspection: a service asks whether a token of its own still counts (RFC 7662), signed if it likes (RFC 9701).

Only services that authenticate may ask, and each about its own tokens alone: another's answers as one that never
was. Its own are those that it was given and those for a resource that it runs. `sub` is the number by which the
asking service knows the person.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response, request

from idp.keys.encryption import Answer
from idp.keys.signing import signed
from idp.login.pairwise import open_ppid
from idp.login.previous import of_token
from idp.oidc.binding.binding import Binding
from idp.oidc.claims import claims
from idp.oidc.claims.act import ActOver
from idp.oidc.clients import client_request
from idp.oidc.clients.client_authentication import ClientAuthentication, ClientRefused
from idp.oidc.clients.encrypting import Encrypting, NoKey
from idp.oidc.oauth_errors import oauth_error
from idp.oidc.tokens import client_credentials, form, minting, refresh_token
from idp.oidc.tokens.access_tokens import AccessTokens, LiveToken, MetToken, TokenOver
from idp.oidc.tokens.client_credentials import AccessInvalid
from idp.oidc.tokens.refreshing import Refreshing
from idp.services.client_policies import PUBLIC
from idp.store.engine import Store
from idp.store.refresh_families import Family
from idp.tenants.tenancy import Client, Tenant
from idp.web.certificate_hop import Hop
from idp.web.web import current_tenant, json_answer

INACTIVE: Mapping[str, object] = {"active": False}
TYPE = "token-introspection+jwt"
MEDIA_TYPE = f"application/{TYPE}"
_JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class IntrospectionEndpoint:
    """The endpoint and everything it needs."""

    store: Store
    clients: ClientAuthentication
    hop: Hop
    access_tokens: AccessTokens
    refreshing: Refreshing
    encrypting: Encrypting
    now: Callable[[], datetime]

    def mount(self, app: Flask) -> None:
        """Add the route."""
        app.add_url_rule("/introspect", "introspect", self.introspect, methods=["POST"])

    def introspect(self) -> Response:
        """What an authenticated service may know of a token of its own. A hint changes nothing (section 2.1)."""
        tenant = current_tenant()
        try:
            read = client_request.read(self.hop, required=["token"])
            client = self.clients.authenticated(tenant, read.credentials)
        except form.FormRefused as refusal:
            return oauth_error(tenant, refusal.error, refusal.description)
        except ClientRefused as refused:
            return oauth_error(tenant, "invalid_client", str(refused))
        if client.token_endpoint_auth_method == PUBLIC:
            return oauth_error(tenant, "invalid_client", "client authentication failed")
        return self._answer(tenant, client, self._about(tenant, client, read.values["token"]))

    def _answer(self, tenant: Tenant, client: Client, members: Mapping[str, object]) -> Response:
        """In JSON or, where that is asked for, signed and for this service alone (RFC 9701 section 5).

        Encrypted as well where the service has registered that.
        """
        if request.accept_mimetypes.best_match([_JSON, MEDIA_TYPE]) != MEDIA_TYPE:
            return json_answer(members)
        try:
            seal = self.encrypting.to(tenant, client, Answer.INTROSPECTION)
        except NoKey as missing:
            return oauth_error(tenant, "temporarily_unavailable", str(missing), 503)
        said = {
            "iss": tenant.issuer,
            "aud": client.client_id,
            "iat": int(self.now().timestamp()),
            "token_introspection": dict(members),
        }
        answer = seal(signed(tenant.signing_key(client.introspection_alg), TYPE, said))
        return Response(answer, mimetype=MEDIA_TYPE)

    def _about(self, tenant: Tenant, client: Client, unverified: str) -> Mapping[str, object]:
        try:
            met = self.access_tokens.met(tenant, unverified)
        except TokenOver:
            return self._about_others(tenant, client, unverified)
        if met.view.is_withdrawn or not _is_own(tenant, client, met):
            return INACTIVE
        try:
            live = self.access_tokens.live(tenant, met)
        except TokenOver:
            return INACTIVE
        view = live.view
        return _of_access_token(tenant, live) | self._previous(tenant, client, view.pair_id, view.pair_index)

    def _about_others(self, tenant: Tenant, client: Client, unverified: str) -> Mapping[str, object]:
        now = int(self.now().timestamp())
        met = self.refreshing.shown(tenant, client, unverified)
        if met is not None:
            counts = met.counts and met.family.expires_at > now and client.may_refresh
            if not counts:
                return INACTIVE
            previous = self._previous(tenant, client, met.family.pair_id, met.family.pair_index)
            try:
                act = self.refreshing.acts.of(tenant, client, met.family.transaction_id, met.family.sealed_acting)
            except ActOver:
                return INACTIVE
            return {**_of_refresh_token(tenant, met.family), **act, **previous}
        try:
            access = client_credentials.open_access(tenant.keys, unverified, now=now)
        except AccessInvalid:
            return INACTIVE
        if access.client_id != client.client_id:
            return INACTIVE
        issued = access.expires_at - client_credentials.ACCESS_SECONDS
        binding = Binding.parse(access.binding)
        members = _active(tenant, client.client_id, access.scope, issued, access.expires_at)
        return members | {"token_type": binding.token_type} | binding.cnf()

    def _previous(self, tenant: Tenant, client: Client, pair_id: bytes, pair_index: bytes) -> dict[str, object]:
        """The claims of a number that has changed, while the service hears of it."""
        now = int(self.now().timestamp())
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            return claims.previous_claims(of_token(tx, tenant, client, pair_id, pair_index, now=now), now=now)


def _is_own(tenant: Tenant, client: Client, met: MetToken) -> bool:
    """Whether it is for this service to ask; about a token for a resource that is no more, nobody's."""
    resource = tenant.resources.get(met.view.resource)
    if met.view.resource and resource is None:
        return False
    runs = (
        resource is not None
        and resource.client_id == client.client_id
        and client.sector_id == met.client.sector_id
    )
    return runs or met.client.client_id == client.client_id


def _of_access_token(tenant: Tenant, live: LiveToken) -> dict[str, object]:
    view = live.view
    issued = view.expires_at - minting.seconds_of(view.resource)
    sub = open_ppid(tenant, view.pair_id, view.sealed_ppid)
    members = _active(tenant, view.client_id, view.scope, issued, view.expires_at)
    members |= {"aud": view.resource} if view.resource else {}
    binding = Binding.parse(view.binding)
    return members | {"sub": sub, **live.act, "token_type": binding.token_type} | binding.cnf()


def _of_refresh_token(tenant: Tenant, family: Family) -> dict[str, object]:
    issued = family.expires_at - refresh_token.SECONDS
    sub = open_ppid(tenant, family.pair_id, family.sealed_ppid)
    members = _active(tenant, family.client_id, family.scope, issued, family.expires_at)
    return members | {"sub": sub} | Binding.parse(family.binding).cnf()


def _active(tenant: Tenant, client_id: str, scope: str, issued: int, expires: int) -> dict[str, object]:
    """RFC 7662 section 2.2."""
    return {
        "active": True,
        "iss": tenant.issuer,
        "client_id": client_id,
        "aud": client_id,
        **({"scope": scope} if scope else {}),
        "iat": issued,
        "exp": expires,
    }
