"""Access tokens as requests show them: in the Authorization header, under a scheme (RFC 6750, RFC 9449, 7.1)."""

import re
from dataclasses import dataclass, field

from flask import request

from idp.oidc.binding import dpop
from idp.tenants.tenancy import Tenant

BEARER, DPOP = "Bearer", "DPoP"
LONGEST = 4096
"""Of a token, in characters: a signed one has some 1 000."""
_SCHEMES = {"bearer": BEARER, "dpop": DPOP}
_B64TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


class TokenRefused(Exception):
    """No usable token; `error` is RFC 6750's or 9449's name for it, empty when none was sent at all.

    `scheme`: the one of which the answer speaks.
    """

    def __init__(self, error: str, scheme: str = BEARER) -> None:
        super().__init__(error)
        self.error = error
        self.scheme = scheme


@dataclass(frozen=True, slots=True)
class ShownToken:
    """A token as the request shows it: under which scheme, and its text."""

    scheme: str
    token: str = field(repr=False)

    @property
    def is_readable(self) -> bool:
        """Whether its text can be a token at all (RFC 6750 section 2.1)."""
        return len(self.token) <= LONGEST and _B64TOKEN.fullmatch(self.token) is not None


def in_header() -> ShownToken | None:
    """The token of the request's header, not believed yet; None without a header.

    Raises TokenRefused, without an error, for a scheme that is none of ours. The scheme's letters may be of any
    case (RFC 9110 section 11.1).
    """
    header = request.headers.get("Authorization")
    if header is None:
        return None
    name, _, value = header.partition(" ")
    scheme = _SCHEMES.get(name.lower())
    if scheme is None:
        raise TokenRefused("")
    return ShownToken(scheme, value.strip())


def challenge(tenant: Tenant, refused: TokenRefused, *more: str) -> dict[str, str]:
    """The header of the answer to a refused token; `more`: parameters that belong to it beside (RFC 6750, 3).

    A request without any token is not told of an error.
    """
    parts = [f'realm="{tenant.issuer}"', *more]
    if refused.error:
        parts.append(f'error="{refused.error}"')
    if refused.scheme == DPOP:
        parts.append(f'algs="{" ".join(dpop.ALGS)}"')
    return {"WWW-Authenticate": f"{refused.scheme} {', '.join(parts)}"}
