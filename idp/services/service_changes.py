"""Changing a service after its registration, by the rules that it was registered by."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from idp.items import BASIC
from idp.japan import day_in_japan
from idp.jpki.profile import Device
from idp.keys import encryption
from idp.oversight.audit import Auditor
from idp.registration import (
    PARTICULARS,
    NewService,
    NotAllowed,
    grants_for,
    policy_of,
    registration,
    require_possible,
    require_service,
)
from idp.services import client_certificates, client_secrets
from idp.services.claim_terms import MEMBER
from idp.services.client_rules import NAMED, SIGNED
from idp.services.client_secrets import NewSecret
from idp.services.registrations import Members, read, rewrite
from idp.services.sector_identifiers import SectorIdentifiers
from idp.signature_status.status import SCOPE
from idp.store.engine import Store
from idp.tenants.directory import Directory
from idp.tenants.tenancy import AUTHORIZATION_CODE, LOGIN_SCOPES, VERIFY, Client, Tenant

_CIRCUMSTANTIAL = {
    "token_endpoint_auth_method",
    "id_token_signed_response_alg",
    "authorization_signed_response_alg",
    "introspection_signed_response_alg",
    "tls_client_certificate_bound_access_tokens",
    "userinfo_signed_response_alg",
    "request_object_encryption_alg",
    "legacy_until",
}
"""Members that a tenant may be able to offer on one day and not on another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceChange:
    """What shall be otherwise, named as in `NewService`; None leaves a member as it is."""

    name_ja: str | None = None
    name_en: str | None = None
    purpose_ja: str | None = None
    purpose_en: str | None = None
    redirect_uris: Sequence[str] | None = None
    post_logout_redirect_uris: Sequence[str] | None = None
    backchannel_logout_uri: str | None = None
    """Empty takes it away."""
    backchannel_logout_session_required: bool | None = None
    frontchannel_logout_uri: str | None = None
    frontchannel_logout_session_required: bool | None = None
    scopes: Sequence[str] | None = None
    verify_purpose: str | None = None
    user_numbers: bool | None = None
    profile: str | None = None
    token_endpoint_auth_method: str | None = None
    token_endpoint_auth_signing_alg: str | None = None
    certificate_name: Mapping[str, str] | None = None
    id_token_signed_response_alg: str | None = None
    authorization_signed_response_alg: str | None = None
    userinfo_signed_response_alg: str | None = None
    """Empty for plain JSON."""
    encryption: Mapping[str, str] | None = None
    """Of all answers that are encrypted from now on."""
    introspection_signed_response_alg: str | None = None
    grant_types: Sequence[str] | None = None
    dpop_bound_access_tokens: bool | None = None
    tls_client_certificate_bound_access_tokens: bool | None = None
    jwks: Mapping[str, object] | None = None
    jwks_uri: str | None = None
    """As the other one: empty takes it away."""
    request_uris: Sequence[str] | None = None
    request_object_signing_alg: str | None = None
    """Empty: any of its profile."""
    request_object_encryption_alg: str | None = None
    """Empty: it says nothing of that any more."""
    request_object_encryption_enc: str | None = None
    require_signed_request_object: bool | None = None
    require_pkce: bool | None = None
    legacy_until: date | None = None
    minimum_acr: str | None = None
    methods: Sequence[str] | None = None
    agent_kinds: Sequence[str] | None = None
    certificate_types: Sequence[Device] | None = None
    default_max_age: int | None = None
    require_auth_time: bool | None = None
    require_signature_status: bool | None = None
    initiate_login_uri: str | None = None
    """As the pages below: empty takes it away."""
    client_uri: str | None = None
    logo_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    contacts: Sequence[str] | None = None
    claim_terms: Mapping[str, object] | None = None
    """About all items from now on."""
    attribute_sources: Sequence[str] | None = None
    """Empty: whichever is asked for."""

    def stated(self) -> dict[str, Any]:
        """The members that shall be otherwise."""
        members = {member.name: getattr(self, member.name) for member in fields(self)}
        return {name: value for name, value in members.items() if value is not None}


