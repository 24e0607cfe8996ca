"""Tenants as values: a municipality's issuer, look, keys, anchors, services. Immutable snapshots.

A change of configuration makes a new snapshot (`idp/tenants/directory.py`); nothing here reads a database.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import urlsplit

from joserfc.jwk import ECKey, OKPKey, RSAKey

from idp.items import BASIC, ITEMS
from idp.japan import day_in_japan
from idp.jpki.profile import PRODUCTION, SANDBOX, Device, Profile
from idp.jpki.trust import Anchor
from idp.keys.encryption import Answer, Encryption
from idp.keys.ring_keys import RequestKey, SigningKey
from idp.keys.sealing import TenantKeys
from idp.procedures.procedure import Procedure
from idp.resources.resource import Resource
from idp.revocation.policy import RevocationPolicy
from idp.services.claim_terms import Terms
from idp.services.client_certificates import CertificateName
from idp.services.client_policies import POLICIES, TLS_METHODS, ClientPolicy
from idp.services.legacy import Legacy
from idp.services.request_encryption import KEY_OF
from idp.tenants.tenant_settings import TenantSettings

T = TypeVar("T")

ACTIVE = "active"
WAITING, DISABLED, REMOVED = "waiting", "disabled", "removed"
"""States of a service that nobody can sign in to: until an administrator agrees to it, until one enables it again,
for ever."""
ATTRIBUTES = BASIC
PROFILE = "profile"
"""Of the claims that it stands for, a service gets those that it is registered for one by one."""
OFFLINE = "offline_access"
"""The scope of a service that may come back while the resident is away; it goes with the refresh grant."""
OFFLINE_DAYS = 30
"""For how long it may."""
LOGIN_SCOPES = ("openid", *ATTRIBUTES, PROFILE, "jpki_status", OFFLINE)
"""Scopes of a login: what a resident can be asked for."""
AUTHORIZATION_CODE, REFRESH_TOKEN = "authorization_code", "refresh_token"
GRANT_TYPES = (AUTHORIZATION_CODE, REFRESH_TOKEN)
"""Grants that a service registers (RFC 7591 section 2); client_credentials comes with the scope verify."""
VERIFY = "verify"
"""The scope of the verification API, which a service holds for itself and for no resident."""
SCOPES = (*LOGIN_SCOPES, VERIFY)
"""Scopes that a service can be registered for."""
MINIMUM_ACRS = ("aal1", "aal2", "aal3")
"""What a service may ask at least; `aal1` goes with a method that needs it."""
SIGNING_ALGS = ("RS256", "ES256", "PS256", "EdDSA")
"""Algorithms of what a tenant signs; its ring has keys for each."""


@dataclass(frozen=True, slots=True)
class Sector:
    """A pseudonym sector: the services in it see the same PPID of a person. `purpose`: why it is shared."""

    sector_id: str
    purpose: str


WINDOW_DAYS = 90
"""How long a service hears former numbers where nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Window:
    """A service whose residents change numbers (`idp/continuity`); `migration_id` empty once that is settled.

    `ends_at`: until when it hears the old numbers, seconds since 1970. `also_sector`: where its residents' pairs
    may be beside its own sector, or empty. `other_tenant`, `other_client`: who gives the residents, and
    `previous_iss` the issuer there; empty unless tenants merge.
    """

    migration_id: str
    ends_at: int
    also_sector: str = ""
    other_tenant: str = ""
    other_client: str = ""
    previous_iss: str = ""

    def is_open(self, now: int) -> bool:
        """Whether the service still hears the old numbers."""
        return bool(self.migration_id) and now < self.ends_at


@dataclass(frozen=True, slots=True)
class SelfRegistered:
    """How a service came that registered itself.

    `token_digest`: SHA-256 of its registration access token (RFC 7592).
    `reviewed`: somebody of the municipality has looked at what it says of itself.
    """

    token_digest: bytes
    reviewed: bool


