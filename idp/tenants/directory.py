"""The tenants a process serves: found by issuer, loaded once, loaded anew when their configuration changed.

No request reads configuration from the database: a version check beside the requests does (`refresh`), and a
miss asks once more before it is believed, so that a service registered a moment ago is known.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from threading import Lock
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import structlog

from connectors.errors import Garbled, Refused, Unreachable
from connectors.ports import CertificateKind, Keys
from idp.continuity import windows
from idp.jpki.profile import Device
from idp.jpki.trust import AnchorRefused, read_anchor
from idp.keys import encryption
from idp.keys.sealing import LABELS, SEAL, Place, SealBroken, TenantKeys
from idp.keys.signing_keys import open_key, open_request_key
from idp.oversight import authentic
from idp.procedures.procedure import read as read_procedures
from idp.resources.resource import read as read_resource
from idp.revocation.policy import combine
from idp.services import claim_terms, client_certificates, client_keys
from idp.services.legacy import Legacy
from idp.services.request_encryption import REQUEST_KEYS
from idp.store import tenants
from idp.store.data_keys import CURRENT, DataKeyRow
from idp.store.engine import Store
from idp.tenants.tenancy import ACTIVE, AUTHORIZATION_CODE, Client, Sector, SelfRegistered, Tenant
from idp.tenants.tenant_settings import TenantSettings, read_settings

MISS_SECONDS = 1.0
"""How long an unknown issuer or client is believed to be unknown: a stranger cannot make us read all day."""
_log = structlog.get_logger("idp.directory")


class Directory:
    """All active tenants, by issuer and by id."""

    def __init__(
        self,
        store: Store,
        keys: Keys,
        token_bytes: Callable[[int], bytes],
        monotonic: Callable[[], float],
        *,
        sandbox_mode: bool = False,
    ) -> None:
        self._store = store
        self._keys = keys
        self._token_bytes = token_bytes
        self._monotonic = monotonic
        self._sandbox_mode = sandbox_mode
        self._lock = Lock()
        self._tenants: Mapping[str, Tenant] = {}
        self._by_location: Mapping[tuple[str, str], Tenant] = {}
        self._looked_at = float("-inf")

    def at(self, host: str, path: str) -> Tenant | None:
        """The tenant whose issuer is at this host and a prefix of this path, or None.

        `host` as in the request, port included; `path` begins with a slash.
        """
        return self._at(host, path) or (self._at(host, path) if self._look_again() else None)

    def tenant(self, tenant_id: str) -> Tenant | None:
        """The active tenant of that id, or None."""
        return self._tenants.get(tenant_id) or (self._tenants.get(tenant_id) if self._look_again() else None)

    def client(self, tenant: Tenant, client_id: str) -> Client | None:
        """The tenant's client of that id, in whatever state, or None."""
        if found := tenant.clients.get(client_id):
            return found
        if self._look_again() and (again := self._tenants.get(tenant.tenant_id)):
            return again.clients.get(client_id)
        return None

    def all(self) -> list[Tenant]:
        """All active tenants, by id."""
        return [self._tenants[key] for key in sorted(self._tenants)]

    def refresh(self) -> None:
        """Load what changed. May raise the store's and the key custody's errors; what was known stays."""
        with self._lock:
            with self._store.read_platform() as connection:
                rows = tenants.list_tenants(connection)
            known = self._tenants
            fresh: dict[str, Tenant] = {}
            for row in rows:
                if row.state != ACTIVE or not self._may_serve(row):
                    continue
                current = known.get(row.tenant_id)
                if current is None or current.config_version != row.config_version:
                    current = self._load_or_keep(row.tenant_id, current)
                if current is not None:
                    fresh[row.tenant_id] = current
            self._tenants = MappingProxyType(fresh)
            self._by_location = MappingProxyType({_location(tenant): tenant for tenant in fresh.values()})
            self._looked_at = self._monotonic()

    def _may_serve(self, row: tenants.TenantRow) -> bool:
        """A sandbox tenant believes test certificates: it, and plain http, are for the sandbox mode alone."""
        return self._sandbox_mode or (not row.sandbox and row.issuer.startswith("https://"))

    def _at(self, host: str, path: str) -> Tenant | None:
        segments = path.split("/")
        for depth in (3, 1):  # "/t/{tenant}" for a path issuer, "" for an issuer on its own host
            if tenant := self._by_location.get((host, "/".join(segments[:depth]))):
                return tenant
        return None

    def _look_again(self) -> bool:
        if self._monotonic() - self._looked_at < MISS_SECONDS:
            return False
        self.refresh()
        return True

    def _load_or_keep(self, tenant_id: str, known: Tenant | None) -> Tenant | None:
        """The tenant anew; one that cannot be read keeps no other tenant from being served."""
        try:
            return self._load(tenant_id, known)
        except (ValueError, Refused, Garbled, SealBroken, AnchorRefused) as error:
            _log.error("tenant.unreadable", tenant=tenant_id, error=type(error).__name__, detail=str(error))
            return known
        except Unreachable as error:
            if known is None:
                raise
            _log.warning("tenant.keys-away", tenant=tenant_id, detail=str(error))  # asked for again in a moment
            return known

    def _load(self, tenant_id: str, known: Tenant | None) -> Tenant | None:
        with self._store.for_tenant(tenant_id).read() as tx:
            rows = tenants.load(tx)
        if rows is None:
            return None
        keys = self._keys_of(tenant_id, rows.data_keys, known.keys if known else None)
        row = rows.tenant
        tenant_settings = read_settings(row.settings)
        trusted = authentic.anchors(tenant_id, keys, rows.anchors, sandbox=row.sandbox)
        return Tenant(
            tenant_id=tenant_id,
            issuer=row.issuer,
            names=MappingProxyType({"ja": row.name_ja, "en": row.name_en}),
            crest=row.crest,
            key_colour=row.key_colour,
            contact=row.contact,
            sandbox=row.sandbox,
            ppid_key_version=row.ppid_key_version,
            state=row.state,
            config_version=row.config_version,
            created=row.created,
            settings=tenant_settings,
            keys=keys,
            signing_keys=tuple(open_key(keys, r) for r in rows.signing_keys if r.alg not in REQUEST_KEYS),
            request_keys=tuple(open_request_key(keys, r) for r in rows.signing_keys if r.alg in REQUEST_KEYS),
            anchors=tuple(read_anchor(CertificateKind(r.kind), r.der) for r in trusted),
            resources=MappingProxyType(
                {r.identifier: read_resource(r.identifier, r.client_id, r.registration) for r in rows.resources}
            ),
            sectors=MappingProxyType({r.sector_id: Sector(r.sector_id, r.purpose) for r in rows.sectors}),
            clients=MappingProxyType(
                {
                    r.client_id: read_client(
                        r, rows.secret_digests.get(r.client_id, []), tenant_settings, keys, sandbox=row.sandbox
                    )
                    for r in rows.clients
                }
            ),
        )

    def _keys_of(self, tenant_id: str, rows: list[DataKeyRow], held: TenantKeys | None) -> TenantKeys:
        """The data keys, of which the custody is asked only for those that are not held."""
        seals = [row for row in rows if row.label == SEAL]
        sealing = next((row.generation for row in seals if row.state == CURRENT), None)
        if sealing is None or {row.label for row in rows} != set(LABELS):
            raise Refused("the tenant's data keys are not all there")
        present = {row.generation for row in seals}
        if held is not None and held.generations == present and held.sealing == sealing:
            return held
        known = frozenset() if held is None else held.generations
        opened = {
            row.generation: self._keys.unwrap(tenant_id, SEAL, row.wrapped)
            for row in seals
            if row.generation not in known
        }
        if held is not None:
            return held.with_generations(opened, kept=known & present, sealing=sealing)
        others = {
            row.label: self._keys.unwrap(tenant_id, row.label, row.wrapped) for row in rows if row.label != SEAL
        }
        return TenantKeys(tenant_id, others, self._token_bytes, generations=opened, sealing=sealing)


