"""Refresh tokens as they travel: base64url of the digest of the code they came of, and of a secret of their own.

The digest names the family: whoever shows it with another secret than the last one shows a token that was used.
Pure.
"""

from dataclasses import dataclass, field

from idp import base64url
from idp.keys.sealing import digest
from idp.tenants.tenancy import OFFLINE_DAYS

SECONDS = OFFLINE_DAYS * 24 * 60 * 60
"""How long a family lives from its code on; no refresh prolongs it."""
SECRET_BYTES = 32
_DIGEST_BYTES = 32


class NoRefreshToken(ValueError):
    """Text that is no refresh token of anybody's."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A refresh token that was shown: of which family it says that it is, and its own digest."""

    text: str = field(repr=False)
    code_digest: bytes
    token_digest: bytes = field(repr=False)


def make(code_digest: bytes, secret: bytes) -> str:
    """The token."""
    return base64url.encode(code_digest + secret)


def read(unverified: str) -> Shown:
    """Undo `make`, in its one spelling. Raises NoRefreshToken."""
    try:
        raw = base64url.decode(unverified)
    except ValueError as error:
        raise NoRefreshToken("not base64url") from error
    if len(raw) != _DIGEST_BYTES + SECRET_BYTES:
        raise NoRefreshToken("not of a refresh token's form")
    return Shown(unverified, raw[:_DIGEST_BYTES], digest(unverified))
