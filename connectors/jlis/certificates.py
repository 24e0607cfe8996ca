"""A certificate in the stand-in form, and the question about one that J-LIS's services are asked in it."""

from typing import Annotated, Self

from pydantic import BaseModel, StringConstraints

from connectors.http import Outbound
from connectors.jlis import answers
from connectors.ports import CertificateKind, CertificateName

MAX_BYTES = 64 * 1024
MOST = 200
"""Certificates of one person that an answer may name: a century of renewals, card and phone."""


class CertificateForm(BaseModel):
    """A certificate in the stand-in form; unknown members are ignored."""

    kind: CertificateKind
    issuer_key_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")]
    serial: Annotated[str, StringConstraints(pattern=r"^[1-9a-f][0-9a-f]{0,39}$")]

    @classmethod
    def of(cls, name: CertificateName) -> Self:
        """The form of that certificate."""
        return cls(kind=name.kind, issuer_key_id=name.issuer_key_id.hex(), serial=f"{name.serial:x}")

    def name(self) -> CertificateName:
        """The certificate of this form."""
        return CertificateName(self.kind, bytes.fromhex(self.issuer_key_id), int(self.serial, 16))


def answer_about(certificate: CertificateName, url: str, outbound: Outbound, *, peer: str) -> bytes:
    """What the service at `url` says of a certificate, unread. `peer`: its name in errors.

    Raises Unreachable, Refused (4xx: never issued) or Garbled (no JSON, or too much of it).
    """
    answer = outbound.send(
        "POST",
        url,
        body=CertificateForm.of(certificate).model_dump_json().encode(),
        headers={"Content-Type": "application/json", "Accept": "application/json"},
    )
    return answers.require(answer, "application/json", max_bytes=MAX_BYTES, peer=peer)
