"""The message that a signature key signs under a statement (card login protocol, section 3, "Other contexts").

The same layout is written a second time in `connectors/card`, on purpose: a known answer binds the two.
"""

import hashlib
from dataclasses import dataclass, field

VERSION = "jpki-consent/1"


@dataclass(frozen=True, slots=True)
class ConsentChallenge:
    """What was asked: `issuer` and `origin` as the tenant's stored values, `nonce` 32 raw bytes.

    `statement`: what the holder read, as the challenge told it.
    """

    issuer: str
    origin: str
    transaction: str
    nonce: bytes
    statement: str = field(repr=False)

    def message(self) -> bytes:
        """Context, then five SHA-256 digests: 175 bytes."""
        texts = (self.issuer, self.origin, self.transaction)
        parts = (*(text.encode() for text in texts), self.nonce, self.statement.encode())
        return VERSION.encode() + b"\x00" + b"".join(hashlib.sha256(part).digest() for part in parts)
