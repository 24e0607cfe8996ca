"""What may be registered: a wish for a tenant or a service, and the rules it must keep. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from idp import client_keys
from idp.client_policies import AUTH_METHODS
from idp.directory import event_bearer_place
from idp.jpki.profile import Device
from idp.pages.theme import ColourRefused, tenant_stylesheet
from idp.revocation.policy import combine
from idp.sealing import TenantKeys
from idp.tenancy import (
    METHODS,
    MINIMUM_ACRS,
    SCOPES,
    SIGNING_ALGS,
    VERIFY,
    Tenant,
    origin_of,
)

_ID = re.compile(r"[a-z0-9-]{1,64}")
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
_BEARER = re.compile(r"[A-Za-z0-9._~+/-]{1,1024}=*")
_INVISIBLE = ("Cc", "Cf", "Zl", "Zp")
NAME_CHARACTERS, PURPOSE_CHARACTERS, URL_CHARACTERS = 200, 400, 255
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
MAX_LEAVE, MAX_WITHIN = timedelta(days=30), timedelta(days=7)
"""Of accept now, verify later: how far ahead leave may end, and how late a verification may be."""


class NotAllowed(ValueError):
    """An administrator's wish that cannot be granted; the sentence says why. Nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTenant:
    """A municipality to be created. `issuer`: canonical URL without trailing slash, immutable afterwards.

    `ceremony`: its PPID key is brought by its officers; until then nobody gets a number.
    """

    tenant_id: str
    issuer: str
    name_ja: str
    name_en: str
    crest: str
    key_colour: str = "#0017c1"
    contact: str = ""
    sandbox: bool = False
    ceremony: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewService:
    """A service to be registered. `sector_id` None makes a sector of its own, the ordinary case."""

    service_id: str
    name_ja: str
    name_en: str = ""
    purpose_ja: str = ""
    purpose_en: str = ""
    redirect_uris: Sequence[str]
    post_logout_redirect_uris: Sequence[str] = ()
    sector_id: str | None = None
    sector_purpose: str = ""
    scopes: Sequence[str] = ("openid",)
    verify_purpose: str = ""
    user_numbers: bool = False
    """It keeps its own user numbers in the link registry."""
    token_endpoint_auth_method: str = "client_secret_basic"
    id_token_signed_response_alg: str = "RS256"
    authorization_signed_response_alg: str = "RS256"
    """Of answers in a JWT (JARM section 3)."""
    jwks: Mapping[str, object] | None = None
    """Its own public keys, a JWK set, by which it signs requests."""
    require_pkce: bool = True
    minimum_acr: str = "aal2"
    methods: Sequence[str] = ()
    certificate_types: Sequence[Device] = (Device.CARD, Device.PHONE)
    revocation: Mapping[str, object] = field(default_factory=dict)
    """Stated members of a revocation policy; the tenant's hold for the others."""
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool = False
    frontchannel_logout_uri: str | None = None
    frontchannel_logout_session_required: bool = False
    event_endpoint: str | None = None
    """Where events are pushed to..."""
    event_bearer: str | None = field(default=None, repr=False)
    """...and the token that the receiver wants to see (RFC 6750 section 2.1)."""


def require_tenant(new: NewTenant) -> None:
    """Raise NotAllowed unless the tenant may be created."""
    if not _ID.fullmatch(new.tenant_id):
        raise NotAllowed("a tenant id has 1 to 64 characters of a-z, 0-9 and hyphen")
    try:
        parts = urlsplit(new.issuer)
        canonical = origin_of(new.issuer) + parts.path == new.issuer
    except ValueError as error:
        raise NotAllowed("an issuer does not parse") from error
    loopback = parts.hostname in _LOOPBACK
    secure = parts.scheme == "https" or (new.sandbox and parts.scheme == "http" and loopback)
    if not (secure and canonical and (loopback or _HOST.fullmatch(parts.hostname or ""))):
        raise NotAllowed(
            "an issuer is an https URL in canonical form: lower-case host, port only where it is not 443"
        )
    if parts.path not in ("", f"/t/{new.tenant_id}"):
        raise NotAllowed("an issuer's path is empty or /t/ with the tenant id")
    try:
        tenant_stylesheet(new.key_colour)
    except ColourRefused as error:
        raise NotAllowed(f"key colour: {error}") from error
    if not (new.name_ja and new.name_en and 1 <= len(new.crest) <= 4):
        raise NotAllowed("a tenant needs a name in Japanese and English and a crest of 1 to 4 characters")
    _require_short(NAME_CHARACTERS, new.name_ja, new.name_en, new.contact)
    _require_short(URL_CHARACTERS, new.issuer)


