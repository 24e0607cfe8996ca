"""Register: where services that hold an invitation register themselves, and see to that registration later.

RFC 7591 section 3, RFC 7592 section 2. Where the municipality has not opened it, there is nothing here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, abort, request

from idp import strict_json
from idp.developer.errors import error_uri
from idp.oidc.oauth_errors import oauth_error
from idp.registration.metadata import METADATA, MetadataRefused
from idp.services.self_registration import Information, SelfRegistration, ServiceClosed, TokenRefused, TooOften
from idp.tenants.tenancy import Tenant
from idp.web.web import current_tenant, json_answer

PATH = "/register"
_OWN = PATH + "/<client_id>"
_B64TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,512}=*")
_NO_CACHE = {"Pragma": "no-cache"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationEndpoint:
    """Both endpoints: registration, and the configuration of one client."""

    services: SelfRegistration

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule(PATH, "register", self.register, methods=["POST"])
        app.add_url_rule(_OWN, "registered", self.look, methods=["GET"])
        app.add_url_rule(_OWN, "registered_anew", self.change, methods=["PUT"])
        app.add_url_rule(_OWN, "registered_no_more", self.remove, methods=["DELETE"])
        for refusal, answered in _REFUSALS.items():
            app.register_error_handler(refusal, answered)

    def register(self) -> Response:
        """201 with everything that is registered now, and what is shown this once."""
        tenant = _open_tenant()
        return _told(tenant, self.services.register(tenant, _token(), _metadata()), 201)

    def look(self, client_id: str) -> Response:
        """What is registered."""
        tenant = _open_tenant()
        return _told(tenant, self.services.look(tenant, client_id, _token()))

    def change(self, client_id: str) -> Response:
        """Other metadata in place of what was."""
        tenant = _open_tenant()
        return _told(tenant, self.services.change(tenant, client_id, _token(), _metadata()))

    def remove(self, client_id: str) -> Response:
        """204: there is nothing here any more."""
        self.services.remove(_open_tenant(), client_id, _token())
        return Response(status=204, headers=_NO_CACHE)


def _open_tenant() -> Tenant:
    tenant = current_tenant()
    if not tenant.settings.self_registration:
        abort(404)
    return tenant


def _token() -> str:
    """The token of the request (RFC 6750 section 2.1). Raises TokenRefused."""
    scheme, _, unverified = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not _B64TOKEN.fullmatch(unverified.strip()):
        raise TokenRefused
    return unverified.strip()


def _metadata() -> Mapping[str, Any]:
    if request.mimetype != "application/json":
        raise MetadataRefused(METADATA, "the body is application/json")
    try:
        return strict_json.members(request.get_data())
    except ValueError as error:
        raise MetadataRefused(METADATA, "the body is not one JSON object") from error


def _told(tenant: Tenant, information: Information, status: int = 200) -> Response:
    """RFC 7591 section 3.2.1; a secret that does not end ends at 0."""
    secret = information.client_secret
    body = {
        "client_id": information.client_id,
        "client_id_issued_at": information.issued_at,
        **({"client_secret": secret, "client_secret_expires_at": 0} if secret else {}),
        "registration_access_token": information.access_token,
        "registration_client_uri": tenant.url(f"{PATH}/{information.client_id}"),
        **information.metadata,
    }
    return json_answer(body, status, _NO_CACHE)


def _no_token(_refused: Exception) -> Response:
    """RFC 6750 section 3: without a word on what was wrong where no token came."""
    tenant = current_tenant()
    shown = "Authorization" in request.headers
    parts = [f'realm="{tenant.issuer}"', *(['error="invalid_token"'] if shown else [])]
    challenge = {"WWW-Authenticate": f"Bearer {', '.join(parts)}", **_NO_CACHE}
    body = {"error": "invalid_token", **error_uri(tenant, "invalid_token")} if shown else {}
    return json_answer(body, 401, challenge)


def _refused(error: MetadataRefused) -> Response:
    return oauth_error(current_tenant(), error.error, str(error))


def _closed(_error: Exception) -> Response:
    return oauth_error(current_tenant(), "access_denied", "the service is disabled", 403)


def _too_often(error: TooOften) -> Response:
    headers = {"Retry-After": str(error.seconds)}
    return oauth_error(current_tenant(), "temporarily_unavailable", str(error), 429, headers=headers)


_REFUSALS: Mapping[type[Exception], Any] = {
    TokenRefused: _no_token,
    MetadataRefused: _refused,
    ServiceClosed: _closed,
    TooOften: _too_often,
}