def changed(stored: Members, client: Client, tenant: Tenant, change: ServiceChange, *, today: date) -> Members:
    """The metadata after a change. Raises NotAllowed for what could not be registered either.

    Another purpose of the scope verify, and another end of the profile `legacy`, have to be approved anew.
    """
    after = _consistent(replace(wish_of(stored, client), **change.stated()), change)
    require_service(after, sandbox=tenant.sandbox)
    if _CIRCUMSTANTIAL & change.stated().keys():
        require_possible(after, tenant, today=today)
    return _with_terms(rewritten(stored, client, tenant, after), change)


def _with_terms(members: Members, change: ServiceChange) -> Members:
    """What an administrator decides binds a service that registered itself in its own later changes, too."""
    own = members.get("self_registered")
    if own is None:
        return members
    scopes = (
        {} if change.scopes is None else {"scopes": [scope for scope in change.scopes if scope in LOGIN_SCOPES]}
    )
    pkce = {} if change.require_pkce is None else {"require_pkce": change.require_pkce}
    return {**members, "self_registered": {**own, "terms": {**own["terms"], **scopes, **pkce}}}


def rewritten(stored: Members, client: Client, tenant: Tenant, after: NewService) -> Members:
    """The metadata by another wish. What that does not touch stays as stored, known to us here or not."""
    old, new = (registration(wish, tenant, {}) for wish in (wish_of(stored, client), after))
    gone = old.keys() - new.keys()
    different = {name: value for name, value in new.items() if old.get(name) != value}
    return {name: value for name, value in stored.items() if name not in gone} | different


def _consistent(wish: NewService, change: ServiceChange) -> NewService:
    """What belongs to a member that was taken away goes with it, unless it is stated."""
    wish = _with_credentials(wish, change)
    if VERIFY not in wish.scopes and change.verify_purpose is None:
        wish = replace(wish, verify_purpose="")
    if VERIFY not in wish.scopes and change.user_numbers is None:
        wish = replace(wish, user_numbers=False)
    if SCOPE not in wish.scopes and change.require_signature_status is None:
        wish = replace(wish, require_signature_status=False)
    if change.tls_client_certificate_bound_access_tokens and change.dpop_bound_access_tokens is None:
        wish = replace(wish, dpop_bound_access_tokens=False)
    if change.dpop_bound_access_tokens and change.tls_client_certificate_bound_access_tokens is None:
        wish = replace(wish, tls_client_certificate_bound_access_tokens=False)
    if change.scopes is not None and change.grant_types is None:
        wish = replace(wish, grant_types=grants_for(wish.scopes))
    if change.scopes is not None and change.claim_terms is None:
        kept = {item: one for item, one in wish.claim_terms.items() if item not in BASIC or item in wish.scopes}
        wish = replace(wish, claim_terms=kept)
    if wish.minimum_acr != "aal1" and change.methods is None:
        wish = replace(wish, methods=())
    if not wish.backchannel_logout_uri and change.backchannel_logout_session_required is None:
        wish = replace(wish, backchannel_logout_session_required=False)
    if not wish.frontchannel_logout_uri and change.frontchannel_logout_session_required is None:
        wish = replace(wish, frontchannel_logout_session_required=False)
    return wish


def _with_credentials(wish: NewService, change: ServiceChange) -> NewService:
    """What the method of authentication and the profile need, and nothing of the ones before."""
    if wish.token_endpoint_auth_method != SIGNED and change.token_endpoint_auth_signing_alg is None:
        wish = replace(wish, token_endpoint_auth_signing_alg=None)
    if wish.token_endpoint_auth_method != NAMED and change.certificate_name is None:
        wish = replace(wish, certificate_name={})
    if change.jwks_uri and change.jwks is None:
        wish = replace(wish, jwks=None)
    if change.jwks is not None and change.jwks_uri is None:
        wish = replace(wish, jwks_uri=None)
    if policy_of(wish).pushed_only and change.request_uris is None:
        wish = replace(wish, request_uris=())
    if not wish.request_object_encryption_alg and change.request_object_encryption_enc is None:
        wish = replace(wish, request_object_encryption_enc=None)
    if not policy_of(wish).temporary and change.legacy_until is None:
        wish = replace(wish, legacy_until=None)
    if wish.userinfo_signed_response_alg == "":
        wish = replace(wish, userinfo_signed_response_alg=None)
    return wish


