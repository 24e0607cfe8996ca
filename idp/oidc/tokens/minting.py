"""Access tokens as they are made: opaque ones for UserInfo, signed ones for a resource (RFC 9068). Pure.

A signed one says who may act for whom at which resource and with which key, and nothing of the person beside their
number. Whoever reads it asks nobody, so it cannot be taken back there: it lives five minutes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from idp import base64url
from idp.keys.signing import signed
from idp.oidc.binding.binding import Binding
from idp.oidc.claims import claims
from idp.oidc.claims.claims import TOKEN_SECONDS
from idp.oidc.tokens.targets import Target
from idp.tenants.tenancy import Client, Tenant

SIGNED_SECONDS = 300
TYPE = "at+jwt"
_TOKEN_BYTES = 32
_JTI_BYTES = 16


@dataclass(frozen=True, slots=True)
class Minted:
    """A new access token. `resource`: for which it is, empty for UserInfo; times in seconds since 1970."""

    text: str = field(repr=False)
    scope: str
    resource: str
    binding: Binding
    issued_at: int
    expires_at: int


class Grant(Struct, frozen=True):
    """What a token comes of. `sub`: the person's number; `scope`: of UserInfo; `binding`: to the key shown.

    `act`: the claim of who acts for the person, with its name; empty for themselves.
    """

    sub: str
    scope: str
    binding: Binding
    act: Mapping[str, object] = {}


def seconds_of(resource: str) -> int:
    """How long a token lives that is for that resource, or for UserInfo."""
    return SIGNED_SECONDS if resource else TOKEN_SECONDS


def mint(
    tenant: Tenant,
    client: Client,
    grant: Grant,
    target: Target | None,
    *,
    now: int,
    token_bytes: Callable[[int], bytes],
) -> Minted:
    """A token for that resource, signed by its algorithm; for UserInfo without one, and opaque."""
    if target is None:
        text = base64url.encode(token_bytes(_TOKEN_BYTES))
        return Minted(text, grant.scope, "", grant.binding, now, now + TOKEN_SECONDS)
    audience, expires_at = target.resource.identifier, now + SIGNED_SECONDS
    said = claims.access_token_claims(
        tenant, client, grant.sub, audience, target.scope, issued_at=now, expires_at=expires_at, act=grant.act
    )
    said |= {"jti": base64url.encode(token_bytes(_JTI_BYTES)), **grant.binding.cnf()}
    text = signed(tenant.signing_key(target.resource.signing_alg), TYPE, said)
    return Minted(text, target.scope, audience, grant.binding, now, expires_at)
