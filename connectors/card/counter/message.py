"""What a terminal signs and sends (card login protocol, section 5): bytes out, nothing fetched.

The layout is written a second time in `idp/jpki/counter_proof.py`, on purpose.
"""

import hashlib
import json
from base64 import b64encode
from enum import StrEnum

from connectors.card.protocol import ALGORITHM, Challenge, base64url

CONTEXT = b"jpki-counter/1\0"


class Mode(StrEnum):
    """How the person is asked: for the PIN, or only to hold the card over the reader."""

    PIN = "pin"
    KAZASHI = "kazashi"


def message(challenge: Challenge, terminal: str, certificate: bytes, mode: Mode, attributes: bytes = b"") -> bytes:
    """The 271 bytes that the terminal's key signs. `certificate` in DER; `attributes`: the bytes of EF 0002."""
    parts = (
        challenge.issuer.encode(),
        challenge.origin.encode(),
        challenge.transaction.encode(),
        challenge.nonce,
        terminal.encode(),
        certificate,
        mode.encode(),
        attributes,
    )
    return CONTEXT + b"".join(hashlib.sha256(part).digest() for part in parts)


def body(
    *,
    certificate: bytes,
    mode: Mode,
    terminal: str,
    terminal_signature: bytes,
    signature: bytes | None = None,
    attributes: bytes = b"",
) -> bytes:
    """The JSON body of a terminal's proof; `signature` is the card's, None exactly in kazashi mode."""
    record: dict[str, object] = {
        "certificate": b64encode(certificate).decode(),
        "device": "reader",
        "terminal": terminal,
        "mode": mode,
        "terminal_signature": base64url(terminal_signature),
    }
    if signature is not None:
        record |= {"algorithm": ALGORITHM, "signature": base64url(signature)}
    if attributes:
        record["input_support"] = {"ef0002": b64encode(attributes).decode()}
    return json.dumps(record).encode()