@dataclass(frozen=True, slots=True)
class Client:
    """A municipal service registered at a tenant; metadata named as in RFC 7591 and OIDC Registration.

    `names` and `purposes` by language (`ja`, `en`); `secret_digests`: SHA-256 of each live client secret.
    `verify_purpose`: what the verification API is for, empty without the scope `verify`; `verify_approved`: the
    tenant has agreed to it. `event_endpoint`: where events are pushed to, None for nowhere. `ocsp_front`: SHA-256
    of the capability of its OCSP front, None where it has none. `methods`: ways that it takes
    beside a certificate's own (`sign_in_methods.METHODS`).
    `user_numbers`: it keeps its own user numbers in the link registry. `window`: of a service whose residents
    change numbers, or have.
    `keys`: its own public keys, registered by value; `jwks_uri`: where it publishes them instead.
    `token_endpoint_auth_signing_alg`: the one algorithm of its client assertions, empty where it makes none.
    `certificate_name`: by which its TLS client certificate is known. `legacy`: of a service of that profile.
    `request_uris`: where its request objects lie; `request_object_signing_alg`: their one algorithm, None for any
    of its profile.
    `backchannel_logout_uri`, `frontchannel_logout_uri`: where it is told that a session is over, None for nowhere.
    `encryptions`: of the answers that are encrypted to it.
    `sector_identifier_uri`: where all its redirect URIs are listed, None for nowhere.
    `default_max_age`: seconds, where a request names none. `client_uri`, `policy_uri`, `tos_uri`: its own pages.
    `enabled_at`: when it was enabled again, seconds since 1970: what it was given before counts no longer.
    `procedures`: what residents apply for there, by id. `agent_kinds`: which agents may sign in there for somebody
    (`idp/agents/representation.py`), none unless stated.
    `attribute_sources`: from which alone it takes items of a person, in its order; empty for whichever is asked.
    """

    client_id: str
    service_id: str
    sector_id: str
    state: str
    names: Mapping[str, str]
    purposes: Mapping[str, str]
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    token_endpoint_auth_method: str
    id_token_signed_response_alg: str
    require_pkce: bool
    profile: str
    minimum_acr: str
    revocation: RevocationPolicy
    certificate_types: tuple[Device, ...]
    secret_digests: tuple[bytes, ...]
    verify_purpose: str = ""
    verify_approved: bool = False
    event_endpoint: str | None = None
    sealed_event_bearer: bytes | None = None
    ocsp_front: bytes | None = None
    methods: tuple[str, ...] = ()
    user_numbers: bool = False
    userinfo_signed_response_alg: str | None = None
    authorization_signed_response_alg: str = "RS256"
    window: Window | None = None
    keys: tuple[RSAKey | ECKey | OKPKey, ...] = ()
    jwks_uri: str | None = None
    token_endpoint_auth_signing_alg: str = ""
    certificate_name: CertificateName | None = None
    legacy: Legacy | None = None
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool = False
    frontchannel_logout_uri: str | None = None
    frontchannel_logout_session_required: bool = False
    grant_types: tuple[str, ...] = (AUTHORIZATION_CODE,)
    dpop_bound_access_tokens: bool = False
    tls_client_certificate_bound_access_tokens: bool = False
    introspection_signed_response_alg: str | None = None
    request_uris: tuple[str, ...] = ()
    request_object_signing_alg: str | None = None
    request_object_encryption_alg: str | None = None
    request_object_encryption_enc: str | None = None
    require_signed_request_object: bool = False
    encryptions: Mapping[Answer, Encryption] = field(default_factory=lambda: MappingProxyType({}))
    default_max_age: int | None = None
    require_auth_time: bool = False
    require_signature_status: bool = False
    client_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    sector_identifier_uri: str | None = None
    self_registered: SelfRegistered | None = None
    enabled_at: int = 0
    procedures: Mapping[str, Procedure] = field(default_factory=lambda: MappingProxyType({}))
    claim_terms: Mapping[str, Terms] = field(default_factory=lambda: MappingProxyType({}))
    agent_kinds: tuple[str, ...] = ()
    attribute_sources: tuple[str, ...] = ()
    policy: ClientPolicy = field(init=False, repr=False, compare=False)
    """What its profile demands and allows."""
    items: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """Items of a person that it may ask for: by its scopes, and those about which it states its terms."""

    def __post_init__(self) -> None:
        """What every request asks for is derived once."""
        items = tuple(item for item in ITEMS if item in self.scopes or item in self.claim_terms)
        object.__setattr__(self, "policy", POLICIES[self.profile])
        object.__setattr__(self, "items", items)

    @property
    def request_object_algs(self) -> tuple[str, ...]:
        """Algorithms by which its request objects may be signed."""
        stated = self.request_object_signing_alg
        return self.policy.client_algs if stated is None else (stated,)

    @property
    def is_reviewed(self) -> bool:
        """Whether somebody of the municipality has looked at what the service says of itself."""
        return self.self_registered is None or self.self_registered.reviewed

    @property
    def has_keys(self) -> bool:
        """Whether it has keys of its own, wherever they are."""
        return bool(self.keys) or self.jwks_uri is not None

    def is_open(self, at: datetime) -> bool:
        """Whether its profile may be used then, by the day in Japan."""
        return not self.policy.temporary or (self.legacy is not None and self.legacy.is_open(day_in_japan(at)))

    def name(self, language: str) -> str:
        """The service's name for residents in that language, Japanese where it has none."""
        return self.names.get(language) or self.names["ja"]

    def purpose(self, language: str) -> str:
        """Why the service asks people to sign in, or the empty string."""
        return self.purposes.get(language) or self.purposes.get("ja", "")

    @property
    def sectors(self) -> tuple[str, ...]:
        """Where pairs of the service's residents are: its own sector, and another one while some are there."""
        also = self.window.also_sector if self.window else ""
        return (self.sector_id, also) if also else (self.sector_id,)

    @property
    def introspection_alg(self) -> str:
        """By which answers about its tokens are signed: RS256 unless stated (RFC 9701 section 6), or its profile
        forbids that.
        """
        usual = "RS256" if "RS256" in self.policy.signing_algs else self.id_token_signed_response_alg
        return self.introspection_signed_response_alg or usual

    @property
    def binds_tokens(self) -> bool:
        """Whether every token of the service is bound to a key."""
        by_registration = self.dpop_bound_access_tokens or self.tls_client_certificate_bound_access_tokens
        return by_registration or self.policy.sender_constrained

    @property
    def binds_to_certificates(self) -> bool:
        """Whether the certificate of a handshake binds a token where no DPoP proof does (RFC 8705 section 3)."""
        by_profile = self.policy.sender_constrained and not self.dpop_bound_access_tokens
        return self.tls_client_certificate_bound_access_tokens or by_profile

    @property
    def needs_mtls_host(self) -> bool:
        """Whether the service has to be asked for a certificate."""
        by_method = self.token_endpoint_auth_method in TLS_METHODS
        return by_method or self.tls_client_certificate_bound_access_tokens

    @property
    def may_refresh(self) -> bool:
        """Whether the service may ask for refresh tokens, and use those that it has."""
        registered = OFFLINE in self.scopes and REFRESH_TOKEN in self.grant_types
        return self.state == ACTIVE and self.policy.refresh_tokens and registered

    @property
    def may_verify(self) -> bool:
        """Whether the service may have certificates verified by the API now."""
        return self.state == ACTIVE and VERIFY in self.scopes and self.verify_approved

    @property
    def may_link(self) -> bool:
        """Whether the service may use the link registry by the API now.

        Nobody approves that beside whoever registered it: it learns nothing there but its own numbers.
        """
        return self.state == ACTIVE and VERIFY in self.scopes and self.user_numbers


