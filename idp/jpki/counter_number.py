"""The message that a counter terminal signs to learn or to link the user number of a login that it took part in.

The same layout is written a second time in `connectors/card/counter/numbers.py`, on purpose. The context is one of
its own: no signature over a proof is one over this, and none over this is a proof.
"""

import hashlib
from dataclasses import dataclass, field

CONTEXT = b"jpki-counter-number/1\x00"
VERSION = "jpki-counter-number/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRequest:
    """What a terminal wants. `transaction`: that of its login proof; `nonce`: 32 bytes, given for this alone.

    `act`: fetch, link, or link-new; `number` and `claim` are empty where there is none.
    """

    issuer: str
    origin: str
    transaction: str
    nonce: bytes
    terminal: str
    act: str
    number: str = field(repr=False)
    claim: str = field(repr=False)

    def message(self) -> bytes:
        """Context, then eight SHA-256 digests; 278 bytes."""
        parts = (
            self.issuer.encode(),
            self.origin.encode(),
            self.transaction.encode(),
            self.nonce,
            self.terminal.encode(),
            self.act.encode(),
            self.number.encode(),
            self.claim.encode(),
        )
        return CONTEXT + b"".join(hashlib.sha256(part).digest() for part in parts)
