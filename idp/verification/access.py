"""Who calls the API: the service behind a bearer token (RFC 6750 section 2.1), asked anew at every call.

The token says who was allowed ten minutes ago; whether it still is, the tenant's present configuration says.
"""

import re
from collections.abc import Callable

from idp.directory import Directory
from idp.oidc.client_credentials import AccessInvalid, open_access
from idp.tenancy import ACTIVE, VERIFY, Client, Tenant
from idp.verification.problems import ApiProblem

_B64TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,512}=*")


def require_service(
    directory: Directory,
    tenant: Tenant,
    authorization: str | None,
    *,
    now: int,
    may_call: Callable[[Client], bool],
) -> Client:
    """The service that this token was given to.

    Raises ApiProblem: invalid_token, without an error in the challenge when no token came at all, or
    insufficient_scope when the service may not do what it asks for (any more).
    """
    scheme, _, unverified = (authorization or "").partition(" ")
    if scheme.lower() != "bearer":
        raise _challenge(tenant, "invalid_token", named=False)
    if not _B64TOKEN.fullmatch(unverified.strip()):
        raise _challenge(tenant, "invalid_token")
    try:
        access = open_access(tenant.keys, unverified.strip(), now=now)
    except AccessInvalid as error:
        raise _challenge(tenant, "invalid_token") from error
    client = directory.client(tenant, access.client_id)
    if client is None or client.state != ACTIVE:
        raise _challenge(tenant, "invalid_token")
    if VERIFY not in access.scope.split() or not may_call(client):
        raise _challenge(tenant, "insufficient_scope")
    return client


def _challenge(tenant: Tenant, code: str, *, named: bool = True) -> ApiProblem:
    """RFC 6750 section 3: a call without any token is not told of an error."""
    parts = [f'Bearer realm="{tenant.issuer}"', f'scope="{VERIFY}"']
    if named:
        parts.append(f'error="{code}"')
    return ApiProblem(code, headers={"WWW-Authenticate": ", ".join(parts)})