@dataclass(frozen=True, slots=True)
class Tenant:
    """A municipality. `issuer` is canonical and never changes; everything is derived from it, never from Host."""

    tenant_id: str
    issuer: str
    names: Mapping[str, str]
    crest: str
    key_colour: str
    contact: str
    sandbox: bool
    ppid_key_version: int
    state: str
    config_version: int
    created: date
    settings: TenantSettings
    keys: TenantKeys
    signing_keys: tuple[SigningKey, ...]
    request_keys: tuple[RequestKey, ...]
    anchors: tuple[Anchor, ...]
    sectors: Mapping[str, Sector]
    clients: Mapping[str, Client]
    resources: Mapping[str, Resource] = field(default_factory=dict)
    """By identifier."""
    path: str = field(init=False)
    """The issuer's path, "" for an issuer with a host of its own."""
    origin: str = field(init=False)
    """`scheme://host[:port]` of the issuer, default port left out: what authenticators sign."""
    secure: bool = field(init=False)
    """Whether the issuer is https: loopback http is for sandbox tenants alone."""
    _derived: dict[object, Any] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """What every request asks for is derived once."""
        object.__setattr__(self, "path", urlsplit(self.issuer).path)
        object.__setattr__(self, "origin", origin_of(self.issuer))
        object.__setattr__(self, "secure", self.issuer.startswith("https://"))

    def once(self, derive: Callable[["Tenant", str], T], name: str) -> T:
        """`derive(self, name)`, made when first asked for and kept as long as this snapshot.

        `name`: one of few, such as a language or the id of a client; never anything of a person.
        """
        made: T | None = self._derived.get((derive, name))
        if made is None:
            made = self._derived.setdefault((derive, name), derive(self, name))
        return made

    def once_for(self, derive: Callable[["Tenant", Client], T], client: Client) -> T:
        """The same of a client; derived anew for one that this snapshot does not hold as it is."""
        if self.clients.get(client.client_id) is not client:
            return derive(self, client)
        made: T | None = self._derived.get((derive, client.client_id))
        if made is None:
            made = self._derived.setdefault((derive, client.client_id), derive(self, client))
        return made

    @property
    def profile(self) -> Profile:
        """The certificates accepted here: test certificates at sandbox tenants and nowhere else."""
        return SANDBOX if self.sandbox else PRODUCTION

    def name(self, language: str) -> str:
        """The municipality's name in that language."""
        return self.names.get(language) or self.names["ja"]

    def url(self, path: str) -> str:
        """An absolute URL under the issuer; `path` begins with a slash."""
        return self.issuer + path

    def mtls_url(self, path: str) -> str | None:
        """The same at the host that asks services for certificates (RFC 8705 section 5); None without one."""
        return f"{self.settings.mtls_host}{self.path}{path}" if self.settings.mtls_host else None

    def service(self, service_id: str) -> Client | None:
        """The service by the id under which it was registered; None where there is none (any more)."""
        return next((client for client in self.clients.values() if client.service_id == service_id), None)

    def sharing(self, client: Client) -> tuple[Client, ...]:
        """The other services of the client's sector, which receive the same number."""
        return tuple(
            other
            for other in self.clients.values()
            if other.sector_id == client.sector_id
            and other.client_id != client.client_id
            and other.state != WAITING
        )

    @property
    def signing_algs(self) -> tuple[str, ...]:
        """The algorithms by which the tenant can sign now: the first key of a new one is published first."""
        have = {key.alg for key in self.signing_keys if key.state == "current"}
        return tuple(alg for alg in SIGNING_ALGS if alg in have)

    @property
    def request_algs(self) -> tuple[str, ...]:
        """How requests may be encrypted to the tenant now (`alg` of a JWE)."""
        have = {key.alg for key in self.request_keys if key.state == "current"}
        return tuple(alg for alg, key in KEY_OF.items() if key in have)

    def signing_key(self, alg: str) -> SigningKey:
        """The current key of that algorithm. Raises LookupError when the ring has none."""
        for key in self.signing_keys:
            if key.alg == alg and key.state == "current":
                return key
        raise LookupError(f"no current signing key for {alg}")


def origin_of(url: str) -> str:
    """`scheme://host[:port]` with the scheme's default port left out (RFC 6454 section 6.2)."""
    parts = urlsplit(url)
    default = {"https": 443, "http": 80}.get(parts.scheme)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" if parts.port in (None, default) else f"{parts.scheme}://{host}:{parts.port}"
