"""Which parameters of a request count: those of its request object, by value or by reference, where it has one.

What stands inside counts, and nothing of what stands beside it (RFC 9101 section 6.3).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from idp.oidc.authorization import request_decryption, request_object
from idp.oidc.authorization.request_object import RequestObjectRefused
from idp.oidc.authorization.request_references import RequestReferences, RequestUriRefused
from idp.oidc.authorization.requests import AuthorizationError, Parameters
from idp.oidc.clients.key_sets import KeySets
from idp.tenants.tenancy import Client, Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestObjects:
    """Request objects of every tenant's services."""

    key_sets: KeySets
    references: RequestReferences
    now: Callable[[], datetime]

    def counting(self, tenant: Tenant, client: Client, unverified: Parameters) -> Parameters:
        """The parameters that count: those of the request object, where there is one from a client that has keys.

        Raises AuthorizationError: invalid_request where the client's requests are request objects and this is
        none, or where it is both by value and by reference; what `RequestReferences.fetched`,
        `request_decryption.decrypted` and `request_object.opened` raise.
        """
        token = self._object(tenant, client, unverified)
        if token is None:
            if client.require_signed_request_object:
                raise AuthorizationError("invalid_request", "the service's requests are signed request objects")
            return unverified
        if request_decryption.is_encrypted(token):
            token = request_decryption.decrypted(token, tenant.request_keys)
        keys = self.key_sets.of(tenant, client)
        return request_object.opened(token, client, keys, tenant.issuer, now=self.now())

    def counting_or_refused(
        self, tenant: Tenant, client: Client, unverified: Parameters
    ) -> tuple[Parameters, AuthorizationError | None]:
        """The same for an answer by the browser: of a refused one the parameters outside say where to tell it."""
        try:
            return self.counting(tenant, client, unverified), None
        except AuthorizationError as refused:
            return unverified, refused

    def _object(self, tenant: Tenant, client: Client, unverified: Parameters) -> str | None:
        """The request object as it came, or None; that of a client without keys is one that nobody can judge."""
        uris, tokens = unverified.get("request_uri", ()), unverified.get("request", ())
        if uris and tokens:
            raise AuthorizationError("invalid_request", "request and request_uri exclude each other")
        if uris:
            if len(uris) > 1:
                raise RequestUriRefused("one request URI, and no other")
            return self.references.fetched(tenant, client, uris[0])
        if not tokens or not client.has_keys:
            return None
        if len(tokens) > 1:
            raise RequestObjectRefused("one request object, and no other")
        return tokens[0]
