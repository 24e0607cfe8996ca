"""The one writer of authorization responses: success and error alike, `iss` always (RFC 9207)."""

from urllib.parse import urlencode

from idp.oidc.requests import Destination
from idp.tenancy import Tenant


def success_url(tenant: Tenant, destination: Destination, code: str) -> str:
    """RFC 6749 section 4.1.2."""
    return _url(tenant, destination, {"code": code})


def error_url(tenant: Tenant, destination: Destination, error: str, description: str = "") -> str:
    """RFC 6749 section 4.1.2.1."""
    members = {"error": error} | ({"error_description": description} if description else {})
    return _url(tenant, destination, members)


def _url(tenant: Tenant, destination: Destination, members: dict[str, str]) -> str:
    if destination.state is not None:
        members["state"] = destination.state
    members["iss"] = tenant.issuer
    separator = "&" if "?" in destination.redirect_uri else "?"
    return destination.redirect_uri + separator + urlencode(members)
