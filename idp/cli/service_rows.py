"""What `idp service` shows of a service."""

from dataclasses import asdict
from typing import Any

from idp.compose import Product
from idp.keys import encryption
from idp.revocation.policy import write_policy
from idp.services import claim_terms, client_certificates, legacy_services
from idp.tenants.tenancy import Client, Tenant
from idp.verification import purpose


def proposed(product: Product, tenant: Tenant, client: Client) -> dict[str, str]:
    """The proposals that two officers approve, made where the scope verify or the profile legacy needs one."""
    approvals, made = product.trust.approvals, {}
    if client.verify_purpose and not client.verify_approved:
        asked = purpose.propose(approvals, tenant, client.client_id, client.verify_purpose)
        made["proposal"] = asked.proposal_id
    if client.legacy is not None and not client.legacy.approved:
        asked = legacy_services.propose(approvals, tenant, client.client_id, client.legacy.until)
        made["legacy_proposal"] = asked.proposal_id
    return made


def describe(client: Client) -> dict[str, Any]:
    """A service as commands list it."""
    return {
        "id": client.service_id,
        "client_id": client.client_id,
        "name": client.name("ja"),
        "sector": client.sector_id,
        "state": client.state,
    }


def details(client: Client) -> dict[str, Any]:
    """What `show` adds."""
    return {
        "purpose": client.purpose("ja"),
        "redirect_uris": list(client.redirect_uris),
        "post_logout_redirect_uris": list(client.post_logout_redirect_uris),
        "backchannel_logout_uri": client.backchannel_logout_uri,
        "frontchannel_logout_uri": client.frontchannel_logout_uri,
        "scope": " ".join(client.scopes),
        "profile": client.profile,
        **_legacy(client),
        "grant_types": list(client.grant_types),
        "dpop_bound_access_tokens": client.dpop_bound_access_tokens,
        "tls_client_certificate_bound_access_tokens": client.tls_client_certificate_bound_access_tokens,
        "token_endpoint_auth_method": client.token_endpoint_auth_method,
        **({"token_endpoint_auth_signing_alg": alg} if (alg := client.token_endpoint_auth_signing_alg) else {}),
        **client_certificates.stored(client.certificate_name),
        "id_token_signed_response_alg": client.id_token_signed_response_alg,
        "userinfo_signed_response_alg": client.userinfo_signed_response_alg,
        "introspection_signed_response_alg": client.introspection_alg,
        "authorization_signed_response_alg": client.authorization_signed_response_alg,
        **encryption.stored(client.encryptions),
        "keys": [key.thumbprint() for key in client.keys],
        **({"jwks_uri": client.jwks_uri} if client.jwks_uri else {}),
        **_requests(client),
        "require_pkce": client.require_pkce,
        "policy": asdict(client.policy),
        "minimum_acr": client.minimum_acr,
        "methods": list(client.methods),
        "agent_kinds": list(client.agent_kinds),
        "revocation": write_policy(client.revocation),
        "certificate_types": [str(device) for device in client.certificate_types],
        **({claim_terms.MEMBER: claim_terms.stored(client.claim_terms)} if client.claim_terms else {}),
        **({"verify": _verify(client)} if client.verify_purpose else {}),
        "attribute_sources": list(client.attribute_sources),
        "require_signature_status": client.require_signature_status,
        "user_numbers": client.user_numbers,
        "event_endpoint": client.event_endpoint,
        "event_bearer": client.sealed_event_bearer is not None,
        "secrets": len(client.secret_digests),
        **({"reviewed": client.is_reviewed} if client.self_registered else {}),
    }


def _requests(client: Client) -> dict[str, object]:
    stated = {
        "request_object_signing_alg": client.request_object_signing_alg,
        "request_object_encryption_alg": client.request_object_encryption_alg,
        "request_object_encryption_enc": client.request_object_encryption_enc,
    }
    return {
        "request_uris": list(client.request_uris),
        **{name: value for name, value in stated.items() if value},
        "require_signed_request_object": client.require_signed_request_object,
    }


def _legacy(client: Client) -> dict[str, object]:
    if client.legacy is None:
        return {}
    return {"legacy": {"until": client.legacy.until.isoformat(), "approved": client.legacy.approved}}


def _verify(client: Client) -> dict[str, object]:
    return {"purpose": client.verify_purpose, "approved": client.verify_approved}
