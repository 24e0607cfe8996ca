"""A wish that was granted, as it is stored: client metadata by RFC 7591's names where they exist."""

from collections.abc import Mapping

from idp.keys import encryption
from idp.keys.sealing import TenantKeys
from idp.registration.rules import complete
from idp.registration.wishes import NewService
from idp.services import claim_terms, client_certificates
from idp.tenants.directory import event_bearer_place
from idp.tenants.tenancy import REFRESH_TOKEN, Tenant


def event_registration(
    keys: TenantKeys, client_id: str, endpoint: str | None, bearer: str | None
) -> dict[str, str]:
    """The registration's member about events, the receiver's token sealed; empty without a receiver."""
    if endpoint is None:
        return {}
    if bearer is None:
        return {"endpoint": endpoint}
    return {"endpoint": endpoint, "bearer": keys.seal(event_bearer_place(client_id), bearer.encode()).hex()}


def registration(unfinished: NewService, tenant: Tenant, events: Mapping[str, str]) -> dict[str, object]:
    """The metadata as it is stored (RFC 7591 names where they exist)."""
    new = complete(unfinished)
    verify = {"purpose": new.verify_purpose, "approved": tenant.sandbox} if new.verify_purpose.strip() else {}
    return {
        "names": {"ja": new.name_ja, "en": new.name_en or new.name_ja},
        "purposes": {"ja": new.purpose_ja, "en": new.purpose_en or new.purpose_ja},
        "redirect_uris": list(new.redirect_uris),
        "post_logout_redirect_uris": list(new.post_logout_redirect_uris),
        "scope": " ".join(new.scopes),
        "token_endpoint_auth_method": new.token_endpoint_auth_method,
        "id_token_signed_response_alg": new.id_token_signed_response_alg,
        **(
            {"userinfo_signed_response_alg": new.userinfo_signed_response_alg}
            if new.userinfo_signed_response_alg
            else {}
        ),
        **(
            {"introspection_signed_response_alg": new.introspection_signed_response_alg}
            if new.introspection_signed_response_alg
            else {}
        ),
        "authorization_signed_response_alg": new.authorization_signed_response_alg,
        **encryption.stored(encryption.read(new.encryption)),
        **({"jwks": dict(new.jwks)} if new.jwks is not None else {}),
        **({"jwks_uri": new.jwks_uri} if new.jwks_uri is not None else {}),
        **({"grant_types": list(new.grant_types)} if REFRESH_TOKEN in new.grant_types else {}),
        **_bindings(new),
        **_authentication(new),
        **_requests(new),
        "require_pkce": new.require_pkce,
        "profile": new.profile,
        **_term(new, tenant),
        "minimum_acr": new.minimum_acr,
        "revocation": dict(new.revocation),
        "certificate_types": list(new.certificate_types),
        **({"methods": list(new.methods)} if new.methods else {}),
        **({"agent_kinds": sorted(set(new.agent_kinds))} if new.agent_kinds else {}),
        **({"verify": verify} if verify else {}),
        **({"user_numbers": True} if new.user_numbers else {}),
        **({"events": events} if events else {}),
        **_channels(new),
        **_claim_terms(new),
        **_particulars(new),
    }


def _authentication(new: NewService) -> dict[str, str]:
    """Members of the ways that need more than the method's name."""
    alg = new.token_endpoint_auth_signing_alg
    named = client_certificates.read(new.certificate_name)
    return {**({"token_endpoint_auth_signing_alg": alg} if alg else {}), **client_certificates.stored(named)}


def _requests(new: NewService) -> dict[str, object]:
    """Members about request objects, as far as they are stated."""
    members = {
        "request_uris": list(new.request_uris),
        "request_object_signing_alg": new.request_object_signing_alg,
        "request_object_encryption_alg": new.request_object_encryption_alg,
        "request_object_encryption_enc": new.request_object_encryption_enc,
        "require_signed_request_object": new.require_signed_request_object,
    }
    return {name: value for name, value in members.items() if value}


def _bindings(new: NewService) -> dict[str, bool]:
    """To what its tokens are always bound."""
    names = ("dpop_bound_access_tokens", "tls_client_certificate_bound_access_tokens")
    return {name: True for name in names if getattr(new, name)}


def _term(new: NewService, tenant: Tenant) -> dict[str, object]:
    """The end of a service of the profile `legacy`; in the sandbox nobody has to agree."""
    if new.legacy_until is None:
        return {}
    return {"legacy": {"until": new.legacy_until.isoformat(), "approved": tenant.sandbox}}


def _channels(new: NewService) -> dict[str, object]:
    """Members of the logout channels, as far as they are stated."""
    names = [
        f"{way}channel_logout_{member}" for way in ("back", "front") for member in ("uri", "session_required")
    ]
    return {name: value for name in names if (value := getattr(new, name))}


def _claim_terms(new: NewService) -> dict[str, object]:
    stated = claim_terms.stored(claim_terms.read(new.claim_terms))
    return {claim_terms.MEMBER: stated} if stated else {}


PARTICULARS = (
    "sector_identifier_uri",
    "application_type",
    "default_max_age",
    "require_auth_time",
    "require_signature_status",
    "initiate_login_uri",
    "client_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "contacts",
    "attribute_sources",
)
"""Members that are stored as they were wished, where they say something."""


def _particulars(new: NewService) -> dict[str, object]:
    said = {name: getattr(new, name) for name in PARTICULARS}
    stated = {name: value for name, value in said.items() if value or (name == "default_max_age" and value == 0)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in stated.items()}
