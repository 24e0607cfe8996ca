"""ID tokens that come back as hints (`id_token_hint`): ours by their signature, and then whom they name.

An expired one still names its person (OpenID Connect Core section 3.1.2.1, RP-Initiated Logout section 2).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc.errors import JoseError
from msgspec import structs

from idp.keys.signing import verified
from idp.oidc.authorization.requests import AuthorizationError, AuthorizationRequest, Parameters
from idp.tenants.tenancy import Client, Tenant

MAX_CHARACTERS = 16 * 1024


class HintRefused(Exception):
    """Not an ID token that this tenant gave to one of its services."""


@dataclass(frozen=True, slots=True)
class Hint:
    """What an ID token of ours says: the service that it was given to, the person's number there, the session."""

    client: Client
    sub: str
    sid: str


def read(tenant: Tenant, unverified: str) -> Hint:
    """The hint. Raises HintRefused for anything that the tenant did not sign as an ID token of a service."""
    if len(unverified) > MAX_CHARACTERS:
        raise HintRefused("too long")
    try:
        token = verified(unverified, tenant.signing_keys)  # retired ones too: a hint may be older than a rotation
    except (JoseError, ValueError, TypeError) as error:
        raise HintRefused("not signed by this tenant") from error
    claims: Mapping[str, Any] = token.claims
    client = tenant.clients.get(str(claims.get("aud")))
    sub, sid = claims.get("sub"), claims.get("sid")
    is_id_token = token.header.get("typ") == "JWT" and claims.get("iss") == tenant.issuer
    if not (is_id_token and client is not None and isinstance(sub, str) and isinstance(sid, str)):
        raise HintRefused("not an ID token of a service here")
    return Hint(client, sub, sid)


def applied(
    tenant: Tenant, client: Client, judged: AuthorizationRequest, unverified: Parameters
) -> AuthorizationRequest:
    """A judged request with the person whom `id_token_hint` names. Raises AuthorizationError for one of no use."""
    if "id_token_hint" not in unverified:
        return judged
    try:
        hint = read(tenant, unverified["id_token_hint"][0])
    except HintRefused as refused:
        raise AuthorizationError("invalid_request", "id_token_hint is not ours") from refused
    if hint.client.client_id != client.client_id:
        raise AuthorizationError("invalid_request", "id_token_hint is another service's")
    return structs.replace(judged, subject=hint.sub)
