"""What an administrator does: create tenants, load trust anchors, register services.

Each act is one transaction with its audit entry. The command line and the demo both come through here.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connectors.ports import CertificateKind, Keys
from idp import base64url
from idp.audit import Action, Auditor
from idp.directory import Directory, event_bearer_place, signing_key_place
from idp.jpki.profile import PRODUCTION, Device
from idp.jpki.trust import Anchor, AnchorRefused, read_anchor
from idp.pages.theme import ColourRefused, tenant_stylesheet
from idp.revocation.policy import combine
from idp.sealing import KEY_BYTES, LABELS, TenantKeys, digest
from idp.store import tenants
from idp.store.engine import Store, Transaction
from idp.tenancy import (
    ACTIVE,
    AUTH_METHODS,
    METHODS,
    MINIMUM_ACRS,
    SCOPES,
    SIGNING_ALGS,
    VERIFY,
    Tenant,
    origin_of,
)

SECRET_BYTES = 32
"""Client secrets carry 256 random bits, which is why their plain SHA-256 may be stored."""
_ID = re.compile(r"[a-z0-9-]{1,64}")
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
_BEARER = re.compile(r"[A-Za-z0-9._~+/-]{1,1024}=*")
_INVISIBLE = ("Cc", "Cf", "Zl", "Zp")
NAME_CHARACTERS, PURPOSE_CHARACTERS, URL_CHARACTERS = 200, 400, 255
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class NotAllowed(ValueError):
    """An administrator's wish that cannot be granted; the sentence says why. Nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTenant:
    """A municipality to be created. `issuer`: canonical URL without trailing slash, immutable afterwards."""

    tenant_id: str
    issuer: str
    name_ja: str
    name_en: str
    crest: str
    key_colour: str = "#0017c1"
    contact: str = ""
    sandbox: bool = False


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
    token_endpoint_auth_method: str = "client_secret_basic"
    id_token_signed_response_alg: str = "RS256"
    require_pkce: bool = True
    minimum_acr: str = "aal2"
    methods: Sequence[str] = ()
    certificate_types: Sequence[Device] = (Device.CARD, Device.PHONE)
    revocation: Mapping[str, object] = field(default_factory=dict)
    """Stated members of a revocation policy; the tenant's hold for the others."""
    event_endpoint: str | None = None
    """Where events are pushed to..."""
    event_bearer: str | None = field(default=None, repr=False)
    """...and the token that the receiver wants to see (RFC 6750 section 2.1)."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A new client. `client_secret` is shown once and stored only as its SHA-256; None for public clients."""

    client_id: str
    client_secret: str | None
    sector_id: str