def _location(tenant: Tenant) -> tuple[str, str]:
    return urlsplit(tenant.origin).netloc, tenant.path


def event_bearer_place(client_id: str) -> Place:
    """Where the token is sealed that a service's receiver of events wants to see."""
    return Place("client", client_id.encode(), "event_bearer")


def read_client(
    row: tenants.ClientRow,
    secret_digests: list[bytes],
    of_tenant: TenantSettings,
    keys: TenantKeys,
    *,
    sandbox: bool,
) -> Client:
    """A client from its stored row, with its tenant's settings where it states nothing of its own."""
    registration = json.loads(row.registration)
    verify = registration.get("verify", {})
    return Client(
        client_id=row.client_id,
        service_id=row.service_id,
        sector_id=row.sector_id,
        state=row.state,
        names=MappingProxyType(registration["names"]),
        purposes=MappingProxyType(registration["purposes"]),
        redirect_uris=tuple(registration["redirect_uris"]),
        post_logout_redirect_uris=tuple(registration["post_logout_redirect_uris"]),
        scopes=tuple(registration["scope"].split()),
        token_endpoint_auth_method=registration["token_endpoint_auth_method"],
        id_token_signed_response_alg=registration["id_token_signed_response_alg"],
        require_pkce=registration["require_pkce"],
        profile=registration["profile"],
        minimum_acr=registration["minimum_acr"],
        revocation=combine(of_tenant.revocation, registration.get("revocation", {})),
        certificate_types=tuple(Device(name) for name in registration["certificate_types"]),
        secret_digests=tuple(secret_digests),
        verify_purpose=verify.get("purpose", ""),
        verify_approved=verify.get("approved") is True
        and (sandbox or authentic.is_approved(keys, row.client_id, verify)),
        event_endpoint=(events := registration.get("events", {})).get("endpoint"),
        sealed_event_bearer=bytes.fromhex(events["bearer"]) if "bearer" in events else None,
        ocsp_front=bytes.fromhex(front) if (front := registration.get("ocsp_front")) else None,
        methods=tuple(registration.get("methods", ())),
        userinfo_signed_response_alg=registration.get("userinfo_signed_response_alg"),
        authorization_signed_response_alg=registration.get("authorization_signed_response_alg", "RS256"),
        keys=client_keys.stored(jwks) if (jwks := registration.get("jwks")) else (),
        jwks_uri=registration.get("jwks_uri"),
        token_endpoint_auth_signing_alg=registration.get("token_endpoint_auth_signing_alg", ""),
        certificate_name=client_certificates.read(registration),
        legacy=_read_legacy(keys, row.client_id, registration, sandbox=sandbox),
        user_numbers=registration.get("user_numbers") is True,
        window=windows.of_registration(keys, row.client_id, registration),
        backchannel_logout_uri=registration.get("backchannel_logout_uri"),
        backchannel_logout_session_required=registration.get("backchannel_logout_session_required", False),
        frontchannel_logout_uri=registration.get("frontchannel_logout_uri"),
        frontchannel_logout_session_required=registration.get("frontchannel_logout_session_required", False),
        encryptions=encryption.read(registration),
        dpop_bound_access_tokens=registration.get("dpop_bound_access_tokens", False),
        request_uris=tuple(registration.get("request_uris", ())),
        request_object_signing_alg=registration.get("request_object_signing_alg"),
        request_object_encryption_alg=registration.get("request_object_encryption_alg"),
        request_object_encryption_enc=registration.get("request_object_encryption_enc"),
        require_signed_request_object=registration.get("require_signed_request_object", False),
        introspection_signed_response_alg=registration.get("introspection_signed_response_alg"),
        tls_client_certificate_bound_access_tokens=registration.get(
            "tls_client_certificate_bound_access_tokens", False
        ),
        grant_types=tuple(registration.get("grant_types", (AUTHORIZATION_CODE,))),
        default_max_age=registration.get("default_max_age"),
        require_auth_time=registration.get("require_auth_time", False),
        require_signature_status=registration.get("require_signature_status", False),
        client_uri=registration.get("client_uri"),
        policy_uri=registration.get("policy_uri"),
        tos_uri=registration.get("tos_uri"),
        sector_identifier_uri=registration.get("sector_identifier_uri"),
        self_registered=_read_self_registered(registration),
        enabled_at=registration.get("enabled_at", 0),
        procedures=MappingProxyType(read_procedures(registration.get("procedures", {}))),
        claim_terms=_read_claim_terms(registration),
        agent_kinds=tuple(registration.get("agent_kinds", ())),
        attribute_sources=tuple(registration.get("attribute_sources", ())),
    )


def _read_claim_terms(registration: Mapping[str, Any]) -> Mapping[str, claim_terms.Terms]:
    """The service's terms; a law that a service names of which nobody has looked at what it says is none."""
    terms = claim_terms.read(registration.get(claim_terms.MEMBER, {}))
    own = _read_self_registered(registration)
    if own is not None and not own.reviewed:
        terms = {item: replace(one, law={}, article={}) for item, one in terms.items()}
    return MappingProxyType(terms)


def _read_self_registered(registration: Mapping[str, Any]) -> SelfRegistered | None:
    stored = registration.get("self_registered")
    if stored is None:
        return None
    return SelfRegistered(bytes.fromhex(stored["token"]), stored["reviewed"] is True)


def _read_legacy(
    keys: TenantKeys, client_id: str, registration: Mapping[str, Any], *, sandbox: bool
) -> Legacy | None:
    """The end of a service of the profile `legacy`, and whether two officers have agreed to it."""
    stored = registration.get("legacy")
    if stored is None:
        return None
    approved = stored.get("approved") is True and (
        sandbox or authentic.is_legacy_approved(keys, client_id, stored)
    )
    return Legacy(date.fromisoformat(stored["until"]), approved)