def require_service(new: NewService, *, sandbox: bool) -> None:
    """Raise NotAllowed unless the service may be registered at such a tenant."""
    if not _ID.fullmatch(new.service_id):
        raise NotAllowed("a service id has 1 to 64 characters of a-z, 0-9 and hyphen")
    if new.sector_id is not None and not _ID.fullmatch(new.sector_id):
        raise NotAllowed("a sector id has 1 to 64 characters of a-z, 0-9 and hyphen")
    if not new.name_ja:
        raise NotAllowed("a service needs a name in Japanese")
    _require_short(NAME_CHARACTERS, new.name_ja, new.name_en)
    _require_short(PURPOSE_CHARACTERS, new.purpose_ja, new.purpose_en, new.sector_purpose, new.verify_purpose)
    _require_short(URL_CHARACTERS, *new.redirect_uris, *new.post_logout_redirect_uris)
    if not new.redirect_uris:
        raise NotAllowed("a service needs at least one redirect URI")
    for uri in (*new.redirect_uris, *new.post_logout_redirect_uris):
        _require_url("a redirect URI", uri, loopback_http=sandbox or new.token_endpoint_auth_method == "none")
    if new.token_endpoint_auth_method not in AUTH_METHODS:
        raise NotAllowed(f"token_endpoint_auth_method is one of {', '.join(AUTH_METHODS)}")
    for member in ("id_token_signed_response_alg", "authorization_signed_response_alg"):
        if getattr(new, member) not in SIGNING_ALGS:
            raise NotAllowed(f"{member} is one of {', '.join(SIGNING_ALGS)}")
    _require_keys(new.jwks)
    _require_level(new)
    if not new.certificate_types:
        raise NotAllowed("a service takes cards, phones or both")
    if "openid" not in new.scopes or not set(new.scopes) <= set(SCOPES):
        raise NotAllowed(f"scopes are openid and any of {', '.join(SCOPES[1:])}")
    if (VERIFY in new.scopes) != bool(new.verify_purpose.strip() or new.user_numbers):
        raise NotAllowed("the scope verify belongs together with its purpose, or with user numbers")
    if VERIFY in new.scopes and new.token_endpoint_auth_method == "none":
        raise NotAllowed("the scope verify is for services that can keep a secret")
    require_event_receiver(new.event_endpoint, new.event_bearer, sandbox=sandbox)
    _require_channels(new, sandbox=sandbox)


def require_signing(tenant: Tenant, new: NewService) -> None:
    """Raise NotAllowed for an algorithm whose first key does not sign yet, as in the minutes after an update."""
    for alg in (new.id_token_signed_response_alg, new.authorization_signed_response_alg):
        if alg not in tenant.signing_algs:
            raise NotAllowed(f"the tenant has no key for {alg} yet: try again in a few minutes")


def _require_channels(new: NewService, *, sandbox: bool) -> None:
    """Logout over either channel; a front channel is a page of the service, beside those of its redirect URIs."""
    for uri in filter(None, (new.backchannel_logout_uri, new.frontchannel_logout_uri)):
        _require_short(URL_CHARACTERS, uri)
        _require_url("a logout URI", uri, loopback_http=sandbox)
    if new.frontchannel_logout_uri:
        own = {origin_of(uri) for uri in new.redirect_uris}
        if origin_of(new.frontchannel_logout_uri) not in own:
            raise NotAllowed("a front-channel logout URI has the origin of a redirect URI")
    if (new.backchannel_logout_session_required and not new.backchannel_logout_uri) or (
        new.frontchannel_logout_session_required and not new.frontchannel_logout_uri
    ):
        raise NotAllowed("a logout session is required for a logout URI alone")


def _require_keys(jwks: Mapping[str, object] | None) -> None:
    try:
        _ = jwks is not None and client_keys.read(jwks)
    except client_keys.KeysRefused as error:
        raise NotAllowed(f"jwks: {error}") from error


def _require_level(new: NewService) -> None:
    if new.minimum_acr not in MINIMUM_ACRS:
        raise NotAllowed(f"minimum_acr is one of {', '.join(MINIMUM_ACRS)}")
    if not set(new.methods) <= set(METHODS) or (new.minimum_acr == "aal1") != bool(new.methods):
        raise NotAllowed(f"minimum_acr aal1 and a method that needs it ({', '.join(METHODS)}) belong together")


