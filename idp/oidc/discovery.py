"""Provider metadata of a tenant (OIDC Discovery 1.0 section 3, RFC 8414 section 2)."""

from flask import Flask, Response

from idp.developer.errors import PATH, TERMS_PATH
from idp.items import ITEMS, KANA
from idp.keys.encryption import Answer
from idp.oidc.authorization.checks import DISPLAYS, PROMPTS
from idp.oidc.authorization.responses import RESPONSE_MODES
from idp.oidc.binding import dpop
from idp.oidc.claims import vouching
from idp.oidc.clients import register
from idp.oidc.published import published
from idp.oidc.tokens import client_credentials
from idp.pages.languages import LANGUAGES
from idp.services.client_policies import (
    AUTH_METHODS,
    CLIENT_ALGS,
    ENCRYPTION_ALGS,
    ENCRYPTION_ENCS,
    PUBLIC,
    TLS_METHODS,
)
from idp.tenants.sign_in_methods import WEAK
from idp.tenants.tenancy import GRANT_TYPES, SCOPES, Tenant
from idp.web.web import current_tenant

MTLS_ENDPOINTS = {
    "token_endpoint": "/token",
    "pushed_authorization_request_endpoint": "/par",
    "introspection_endpoint": "/introspect",
    "revocation_endpoint": "/revoke",
    "userinfo_endpoint": "/userinfo",
}
"""Endpoints that the mTLS host passes on (`deploy/nginx/mtls-host.conf`)."""


def mount(app: Flask) -> None:
    """Add the routes."""
    app.add_url_rule("/.well-known/openid-configuration", "discovery", _discovery, methods=["GET"])
    app.add_url_rule("/.well-known/oauth-authorization-server", "server_metadata", _discovery, methods=["GET"])


def metadata(tenant: Tenant) -> dict[str, object]:
    """Provider metadata: everything in it is true today."""
    return {
        "issuer": tenant.issuer,
        "authorization_endpoint": tenant.url("/authorize"),
        "token_endpoint": tenant.url("/token"),
        "pushed_authorization_request_endpoint": tenant.url("/par"),
        "dpop_signing_alg_values_supported": list(dpop.ALGS),
        "userinfo_endpoint": tenant.url("/userinfo"),
        "introspection_endpoint": tenant.url("/introspect"),
        "introspection_endpoint_auth_methods_supported": [m for m in _auth_methods(tenant) if m != PUBLIC],
        "introspection_endpoint_auth_signing_alg_values_supported": list(CLIENT_ALGS),
        "introspection_signing_alg_values_supported": list(tenant.signing_algs),
        "revocation_endpoint": tenant.url("/revoke"),
        "revocation_endpoint_auth_methods_supported": _auth_methods(tenant),
        "revocation_endpoint_auth_signing_alg_values_supported": list(CLIENT_ALGS),
        "end_session_endpoint": tenant.url("/logout"),
        **_registration(tenant),
        "jwks_uri": tenant.url("/jwks"),
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": [*GRANT_TYPES, client_credentials.GRANT_TYPE],
        "acr_values_supported": _acr_values(tenant),
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": list(tenant.signing_algs),
        "userinfo_signing_alg_values_supported": list(tenant.signing_algs),
        "authorization_signing_alg_values_supported": list(tenant.signing_algs),
        **_encryption(),
        "token_endpoint_auth_methods_supported": _auth_methods(tenant),
        "token_endpoint_auth_signing_alg_values_supported": list(CLIENT_ALGS),
        "claims_supported": [
            "iss", "sub", "aud", "exp", "iat", "nonce", "acr", "amr", "sid", "procedure", "auth_time",
            "revocation", "signature_certificate", "at_hash", "c_hash", "s_hash", "previous_sub", "previous_iss",
            *_items(tenant), "verified_claims", "signed_application", "organization", "act",
        ],
        "ui_locales_supported": list(LANGUAGES),
        "claims_locales_supported": ["ja"],
        "display_values_supported": list(DISPLAYS),
        "claims_parameter_supported": True,
        **vouching.metadata(),
        "claims_in_verified_claims_supported": _items(tenant),
        "request_parameter_supported": True,
        "request_object_signing_alg_values_supported": list(CLIENT_ALGS),
        **_request_encryption(tenant),
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "prompt_values_supported": list(PROMPTS),
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
        **_mtls_aliases(tenant),
        **_pages(tenant),
    }  # fmt: skip


def _encryption() -> dict[str, object]:
    """How each kind of answer can be encrypted to its service (OpenID Discovery section 3, JARM section 4)."""
    ways = {"alg": ENCRYPTION_ALGS, "enc": ENCRYPTION_ENCS}
    return {f"{answer}_encryption_{way}_values_supported": list(ways[way]) for answer in Answer for way in ways}


def _registration(tenant: Tenant) -> dict[str, object]:
    """Where services register themselves; nothing where they do not."""
    return {"registration_endpoint": tenant.url(register.PATH)} if tenant.settings.self_registration else {}


def _request_encryption(tenant: Tenant) -> dict[str, object]:
    """How request objects may be encrypted; nothing in the minutes in which the ring has no key for that yet."""
    if not tenant.request_algs:
        return {}
    return {
        "request_object_encryption_alg_values_supported": list(tenant.request_algs),
        "request_object_encryption_enc_values_supported": list(ENCRYPTION_ENCS),
    }


def _auth_methods(tenant: Tenant) -> list[str]:
    """How services authenticate here: by certificates only where a host asks for them."""
    mtls = bool(tenant.settings.mtls_host)
    return [method for method in AUTH_METHODS if mtls or method not in TLS_METHODS]


def _mtls_aliases(tenant: Tenant) -> dict[str, object]:
    """Where the same endpoints ask for a client certificate (RFC 8705 section 5); nothing where none does."""
    if not tenant.settings.mtls_host:
        return {}
    return {
        "tls_client_certificate_bound_access_tokens": True,
        "mtls_endpoint_aliases": {name: tenant.mtls_url(path) for name, path in MTLS_ENDPOINTS.items()},
    }


def _pages(tenant: Tenant) -> dict[str, object]:
    """Pages for people: the municipality's own, or ours."""
    own = tenant.settings
    return {
        "service_documentation": own.documentation_uri or tenant.url(PATH),
        "op_policy_uri": own.policy_uri or tenant.url("/help/privacy"),
        "op_tos_uri": own.tos_uri or tenant.url(TERMS_PATH),
    }


def _acr_values(tenant: Tenant) -> list[str]:
    """The levels that a login here can have, the highest first: the lowest where a method gives it."""
    return ["aal3", "aal2", *(["aal1"] if set(WEAK) & set(tenant.settings.methods) else [])]


def _discovery() -> Response:
    return published(metadata(current_tenant()))


def _items(tenant: Tenant) -> list[str]:
    """Items of a person that a source can tell; a name's reading where it is known how certificates hold it."""
    return [item for item in ITEMS if item != KANA or tenant.profile.kana is not None]
