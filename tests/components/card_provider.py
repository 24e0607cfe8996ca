"""A provider as an authenticator sees it: one login of the card login protocol, on a loopback port.

It checks the signature with code of its own, and answers anything else a test wants instead.
"""

import hashlib
import json
import threading
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

HANDLE = "AAECAwQFBgcICQoLDA0ODw"
NONCE = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
TRANSACTION = "EBESExQVFhcYGRobHB0eHw"
CLAIM = "Dw4NDAsKCQgHBgUEAwIBAA"


@dataclass
class CardProvider:
    """`instead` holds answers by method and last path segment; `proofs` what arrived as proofs, parsed."""

    port: int = 0
    instead: dict[tuple[str, str], Response] = field(default_factory=dict)
    challenge_changes: dict[str, Any] = field(default_factory=dict)
    proofs: list[dict[str, Any]] = field(default_factory=list)
    claims: list[str | None] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)
    declined: bool = False

    @property
    def origin(self) -> str:
        """Where it listens."""
        return f"http://localhost:{self.port}"

    @property
    def issuer(self) -> str:
        """Its issuer, one path below."""
        return f"{self.origin}/t/aoba"

    @property
    def link(self) -> str:
        """The LINK of its one login."""
        return f"{self.issuer}/card/{HANDLE}"

    @property
    def return_url(self) -> str:
        """Where the browser goes on."""
        return f"{self.issuer}/login/x/return?secret=abc"

    def serve(self) -> Callable[[], None]:
        """Listen on a free port, and return what ends it."""
        server = make_server("127.0.0.1", 0, self._application, threaded=True)
        self.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()

        def stop() -> None:
            server.shutdown()
            thread.join()
            server.server_close()

        return stop

    def challenge(self) -> dict[str, Any]:
        """The challenge, with the test's changes."""
        return {
            "version": "jpki-login/1",
            "issuer": self.issuer,
            "transaction": TRANSACTION,
            "nonce": NONCE,
            "expires_at": "2026-01-01T00:00:00Z",
            "channel": "same-device",
            "tenant": {"name": "青葉市（見本）"},
            "service": {"name": "青葉市立図書館　予約サービス", "purpose": "本の予約のため"},
            "attributes": [],
            "certificate_types": ["card", "phone"],
        } | self.challenge_changes

    def _application(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        self.methods.append(request.method)
        self.claims.append(request.headers.get("Jpki-Login-Claim"))
        segment = request.path.rpartition("/")[2]
        step = "card" if segment == HANDLE else segment
        answer = self.instead.get((request.method, step)) or self._answer(request, step)
        return answer(environ, start_response)

    def _answer(self, request: Request, step: str) -> Response:
        if (request.method, step) == ("GET", "card"):
            return answer(self.challenge())
        if (request.method, step) == ("POST", "proof"):
            self.proofs.append(json.loads(request.get_data()))
            if not self._signed(self.proofs[-1]):
                return refusal(400, "signature_invalid")
            return answer({"status": "accepted", "return_url": self.return_url})
        if (request.method, step) == ("POST", "decline"):
            self.declined = True
            return Response(status=204)
        return refusal(404, "not_found")

    def _signed(self, proof: dict[str, Any]) -> bool:
        asked = self.challenge()
        last = b64decode(proof.get("input_support", {}).get("ef0002", ""))
        if "statement" in asked:
            last = asked["statement"].encode()
        parts = [self.issuer.encode(), self.origin.encode(), TRANSACTION.encode(), _raw(NONCE), last]
        message = asked["version"].encode() + b"\0" + b"".join(hashlib.sha256(part).digest() for part in parts)
        key = x509.load_der_x509_certificate(b64decode(proof["certificate"])).public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        try:
            key.verify(_raw(proof["signature"]), message, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True


def answer(body: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(json.dumps(body), status=status, mimetype="application/json")


def refusal(status: int, code: str, **more: str) -> Response:
    """An RFC 9457 problem with a code of section 7."""
    body = json.dumps({"type": "about:blank", "status": status, "code": code, **more})
    return Response(body, status=status, mimetype="application/problem+json")


def _raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
