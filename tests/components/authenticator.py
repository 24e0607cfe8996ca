"""An authenticator for passkeys in software, from the specification (WebAuthn Level 3, sections 6, 7)."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from struct import pack

import cbor2
from components.town import b64url
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40
ORIGIN, HOST = "http://localhost:8000", "localhost"


@dataclass
class Authenticator:
    """One passkey. `counts`: its signature counter goes up; `copied`: its key may leave the device."""

    copied: bool = False
    counts: bool = True
    host: str = HOST
    origin: str = ORIGIN
    verifies: bool = True
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    count: int = 0
    options: dict = field(default_factory=dict)

    def create(self, options: str) -> str:
        """Answer what a page asks to make."""
        self.options = json.loads(options)
        point = self.key.public_key().public_numbers()
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})
        attested = bytes(16) + pack(">H", len(self.credential_id)) + self.credential_id + cose
        data = self._data(ATTESTED) + attested
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create")
        return self._answer({"clientDataJSON": b64url(client), "attestationObject": b64url(statement)})

    def get(self, options: str) -> str:
        """Answer what a page asks to sign."""
        self.options = json.loads(options)
        data, client = self._data(0), self._client("webauthn.get")
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": b64url(client),
                "authenticatorData": b64url(data),
                "signature": b64url(signature),
                "userHandle": b64url(b"whoever"),
            }
        )

    def _data(self, flags: int) -> bytes:
        self.count += self.counts
        flags |= PRESENT | (VERIFIED if self.verifies else 0) | (ELIGIBLE | BACKED_UP if self.copied else 0)
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + pack(">I", self.count)

    def _client(self, kind: str) -> bytes:
        members = {"type": kind, "challenge": self.options["challenge"], "origin": self.origin}
        return json.dumps(members | {"crossOrigin": False}).encode()

    def _answer(self, response: dict) -> str:
        name = b64url(self.credential_id)
        members = {"id": name, "rawId": name, "type": "public-key", "response": response}
        return json.dumps(members | {"clientExtensionResults": {}})
