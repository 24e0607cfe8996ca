"""A signed statement: what whoever asked for it receives, and what is kept as proof of it."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from connectors.ports import CertificateKind, CertificateName
from idp.consent_signing.statement import Purpose
from idp.keys.sealing import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """All that proves it: anybody who trusts JPKI can check `signature` over `message` without us.

    `transaction_id` names the row in which it is kept. `message` is what was signed (section 3), made of `issuer`,
    `origin`, `transaction` (the handle's), `nonce` and `statement`. `certificate` in DER, which names its holder;
    `name` as J-LIS knows it. `revocation`: the evidence, as a login's (`idp/revocation/recorded.py`). `signed_at`
    in seconds since 1970.
    """

    transaction_id: str
    purpose: Purpose
    issuer: str
    origin: str
    transaction: str
    nonce: bytes = field(repr=False)
    statement: str = field(repr=False)
    message: bytes = field(repr=False)
    algorithm: str
    signature: bytes = field(repr=False)
    certificate: bytes = field(repr=False)
    name: CertificateName = field(repr=False)
    revocation: Mapping[str, object]
    signed_at: int

    def to_json(self) -> bytes:
        """To be sealed."""
        members = {name: getattr(self, name) for name in Signed.__slots__}
        raw = {name: base64.b64encode(members[name]).decode() for name in _RAW}
        named = [self.name.kind, self.name.issuer_key_id.hex(), f"{self.name.serial:x}"]
        return json.dumps({**members, **raw, "name": named}, ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, text: bytes) -> "Signed":
        """Undo `to_json`."""
        members = json.loads(text)
        raw = {name: base64.b64decode(members[name]) for name in _RAW}
        kind, issuer, serial = cast(list[str], members["name"])
        name = CertificateName(CertificateKind(kind), bytes.fromhex(issuer), int(serial, 16))
        return cls(**{**members, **raw, "purpose": Purpose(members["purpose"]), "name": name})


_RAW = ("nonce", "message", "signature", "certificate")


def proof_place(transaction_id: str) -> Place:
    """Where the proof stands sealed in its row."""
    return Place("signed_statement", transaction_id.encode(), "proof")