class Administration:
    """The acts themselves, over the store and the key custody."""

    def __init__(
        self,
        *,
        store: Store,
        keys: Keys,
        directory: Directory,
        auditor: Auditor,
        now: Callable[[], datetime],
        token_bytes: Callable[[int], bytes],
        sandbox_mode: bool = False,
    ) -> None:
        self._store = store
        self._sandbox_mode = sandbox_mode
        self._keys = keys
        self._directory = directory
        self._auditor = auditor
        self._now = now
        self._token_bytes = token_bytes

    def create_tenant(self, new: NewTenant) -> Tenant:
        """Create a tenant with its PPID key, data keys and token signing keys.

        Raises NotAllowed for a malformed or taken id or issuer; the connectors' errors when the key custody
        does not answer.
        """
        _require_tenant(new)
        if new.sandbox and not self._sandbox_mode:
            raise NotAllowed("a sandbox tenant is served in the sandbox mode only")
        version = self._keys.create(new.tenant_id)
        plain = {label: self._token_bytes(KEY_BYTES) for label in LABELS}
        wrapped = {label: self._keys.wrap(new.tenant_id, label, key) for label, key in plain.items()}
        tenant_keys = TenantKeys(new.tenant_id, plain, self._token_bytes)
        today = self._today()
        row = tenants.TenantRow(
            tenant_id=new.tenant_id,
            issuer=new.issuer,
            name_ja=new.name_ja,
            name_en=new.name_en,
            crest=new.crest,
            key_colour=new.key_colour,
            contact=new.contact,
            sandbox=new.sandbox,
            ppid_key_version=version,
            state=ACTIVE,
            config_version=1,
            created=today,
        )
        with self._store.for_tenant(new.tenant_id).write() as tx:
            if not tenants.add_tenant(tx, row, wrapped):
                raise NotAllowed("this tenant id or issuer is taken")
            for alg in SIGNING_ALGS:
                tenants.add_signing_key(tx, self._new_signing_key(tenant_keys, alg), created=today)
            self._auditor.record(tx, tenant_keys, Action.TENANT_CREATED, "done", issuer=new.issuer)
        return self._reloaded(new.tenant_id)

    def load_anchor(self, tenant: Tenant, kind: CertificateKind, der: bytes) -> None:
        """Trust one generation of a JPKI certification authority at this sandbox tenant.

        Raises NotAllowed for anything but such a certificate, and outside the sandbox, where two officers decide.
        """
        anchor = admissible_anchor(tenant, kind, der)
        if not tenant.sandbox:
            raise NotAllowed("an anchor is loaded by two officers together, outside sandbox tenants")
        if anchor.spki_sha256 in {known.spki_sha256 for known in tenant.anchors}:
            return
        with self._store.for_tenant(tenant.tenant_id).write() as tx:
            put_anchor(tx, self._auditor, tenant, anchor)
        self._directory.refresh()

    def register_service(self, tenant: Tenant, new: NewService) -> Registered:
        """Register a service as an OIDC client, with a secret unless it is public.

        Raises NotAllowed for a malformed wish, a taken service id, and a shared sector without a stated purpose
        or with another one than it has.
        """
        _require_service(new, sandbox=tenant.sandbox)
        require_policy(tenant.settings.revocation, new.revocation)
        public = new.token_endpoint_auth_method == "none"
        client_id = f"{new.service_id[:32]}-{self._token_bytes(8).hex()}"
        sector_id = new.sector_id or f"{new.service_id[:40]}-{self._token_bytes(8).hex()}"
        secret = None if public else base64url.encode(self._token_bytes(SECRET_BYTES))
        events = event_registration(tenant.keys, client_id, new.event_endpoint, new.event_bearer)
        registration = _registration(new, tenant, events)
        row = tenants.ClientRow(client_id, new.service_id, sector_id, ACTIVE, registration)
        today = self._today()
        with self._store.for_tenant(tenant.tenant_id).write() as tx:
            self._join_sector(tx, sector_id, new, created=today)
            if not tenants.add_client(tx, row, created=today):
                raise NotAllowed("this service id is taken at the tenant")
            if secret is not None:
                tenants.add_client_secret(tx, client_id, digest(secret), created=today)
            tenants.touch(tx)
            self._auditor.record(
                tx, tenant.keys, Action.SERVICE_CREATED, "done", client_id=client_id, sector_id=sector_id
            )
        self._directory.refresh()
        return Registered(client_id, secret, sector_id)

    def _join_sector(self, tx: Transaction, sector_id: str, new: NewService, *, created: date) -> None:
        """Make the service's own sector, or join one that is shared for a purpose that residents are told."""
        if tenants.add_sector(tx, tenants.SectorRow(sector_id, new.sector_purpose), created=created):
            return
        known = tenants.sector_purpose(tx, sector_id)
        if not (known or new.sector_purpose):
            raise NotAllowed("a shared sector needs its purpose, which residents are told")
        if known and new.sector_purpose not in ("", known):
            raise NotAllowed("this sector is shared for another purpose")
        if not known:
            tenants.state_sector_purpose(tx, sector_id, new.sector_purpose)

    def _new_signing_key(self, keys: TenantKeys, alg: str) -> tenants.SigningKeyRow:
        private = (
            rsa.generate_private_key(public_exponent=65537, key_size=2048)
            if alg == "RS256"
            else ec.generate_private_key(ec.SECP256R1())
        )
        der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        kid = f"{alg.lower()}-{self._token_bytes(8).hex()}"
        return tenants.SigningKeyRow(kid, alg, "current", keys.seal(signing_key_place(kid), der))

    def _reloaded(self, tenant_id: str) -> Tenant:
        self._directory.refresh()
        tenant = self._directory.tenant(tenant_id)
        if tenant is None:
            raise NotAllowed("the tenant is not active")
        return tenant

    def _today(self) -> date:
        return self._now().date()


