"""A person's two certificates by name, and what was found of the second: for sealed places alone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.ports import CertificateKind, CertificateName
from idp.jpki.trust import Anchor
from idp.signature_status.status import SignatureStatus, Status
from idp.tenants.tenancy import Tenant

MOST_EARLIER = 2
"""Signature certificates that another has followed and of which it is not known yet what became of them."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found of the signature certificate beside `user`; `signature` is None where none was named.

    `earlier`: those that it has followed, the latest first, until a list says why.
    """

    status: SignatureStatus
    user: CertificateName = field(repr=False)
    signature: CertificateName | None = field(repr=False)
    earlier: tuple[CertificateName, ...] = field(default=(), repr=False)

    def followed_by(self, newer: "Seen") -> "Seen":
        """The newer one. It remembers this one's signature certificate, unless it is known how that ended."""
        over = self.signature is None or self.status.status is Status.REVOKED
        known = self.earlier if over or self.signature is None else (self.signature, *self.earlier)
        return replace(newer, earlier=tuple(n for n in known if n != newer.signature)[:MOST_EARLIER])

    def says_as(self, other: "Seen") -> bool:
        """Whether nothing is otherwise but when it was found."""
        at = self.status.checked_at
        return self == replace(other, status=replace(other.status, checked_at=at))

    def to_json(self) -> str:
        """For a sealed place."""
        return json.dumps(
            {
                **self.status.members(),
                "user": _members(self.user),
                "signature": self.signature and _members(self.signature),
                "earlier": [_members(name) for name in self.earlier],
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> "Seen":
        """Undo `to_json`."""
        said = json.loads(text)
        signature = said["signature"]
        return cls(
            SignatureStatus.of(said),
            _name(said["user"], CertificateKind.USER),
            None if signature is None else _name(signature, CertificateKind.SIGNATURE),
            tuple(_name(earlier, CertificateKind.SIGNATURE) for earlier in said["earlier"]),
        )


def issuer(tenant: Tenant, name: CertificateName) -> Anchor | None:
    """Who issued it, if the tenant trusts them."""
    for anchor in tenant.anchors:
        if anchor.kind is name.kind and anchor.key_id == name.issuer_key_id:
            return anchor
    return None


def _members(name: CertificateName) -> dict[str, str]:
    return {"issuer": name.issuer_key_id.hex(), "serial": f"{name.serial:x}"}


def _name(members: Mapping[str, Any], kind: CertificateKind) -> CertificateName:
    return CertificateName(kind, bytes.fromhex(members["issuer"]), int(members["serial"], 16))
