"""Applications that run in a browser (Fetch, CORS protocol): their pages may read a login's answers.

Such an application is a public client, and its page lies where its redirect URI does: nothing more is registered.
No cookie opens anything at these endpoints, and none is let through (no Access-Control-Allow-Credentials). What
residents see in a browser is never shared (RFC 9700 section 2.6).
"""

from flask import Response

from idp.services.client_policies import PUBLIC
from idp.services.redirect_uris import private_use_scheme
from idp.tenants.tenancy import Tenant, origin_of
from idp.web.request import here
from idp.web.web import current_tenant

ORIGIN = "HTTP_ORIGIN"
"""The header Origin in a request's environment (PEP 3333)."""
_ENDPOINTS = frozenset({"token", "userinfo", "revoke", "par"})
_PREFLIGHT_SECONDS = 600
_REQUEST_HEADERS = "Authorization, Content-Type, DPoP"
_EXPOSED_HEADERS = "DPoP-Nonce, Retry-After, WWW-Authenticate"


def share(response: Response) -> Response:
    """Let the page that asked read the answer, where it is an application's. Of every request, after its view."""
    origin = here().environ.get(ORIGIN)
    if origin is not None and here().endpoint in _ENDPOINTS:
        _share_with(origin, response)
    return response


def _share_with(origin: str, response: Response) -> None:
    response.vary.add("Origin")
    if origin not in current_tenant().once(_origins, "cross-origin"):
        return
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = _EXPOSED_HEADERS
    if here().method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = response.headers["Allow"]
        response.headers["Access-Control-Allow-Headers"] = _REQUEST_HEADERS
        response.headers["Access-Control-Max-Age"] = str(_PREFLIGHT_SECONDS)


def _origins(tenant: Tenant, _name: str) -> frozenset[str]:
    """Where pages of the tenant's public clients lie."""
    return frozenset(
        origin_of(uri)
        for client in tenant.clients.values()
        if client.token_endpoint_auth_method == PUBLIC
        for uri in client.redirect_uris
        if not private_use_scheme(uri)
    )