def admissible_anchor(tenant: Tenant, kind: CertificateKind, der: bytes) -> Anchor:
    """The anchor in these bytes. Raises NotAllowed, also for a test hierarchy outside the sandbox."""
    try:
        anchor = read_anchor(kind, der)
    except AnchorRefused as error:
        raise NotAllowed(str(error)) from error
    if not tenant.sandbox and anchor.organisation != PRODUCTION.organisation:
        raise NotAllowed("a test hierarchy is refused outside sandbox tenants")
    return anchor


def put_anchor(tx: Transaction, auditor: Auditor, tenant: Tenant, anchor: Anchor) -> None:
    """Trust an anchor from the end of the transaction on. Raises NotAllowed when its key is trusted already."""
    der = anchor.certificate.public_bytes(Encoding.DER)
    if not tenants.add_anchor(tx, tenants.AnchorRow(anchor.spki_sha256, anchor.kind, der)):
        raise NotAllowed("an anchor with this key is loaded already")
    tenants.touch(tx)
    auditor.record(tx, tenant.keys, Action.ANCHOR_LOADED, "done", kind=anchor.kind, spki=anchor.spki_sha256.hex())


def _require_tenant(new: NewTenant) -> None:
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


def _require_service(new: NewService, *, sandbox: bool) -> None:
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
    if new.id_token_signed_response_alg not in SIGNING_ALGS:
        raise NotAllowed(f"id_token_signed_response_alg is one of {', '.join(SIGNING_ALGS)}")
    _require_level(new)
    if not new.certificate_types:
        raise NotAllowed("a service takes cards, phones or both")
    if "openid" not in new.scopes or not set(new.scopes) <= set(SCOPES):
        raise NotAllowed(f"scopes are openid and any of {', '.join(SCOPES[1:])}")
    if (VERIFY in new.scopes) != bool(new.verify_purpose.strip()):
        raise NotAllowed("the scope verify and its purpose belong together")
    if VERIFY in new.scopes and new.token_endpoint_auth_method == "none":
        raise NotAllowed("the scope verify is for services that can keep a secret")
    require_event_receiver(new.event_endpoint, new.event_bearer, sandbox=sandbox)


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


def require_policy(of_tenant: Mapping[str, object], of_service: Mapping[str, object]) -> None:
    """Raise NotAllowed unless the stated members make a revocation policy."""
    try:
        combine(of_tenant, of_service)
    except ValueError as error:
        raise NotAllowed(f"revocation: {error}") from error


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


def _registration(new: NewService, tenant: Tenant, events: Mapping[str, str]) -> str:
    public = new.token_endpoint_auth_method == "none"
    verify = {"purpose": new.verify_purpose, "approved": tenant.sandbox}
    return json.dumps(
        {
            "names": {"ja": new.name_ja, "en": new.name_en or new.name_ja},
            "purposes": {"ja": new.purpose_ja, "en": new.purpose_en or new.purpose_ja},
            "redirect_uris": list(new.redirect_uris),
            "post_logout_redirect_uris": list(new.post_logout_redirect_uris),
            "scope": " ".join(new.scopes),
            "token_endpoint_auth_method": new.token_endpoint_auth_method,
            "id_token_signed_response_alg": new.id_token_signed_response_alg,
            "require_pkce": new.require_pkce or public,
            "profile": "standard",
            "minimum_acr": new.minimum_acr,
            "revocation": dict(new.revocation),
            "certificate_types": list(new.certificate_types),
            **({"methods": list(new.methods)} if new.methods else {}),
            **({"verify": verify} if VERIFY in new.scopes else {}),
            **({"events": events} if events else {}),
        },
        ensure_ascii=False,
        sort_keys=True,
    )
