"""A provider as a counter terminal sees it after its login: it tells a number, or links one, for a signature."""

import hashlib
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from components.card_provider import TRANSACTION, answer, refusal
from components.counter_provider import CounterProvider, _raw
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from werkzeug.wrappers import Request, Response


@dataclass
class NumberProvider(CounterProvider):
    """`number`: the person's; `agreed`: whether they said yes; `listed`: numbers that may be linked."""

    number: str | None = None
    agreed: bool = True
    listed: tuple[str, ...] = ()
    requests: list[dict[str, Any]] = field(default_factory=list)
    _nonces: int = 0

    def _answer(self, request: Request, step: str) -> Response:
        if (request.method, step) == ("POST", "challenge"):
            return self._challenge(json.loads(request.get_data()))
        if (request.method, step) == ("POST", "user-number"):
            return self._number(json.loads(request.get_data()))
        return super()._answer(request, step)

    def _challenge(self, asked: dict[str, Any]) -> Response:
        if asked != {"terminal": self.terminal.terminal_id}:
            return refusal(403, "terminal_refused")
        version = {"version": "jpki-counter-number/1"}
        if not self.agreed:
            return answer(version | {"state": "waiting"})
        self._nonces += 1
        return answer(version | {"state": "ready", "nonce": self._nonce()})

    def _nonce(self) -> str:
        return urlsafe_b64encode(bytes([self._nonces] * 32)).rstrip(b"=").decode()

    def _number(self, asked: dict[str, Any]) -> Response:
        self.requests.append(asked)
        if asked["nonce"] != self._nonce() or not self._vouched(asked):
            return refusal(400, "signature_invalid")
        if asked["act"] == "fetch":
            return answer({"user_number": self.number})
        if asked["act"] == "link" and asked["user_number"] not in self.listed:
            return refusal(409, "user_number_not_listed")
        self.number = asked["user_number"]
        return answer({"user_number": self.number})

    def _vouched(self, asked: dict[str, Any]) -> bool:
        parts = [self.issuer.encode(), self.origin.encode(), TRANSACTION.encode(), _raw(asked["nonce"])]
        words = (asked["terminal"], asked["act"], asked.get("user_number", ""), asked.get("claim_code", ""))
        parts += [word.encode() for word in words]
        message = b"jpki-counter-number/1\0" + b"".join(hashlib.sha256(part).digest() for part in parts)
        raw = _raw(asked["terminal_signature"])
        signature = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        try:
            self.terminal.private_key.public_key().verify(signature, message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True
