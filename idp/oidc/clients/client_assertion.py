"""Client assertions: a JWT of one use by which a service authenticates (RFC 7523 sections 2.2 and 3). Pure.

Who may be addressed and for how long is the profile's (`Client.policy`): the issuer alone and one minute for
`fapi2` (FAPI 2.0 Security Profile section 5.3.2.1, RFC 7523bis), else our endpoints too and ten minutes.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from idp import base64url, strict_json
from idp.keys.sealing import digest
from idp.services import client_keys
from idp.services.client_keys import Lookup, SignatureRefused
from idp.tenants.tenancy import Client, Tenant

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CLOCKS_APART = 30
"""Seconds that a service's clock may be ahead of ours."""
_ENDPOINTS = ("/token", "/par")
_TYPES = (None, "jwt", "client-authentication+jwt")


class AssertionRefused(Exception):
    """Not an assertion of this service for us, now; the sentence is for the log."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """What is left to do: to spend it. `jti_digest`: of the service's own one-time name for it, SHA-256.

    `expires_at`: until when it could be shown, seconds since 1970.
    """

    jti_digest: bytes
    expires_at: int


def claimed_client(unverified: str) -> str | None:
    """Whom an assertion says that it is from, unproven; None where it says nothing readable."""
    try:
        claims = strict_json.members(base64url.decode(unverified.split(".")[1]))
    except (ValueError, IndexError):
        return None
    subject = claims.get("sub")
    return subject if isinstance(subject, str) and subject else None


def read(unverified: str, tenant: Tenant, client: Client, keys: Lookup, *, now: datetime) -> Assertion:
    """Judge an assertion by everything but whether it was shown before.

    Raises AssertionRefused: not signed by a key of the service by its one registered algorithm; `iss` and `sub`
    are not its client id; another audience; without `exp` and `jti`; over, or good for too long.
    """
    try:
        header, payload = client_keys.verified(unverified, keys, (client.token_endpoint_auth_signing_alg,))
        claims = strict_json.members(payload)
    except (SignatureRefused, ValueError) as error:
        raise AssertionRefused(str(error)) from error
    typ = header.get("typ")
    if (typ.lower() if isinstance(typ, str) else typ) not in _TYPES:
        raise AssertionRefused("a JWT of another type")
    if claims.get("iss") != client.client_id or claims.get("sub") != client.client_id:
        raise AssertionRefused("iss and sub are not this service's")
    _require_audience(claims.get("aud"), tenant, client)
    ends = _required_end(claims, client, now.timestamp())
    jti = claims.get("jti")
    if not isinstance(jti, str) or not jti:
        raise AssertionRefused("jti is missing")
    return Assertion(digest(f"{client.client_id} {jti}"), ends)


def _require_audience(audience: object, tenant: Tenant, client: Client) -> None:
    """Us and nobody else: who else is addressed could show the assertion here."""
    if client.policy.issuer_alone:
        if audience != tenant.issuer:
            raise AssertionRefused("aud is not the issuer as one string")
        return
    ours = {tenant.issuer, *map(tenant.url, _ENDPOINTS)}
    named = audience if isinstance(audience, list) else [audience]
    if not named or not all(isinstance(one, str) and one in ours for one in named):
        raise AssertionRefused("aud is not ours alone")


def _required_end(claims: Mapping[str, object], client: Client, now: float) -> int:
    """When it ends, rounded up. A service whose clock is a little ahead counts from its own `iat`."""
    ends, begins, issued = (_moment(claims, name) for name in ("exp", "nbf", "iat"))
    if ends is None:
        raise AssertionRefused("exp is missing")
    if any(moment is not None and moment > now + CLOCKS_APART for moment in (begins, issued)):
        raise AssertionRefused("nbf or iat is ahead")
    if not now < ends <= max(now, issued or now) + client.policy.assertion_seconds:
        raise AssertionRefused("exp is over, or too far ahead")
    return math.ceil(ends)


def _moment(claims: Mapping[str, object], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > 2**53:
        raise AssertionRefused(f"{name} is not a time")
    return float(value)