def require_event_receiver(endpoint: str | None, bearer: str | None, *, sandbox: bool) -> None:
    """Raise NotAllowed unless events may be pushed there with that token."""
    if endpoint is not None:
        _require_short(URL_CHARACTERS, endpoint)
        _require_url("an event endpoint", endpoint, loopback_http=sandbox)
    if bearer is not None and (endpoint is None or not _BEARER.fullmatch(bearer)):
        raise NotAllowed(
            "an event bearer goes with an endpoint and has 1 to 1024 characters of RFC 6750's token68"
        )


def require_policy(of_tenant: Mapping[str, object], of_service: Mapping[str, object], *, now: datetime) -> None:
    """Raise NotAllowed unless the stated members make a revocation policy, and leave in it ends soon.

    One person gives leave in a disaster: what they give must end by itself before it becomes the rule.
    """
    try:
        leave = combine(of_tenant, of_service).defer
    except ValueError as error:
        raise NotAllowed(f"revocation: {error}") from error
    if leave is not None and leave.until - now > MAX_LEAVE:
        raise NotAllowed(
            f"revocation: leave ends within {MAX_LEAVE.days} days; give it again when it has to go on"
        )
    if leave is not None and leave.within > MAX_WITHIN:
        raise NotAllowed(f"revocation: what was let in is verified within {MAX_WITHIN.days} days")


def _require_short(characters: int, *texts: str) -> None:
    for text in texts:
        if len(text) > characters:
            raise NotAllowed(f"a text has more than {characters} characters")
        if any(unicodedata.category(character) in _INVISIBLE for character in text):
            raise NotAllowed("a text holds a control or direction character")


def _require_url(what: str, uri: str, *, loopback_http: bool) -> None:
    """https, or http on loopback where that is allowed; absolute, printable ASCII, no fragment, no user.

    RFC 9700 section 4.1. Loopback is for sandbox tenants and for native applications (RFC 8252 section 7.3).
    """
    try:
        parts = urlsplit(uri)
        port_is_well_formed = parts.port is None or parts.port > 0
    except ValueError as error:
        raise NotAllowed(f"{what} does not parse") from error
    secure = parts.scheme == "https" or (loopback_http and parts.scheme == "http" and parts.hostname in _LOOPBACK)
    printable = all("!" <= character <= "~" for character in uri) and "\\" not in uri
    if (
        not (secure and printable and parts.hostname and port_is_well_formed)
        or "#" in uri
        or "@" in parts.netloc
        or "*" in parts.netloc
    ):
        raise NotAllowed(f"{what} is https (or http on loopback), absolute, without fragment and user")


def event_registration(
    keys: TenantKeys, client_id: str, endpoint: str | None, bearer: str | None
) -> dict[str, str]:
    """The registration's member about events, the receiver's token sealed; empty without a receiver."""
    if endpoint is None:
        return {}
    if bearer is None:
        return {"endpoint": endpoint}
    return {"endpoint": endpoint, "bearer": keys.seal(event_bearer_place(client_id), bearer.encode()).hex()}


def registration(new: NewService, tenant: Tenant, events: Mapping[str, str]) -> dict[str, object]:
    """The metadata as it is stored (RFC 7591 names where they exist)."""
    public = new.token_endpoint_auth_method == "none"
    verify = {"purpose": new.verify_purpose, "approved": tenant.sandbox} if new.verify_purpose.strip() else {}
    return {
        "names": {"ja": new.name_ja, "en": new.name_en or new.name_ja},
        "purposes": {"ja": new.purpose_ja, "en": new.purpose_en or new.purpose_ja},
        "redirect_uris": list(new.redirect_uris),
        "post_logout_redirect_uris": list(new.post_logout_redirect_uris),
        "scope": " ".join(new.scopes),
        "token_endpoint_auth_method": new.token_endpoint_auth_method,
        "id_token_signed_response_alg": new.id_token_signed_response_alg,
        "authorization_signed_response_alg": new.authorization_signed_response_alg,
        **({"jwks": dict(new.jwks)} if new.jwks is not None else {}),
        "require_pkce": new.require_pkce or public,
        "profile": "standard",
        "minimum_acr": new.minimum_acr,
        "revocation": dict(new.revocation),
        "certificate_types": list(new.certificate_types),
        **({"methods": list(new.methods)} if new.methods else {}),
        **({"verify": verify} if verify else {}),
        **({"user_numbers": True} if new.user_numbers else {}),
        **({"events": events} if events else {}),
        **_channels(new),
    }


def _channels(new: NewService) -> dict[str, object]:
    """Members of the logout channels, as far as they are stated."""
    names = [
        f"{way}channel_logout_{member}" for way in ("back", "front") for member in ("uri", "session_required")
    ]
    return {name: value for name in names if (value := getattr(new, name))}
