"""Errors of the endpoints that clients call themselves (RFC 6749 section 5.2)."""

from collections.abc import Mapping

from flask import Response

from idp.answers import retry_headers
from idp.developer.errors import error_uri
from idp.tenants.tenancy import Tenant
from idp.web.web import json_answer


def oauth_error(
    tenant: Tenant,
    error: str,
    description: str = "",
    status: int | None = None,
    *,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An error in JSON: 401 with a challenge for a client that was not authenticated, else 400."""
    status = status or (401 if error == "invalid_client" else 400)
    headers = {"Pragma": "no-cache", **retry_headers(status), **(headers or {})}
    if status == 401:
        headers["WWW-Authenticate"] = f'Basic realm="{tenant.issuer}"'
    body = {"error": error} | ({"error_description": description} if description else {})
    return json_answer(body | error_uri(tenant, error), status, headers)
