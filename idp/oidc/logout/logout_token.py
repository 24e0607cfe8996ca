"""Logout tokens: what a service is told of a session's end (Back-Channel Logout 1.0, section 2.4)."""

from collections.abc import Mapping

from idp.keys.signing import signed
from idp.tenants.tenancy import Client, Tenant

TYPE = "logout+jwt"
SECONDS = 120
"""A token is made anew for every attempt; an older one is nobody's business."""
EVENT = "http://schemas.openid.net/event/backchannel-logout"


def make(tenant: Tenant, client: Client, *, sub: str, sid: str, jti: str, now: int) -> str:
    """The token, signed as the client's ID tokens are. `sub`: the number by which this client knows the person."""
    claims: Mapping[str, object] = {
        "iss": tenant.issuer,
        "sub": sub,
        "aud": client.client_id,
        "iat": now,
        "exp": now + SECONDS,
        "jti": jti,
        "sid": sid,
        "events": {EVENT: {}},
    }
    return signed(tenant.signing_key(client.id_token_signed_response_alg), TYPE, claims)
