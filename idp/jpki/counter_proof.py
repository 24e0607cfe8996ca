"""The message that an enrolled counter terminal signs (card login protocol, section 5).

The same layout is written a second time in `connectors/card/counter`, on purpose. By it the terminal vouches for
which certificate was on its reader, and for how the person beside it was asked.
"""

import hashlib
from dataclasses import dataclass
from typing import cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from idp.jpki.algorithms import ES256, SubjectKey
from idp.jpki.proof import Challenge

CONTEXT = b"jpki-counter/1\x00"


class TerminalKeyRefused(ValueError):
    """What was given is no P-256 public key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterChallenge:
    """What a terminal was asked, and what it answers with. `certificate` in DER; `mode`: pin or kazashi."""

    asked: Challenge
    terminal: str
    certificate: bytes
    mode: str

    def message(self) -> bytes:
        """Context, then eight SHA-256 digests; 271 bytes."""
        parts = (
            self.asked.issuer.encode(),
            self.asked.origin.encode(),
            self.asked.transaction.encode(),
            self.asked.nonce,
            self.terminal.encode(),
            self.certificate,
            self.mode.encode(),
            self.asked.attributes,
        )
        return CONTEXT + b"".join(hashlib.sha256(part).digest() for part in parts)


def read_terminal_key(spki: bytes) -> SubjectKey:
    """The public key of a terminal from its SubjectPublicKeyInfo in DER. Raises TerminalKeyRefused."""
    try:
        key = load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise TerminalKeyRefused("the public key is not readable") from error
    written = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if not ES256.has_key(written):
        raise TerminalKeyRefused("a terminal's key is an elliptic curve key on P-256")
    return SubjectKey(cast(ec.EllipticCurvePublicKey, key), ES256, written)
