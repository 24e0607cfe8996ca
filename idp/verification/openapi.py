"""The API's OpenAPI 3.1 document, made by SpecTree from the endpoints that are really mounted.

SpecTree writes the document and nothing else: its own validation would repeat what was sent.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial, update_wrapper
from typing import TYPE_CHECKING, Any

from flask import Response
from spectree import Response as Responses
from spectree import SpecTree

from idp.answers import status_of
from idp.errors import Reason
from idp.tenants.tenancy import VERIFY, Tenant
from idp.verification import shapes, signed
from idp.verification.problems import STATUS
from idp.web.web import current_tenant, json_answer

if TYPE_CHECKING:
    from idp.verification.api import Endpoint

OF_ALL = (
    "malformed",
    "invalid_token",
    "invalid_dpop_proof",
    "use_dpop_nonce",
    "insufficient_scope",
    "too_large",
    "unsupported_media_type",
    "rate_limited",
)
"""Codes that every endpoint may answer."""
OF_REPEATABLE = ("idempotency_in_progress", "idempotency_key_reused")
_SECURITY = "service"
_PUBLIC_SECONDS = 300
_DESCRIPTION = (
    "Verification of JPKI certificates for the services of one municipality, and the link registry: a service's "
    "own user numbers beside the people whom it knows by a `sub`. Access: an OAuth 2.0 access token of the "
    "client_credentials grant with the scope `verify`; what of the API it opens, the service's registration says: "
    "certificates for an approved purpose, `/user-numbers` for user numbers, `/receipts` for "
    "anonymous procedures. A token that is bound to a key is "
    "shown with a DPoP proof (RFC 9449), or at the mTLS host with the certificate (RFC 8705). "
    "Problems are RFC 9457; programs decide by `code`. "
    f"With `Accept: {signed.MEDIA_TYPE}` an answer comes as a JWS of type `{signed.TYPE}` whose member `answer` "
    "is the JSON described here."
)
_KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


class Document:
    """The document of one application. It is the same for all tenants but for the server's address."""

    def __init__(self) -> None:
        self._spectree = SpecTree(
            "flask",
            mode="strict",
            title="Verification API",
            version="1",
            description=_DESCRIPTION,
            annotations=False,
            naming_strategy=lambda model: model.__name__,
            nested_naming_strategy=lambda _parent, child: child,
            validation_error_status=400,
            validation_error_model=shapes.ProblemDetails,
        )
        self._endpoints: dict[str, Endpoint] = {}
        self._written: dict[str, Any] | None = None

    def describe(self, endpoint: Endpoint, answer: Callable[[], Response]) -> Callable[[], Response]:
        """The view of an endpoint, which the document knows from now on."""

        def view() -> Response:
            return answer()

        view.__name__ = endpoint.name
        view.__doc__ = endpoint.summary
        self._endpoints[endpoint.name] = endpoint
        statuses = {f"HTTP_{endpoint.status}": endpoint.gives}
        described = self._spectree.validate(
            json=endpoint.takes,
            resp=Responses(**statuses),
            operation_id=endpoint.name,
            security={_SECURITY: [VERIFY]},
            skip_validation=True,
        )(view)
        # SpecTree finds what it describes along `__wrapped__`. Its own view is not called: it would hold a whole
        # answer in memory that comes as a stream.
        return update_wrapper(partial(answer), described)

    def answer(self) -> Response:
        """The document for the tenant whose issuer was asked."""
        response = json_answer(self.of(current_tenant()))
        response.headers["Cache-Control"] = f"public, max-age={_PUBLIC_SECONDS}"
        return response

    def of(self, tenant: Tenant) -> dict[str, Any]:
        """OpenAPI 3.1, with the tenant's issuer as server. Needs the application's context."""
        if self._written is None:
            self._written = self._write()
        whole = copy.copy(self._written)
        whole["servers"] = [{"url": tenant.issuer}]
        scheme = {
            "type": "oauth2",
            "flows": {"clientCredentials": {"tokenUrl": tenant.url("/token"), "scopes": {VERIFY: "verification"}}},
        }
        whole["components"] = {**whole["components"], "securitySchemes": {_SECURITY: scheme}}
        return whole

    def _write(self) -> dict[str, Any]:
        whole: dict[str, Any] = copy.deepcopy(self._spectree.spec)
        for path in whole["paths"].values():
            for operation in path.values():
                self._complete(operation, self._endpoints[operation["operationId"]])
        return whole

    def _complete(self, operation: dict[str, Any], endpoint: Endpoint) -> None:
        """What SpecTree cannot be told: media types, examples, problems by status."""
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        operation["requestBody"]["content"] = {
            media_type: _content(schema if media_type == "application/json" else {"type": "string"}, example)
            for media_type, example in endpoint.media_types.items()
            if media_type
        }
        operation["requestBody"]["required"] = "" not in endpoint.media_types
        if endpoint.repeatable:
            operation["parameters"] = [*operation["parameters"], _key_header(endpoint.kept_seconds)]
        success = operation["responses"][str(endpoint.status)]
        success["content"] = {
            "application/json": _content(
                success["content"]["application/json"]["schema"], endpoint.example or None
            ),
            **{name: {"schema": {"type": "string"}} for name in endpoint.streams or (signed.MEDIA_TYPE,)},
        }
        operation["responses"] = {str(endpoint.status): success, **_problems(endpoint)}


def _key_header(kept_seconds: int) -> dict[str, Any]:
    hours, minutes = kept_seconds // 3600, kept_seconds // 60
    told = f"{hours} hours" if hours else f"{minutes} minutes"
    sentence = f"The same key with the same body is answered alike for {told}, and nothing is done twice."
    return {**_KEY_HEADER, "description": sentence}


def _content(schema: dict[str, Any], example: object) -> dict[str, Any]:
    return {"schema": schema} if example is None else {"schema": schema, "example": example}


def _problems(endpoint: Endpoint) -> dict[str, Any]:
    """Status -> response, with the codes that it may carry as examples."""
    codes = (*OF_ALL, *(OF_REPEATABLE if endpoint.repeatable else ()), *endpoint.problems)
    by_status: dict[str, list[str]] = {}
    for code in codes:
        by_status.setdefault(str(STATUS.get(code) or status_of(Reason(code))), []).append(code)
    return {
        status: {
            "description": ", ".join(found),
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/ProblemDetails"},
                    "examples": {
                        code: {"value": {"type": "about:blank", "title": code.replace("_", " "), "code": code}}
                        for code in found
                    },
                }
            },
        }
        for status, found in sorted(by_status.items())
    }
