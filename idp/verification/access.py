"""Who calls the API: the service behind an access token (RFC 6750, RFC 9449, RFC 8705), asked anew at every call.

The token says who was allowed ten minutes ago; whether it still is, the tenant's present configuration says.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from idp.oidc.binding.binding import Binding
from idp.oidc.binding.bindings import Bindings
from idp.oidc.tokens import shown_token
from idp.oidc.tokens.client_credentials import AccessInvalid, open_access
from idp.oidc.tokens.shown_token import ShownToken, TokenRefused
from idp.tenants.directory import Directory
from idp.tenants.tenancy import ACTIVE, VERIFY, Client, Tenant
from idp.verification.problems import ApiProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The question, over the tenants' services and the keys that requests show."""

    directory: Directory
    bindings: Bindings

    def service(self, tenant: Tenant, path: str, *, now: int, may_call: Callable[[Client], bool]) -> Client:
        """The service to which the token of the request at hand to that path was given.

        Raises ApiProblem: invalid_token, without an error in the challenge when no token came at all;
        invalid_dpop_proof and use_dpop_nonce; insufficient_scope when the service may not do what it asks for (any
        more).
        """
        try:
            return self._holder(tenant, path, _shown(), now=now, may_call=may_call)
        except TokenRefused as refused:
            headers = shown_token.challenge(tenant, refused, f'scope="{VERIFY}"')
            raise ApiProblem(refused.error or "invalid_token", headers=headers) from refused

    def next_nonce(self, tenant: Tenant) -> Mapping[str, str]:
        """The header that tells the next nonce to who shows proofs."""
        return self.bindings.proofs.next_nonce(tenant)

    def _holder(
        self, tenant: Tenant, path: str, shown: ShownToken, *, now: int, may_call: Callable[[Client], bool]
    ) -> Client:
        """The active service that holds the token and the key to which it is bound. Raises TokenRefused."""
        try:
            access = open_access(tenant.keys, shown.token, now=now)
        except AccessInvalid as error:
            raise TokenRefused("invalid_token", shown.scheme) from error
        self.bindings.require(tenant, path, shown, Binding.parse(access.binding))
        client = self.directory.client(tenant, access.client_id)
        if client is None or client.state != ACTIVE:
            raise TokenRefused("invalid_token", shown.scheme)
        if VERIFY not in access.scope.split() or not may_call(client):
            raise TokenRefused("insufficient_scope", shown.scheme)
        return client


def _shown() -> ShownToken:
    """The token of the request's header. Raises TokenRefused."""
    shown = shown_token.in_header()
    if shown is None:
        raise TokenRefused("")
    if not shown.is_readable:
        raise TokenRefused("invalid_token", shown.scheme)
    return shown
