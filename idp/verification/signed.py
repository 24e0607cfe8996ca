"""Answers as a JWS for the service (`Accept: application/jwt`), so that it can show later what it was told.

RFC 7515, RFC 7519. `typ` is `verification+jwt`, and the answer is one member, `answer`: there is no `sub` and no
`exp`, so that nobody takes it for an ID token.
"""

from collections.abc import Mapping

from idp.keys.signing import signed
from idp.tenants.tenancy import Client, Tenant

MEDIA_TYPE = "application/jwt"
TYPE = "verification+jwt"


def sign(tenant: Tenant, client: Client, answer: Mapping[str, object], *, now: int) -> str:
    """The answer, signed with the tenant's key of the algorithm that the service has its ID tokens signed by."""
    key = tenant.signing_key(client.id_token_signed_response_alg)
    return signed(key, TYPE, {"iss": tenant.issuer, "aud": client.client_id, "iat": now, "answer": answer})
