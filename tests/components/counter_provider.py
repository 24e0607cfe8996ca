"""A provider as a counter terminal sees it: `card_provider` with one enrolled terminal."""

import hashlib
from base64 import b64decode, urlsafe_b64decode
from dataclasses import dataclass, field
from typing import Any

from components.card_provider import NONCE, TRANSACTION, CardProvider, refusal
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from werkzeug.wrappers import Request, Response


@dataclass
class CounterProvider(CardProvider):
    """`terminal`: whose key counts; `modes`: what it offers; `asked`: the terminals that fetched LINK."""

    terminal: Any = None
    modes: list[str] = field(default_factory=lambda: ["pin", "kazashi"])
    asked: list[str | None] = field(default_factory=list)

    def challenge(self) -> dict[str, Any]:
        """A terminal's challenge."""
        return super().challenge() | {"channel": "counter", "modes": self.modes} | self.challenge_changes

    def _answer(self, request: Request, step: str) -> Response:
        if (request.method, step) == ("GET", "card"):
            self.asked.append(request.args.get("terminal"))
            if self.asked[-1] != self.terminal.terminal_id:
                return refusal(403, "terminal_refused")
        return super()._answer(request, step)

    def _signed(self, proof: dict[str, Any]) -> bool:
        attributes = b64decode(proof.get("input_support", {}).get("ef0002", ""))
        parts = [self.issuer.encode(), self.origin.encode(), TRANSACTION.encode(), _raw(NONCE)]
        parts += [proof["terminal"].encode(), b64decode(proof["certificate"]), proof["mode"].encode(), attributes]
        message = b"jpki-counter/1\0" + b"".join(hashlib.sha256(part).digest() for part in parts)
        raw = _raw(proof["terminal_signature"])
        signature = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        try:
            key = self.terminal.private_key.public_key()
            key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        if proof["mode"] == "kazashi":
            return not {"algorithm", "signature"} & proof.keys()
        return super()._signed(proof)


def _raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
