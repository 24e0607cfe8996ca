"""What an administrator may wish for: a municipality, a service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from idp.jpki.profile import Device
from idp.tenants.tenancy import AUTHORIZATION_CODE, OFFLINE, REFRESH_TOKEN


class NotAllowed(ValueError):
    """An administrator's wish that cannot be granted; the sentence says why. Nothing was written."""


class RedirectUriNotAllowed(NotAllowed):
    """...because of a redirect URI."""


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
    profile: str = "standard"
    """What it may and must do (`idp/services/client_policies.py`). The members that are None below follow it."""
    token_endpoint_auth_method: str | None = None
    token_endpoint_auth_signing_alg: str | None = None
    """The one algorithm of its client assertions."""
    certificate_name: Mapping[str, str] = field(default_factory=dict)
    """By what its TLS client certificate is known: one member of RFC 8705 section 2.1.2."""
    id_token_signed_response_alg: str | None = None
    authorization_signed_response_alg: str | None = None
    """Of answers in a JWT (JARM section 3)."""
    userinfo_signed_response_alg: str | None = None
    """UserInfo answers with a JWT that is signed so; None: with plain JSON."""
    encryption: Mapping[str, str] = field(default_factory=dict)
    """Of encrypted answers: members of `idp/keys/encryption.py`, as OpenID Registration has them."""
    introspection_signed_response_alg: str | None = None
    """Of answers about its tokens, where it asks for signed ones (RFC 9701 section 6)."""
    jwks: Mapping[str, object] | None = None
    """Its own public keys, a JWK set, by which it signs requests and assertions..."""
    jwks_uri: str | None = None
    """...or where it publishes them; empty for nowhere any more."""
    request_uris: Sequence[str] = ()
    """Where its request objects lie (RFC 9101 section 5.2), each perhaps with a hash as its fragment."""
    request_object_signing_alg: str | None = None
    """The one algorithm of its request objects; None or empty for any of its profile."""
    request_object_encryption_alg: str | None = None
    """How it means to encrypt them; it may do otherwise, or not at all (OpenID Connect Registration section 2)."""
    request_object_encryption_enc: str | None = None
    require_signed_request_object: bool = False
    """Its requests come as request objects alone (RFC 9101 section 10.5)."""
    grant_types: Sequence[str] = (AUTHORIZATION_CODE,)
    """RFC 7591 section 2; `refresh_token` goes with the scope offline_access."""
    dpop_bound_access_tokens: bool = False
    """Its tokens are given to requests with a DPoP proof alone (RFC 9449 section 5.2)..."""
    tls_client_certificate_bound_access_tokens: bool = False
    """...or bound to the certificate of its handshake (RFC 8705 section 3.4)."""
    require_pkce: bool | None = None
    legacy_until: date | None = None
    """The first day on which a service of the profile `legacy` is refused."""
    minimum_acr: str = "aal2"
    methods: Sequence[str] = ()
    certificate_types: Sequence[Device] = (Device.CARD, Device.PHONE)
    revocation: Mapping[str, object] = field(default_factory=dict)
    """Stated members of a revocation policy; the tenant's hold for the others."""
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool = False
    frontchannel_logout_uri: str | None = None
    frontchannel_logout_session_required: bool = False
    sector_identifier_uri: str | None = None
    """A JSON array of all its redirect URIs; its host finds the sector (OpenID Connect Registration section 5)."""
    application_type: str | None = None
    """`web` or `native` (section 2); None: native where it is public and its profile knows such clients."""
    default_max_age: int | None = None
    """Seconds since the proof that a request without max_age asks for."""
    require_auth_time: bool = False
    require_signature_status: bool = False
    """No login with the scope jpki_status while nobody can tell of the signature certificate."""
    initiate_login_uri: str | None = None
    """Where a login begins that somebody else starts (OpenID Connect Core section 4)."""
    client_uri: str | None = None
    """Pages about the service, which residents may follow, and its picture, which is never fetched..."""
    logo_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    contacts: Sequence[str] = ()
    """...and by what its people are reached, for administrators."""
    claim_terms: Mapping[str, object] = field(default_factory=dict)
    """Why it asks for each item of a person, by which right, for how long (`idp/services/claim_terms.py`)."""
    agent_kinds: Sequence[str] = ()
    """Which agents may sign in there for somebody: statutory ones, voluntary ones; the municipality decides."""
    attribute_sources: Sequence[str] = ()
    """From which sources alone it takes items of a person (`idp/sources`): an administrator's decision."""
    event_endpoint: str | None = None
    """Where events are pushed to..."""
    event_bearer: str | None = field(default=None, repr=False)
    """...and the token that the receiver wants to see (RFC 6750 section 2.1)."""


def grants_for(scopes: Sequence[str]) -> tuple[str, ...]:
    """The grants that go with scopes, where whoever registers names scopes alone."""
    return (AUTHORIZATION_CODE, *((REFRESH_TOKEN,) if OFFLINE in scopes else ()))
