"""The message that a user-authentication key signs for the verification API.

Card login protocol, section 3, other contexts: a context of its own, so that no login's signature is valid here
and none of these at a login. No origin is signed: the service vouches for where it asked.
"""

import hashlib
from dataclasses import dataclass

CONTEXT = b"jpki-verify/1\x00"


@dataclass(frozen=True, slots=True)
class ApiChallenge:
    """What was asked: `issuer` as the tenant's stored value, the service's id, `challenge` 32 raw bytes."""

    issuer: str
    client_id: str
    challenge: bytes

    def message(self) -> bytes:
        """Context, then three SHA-256 digests; 110 bytes."""
        parts = (self.issuer.encode(), self.client_id.encode(), self.challenge)
        return CONTEXT + b"".join(hashlib.sha256(part).digest() for part in parts)