def wish_of(stored: Members, client: Client) -> NewService:
    """The wish that such metadata came from: undoes `registration`, but for the receiver of events."""
    names, purposes = stored["names"], stored["purposes"]
    return NewService(
        service_id=client.service_id,
        sector_id=client.sector_id,
        name_ja=names["ja"],
        name_en=_own(names),
        purpose_ja=purposes["ja"],
        purpose_en=_own(purposes),
        redirect_uris=tuple(stored["redirect_uris"]),
        post_logout_redirect_uris=tuple(stored["post_logout_redirect_uris"]),
        backchannel_logout_uri=stored.get("backchannel_logout_uri"),
        backchannel_logout_session_required=stored.get("backchannel_logout_session_required", False),
        frontchannel_logout_uri=stored.get("frontchannel_logout_uri"),
        frontchannel_logout_session_required=stored.get("frontchannel_logout_session_required", False),
        scopes=tuple(stored["scope"].split()),
        verify_purpose=stored.get("verify", {}).get("purpose", ""),
        user_numbers=stored.get("user_numbers") is True,
        profile=stored["profile"],
        token_endpoint_auth_method=stored["token_endpoint_auth_method"],
        token_endpoint_auth_signing_alg=stored.get("token_endpoint_auth_signing_alg"),
        certificate_name=client_certificates.stored(client_certificates.read(stored)),
        id_token_signed_response_alg=stored["id_token_signed_response_alg"],
        userinfo_signed_response_alg=stored.get("userinfo_signed_response_alg"),
        introspection_signed_response_alg=stored.get("introspection_signed_response_alg"),
        authorization_signed_response_alg=stored.get("authorization_signed_response_alg", "RS256"),
        encryption=encryption.stored(encryption.read(stored)),
        jwks=stored.get("jwks"),
        jwks_uri=stored.get("jwks_uri"),
        legacy_until=date.fromisoformat(stored["legacy"]["until"]) if "legacy" in stored else None,
        dpop_bound_access_tokens=stored.get("dpop_bound_access_tokens", False),
        tls_client_certificate_bound_access_tokens=stored.get("tls_client_certificate_bound_access_tokens", False),
        grant_types=tuple(stored.get("grant_types", (AUTHORIZATION_CODE,))),
        request_uris=tuple(stored.get("request_uris", ())),
        request_object_signing_alg=stored.get("request_object_signing_alg"),
        request_object_encryption_alg=stored.get("request_object_encryption_alg"),
        request_object_encryption_enc=stored.get("request_object_encryption_enc"),
        require_signed_request_object=stored.get("require_signed_request_object", False),
        require_pkce=stored["require_pkce"],
        minimum_acr=stored["minimum_acr"],
        methods=tuple(stored.get("methods", ())),
        agent_kinds=tuple(stored.get("agent_kinds", ())),
        certificate_types=tuple(Device(name) for name in stored["certificate_types"]),
        revocation=stored.get("revocation", {}),
        claim_terms=stored.get(MEMBER, {}),
        **{name: stored[name] for name in PARTICULARS if name in stored},
    )


def _own(texts: Members) -> str:
    """The English text, empty where the Japanese one stands for it: that follows a change."""
    return "" if texts["en"] == texts["ja"] else texts["en"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceChanges:
    """The act, over the store."""

    store: Store
    directory: Directory
    auditor: Auditor
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]
    sectors: SectorIdentifiers

    def change(self, tenant: Tenant, client: Client, change: ServiceChange) -> NewSecret | None:
        """Make the change; logins under way are measured by it. Raises NotAllowed, and nothing is written then.

        The service's first secret, where it authenticates by one from now on; where it does no longer, its secrets
        are gone.
        """
        stated = {name: _told(value) for name, value in change.stated().items()}
        now = self.now()
        if change.redirect_uris is not None and client.sector_identifier_uri is not None:
            uri, listed = client.sector_identifier_uri, tuple(change.redirect_uris)
            self.sectors.require_listed(uri, listed, sandbox=tenant.sandbox)
        try:
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                rewrite(
                    tx,
                    self.auditor,
                    tenant,
                    client.client_id,
                    lambda stored: changed(stored, client, tenant, change, today=day_in_japan(now)),
                    **stated,
                )
                method = read(tx, client.client_id)["token_endpoint_auth_method"]  # not as the caller knew it
                made = client_secrets.settle(tx, client.client_id, method, self.token_bytes, now=now)
        except LookupError as error:
            raise NotAllowed("there is no such service") from error
        self.directory.refresh()
        return made


def _told(value: object) -> object:
    """As the audit trail tells it."""
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
