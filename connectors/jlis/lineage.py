"""Certificate linkage by our own stand-in form, until J-LIS's specification may be read.

Request, POST JSON: a certificate, `{"kind": "user"|"signature", "issuer_key_id": hex, "serial": hex}`, hex in
lower case, serials without leading zeros. Answer, 200 JSON: `{"answer": "first"|"linked"|"unobtainable"}`, with
`"certificates"`, a list of certificates of that form: one or more for `linked`, none for `first`, and for
`unobtainable` those that could be linked all the same. A certificate that was never issued is 404.
"""

from typing import Annotated, Self

from pydantic import BaseModel, Field, StringConstraints, ValidationError

from connectors.errors import Garbled
from connectors.http import Outbound
from connectors.jlis import answers
from connectors.ports import CertificateKind, CertificateName, Lineage, LineageAnswer, LineageSource

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


class LineageForm(BaseModel):
    """An answer in the stand-in form."""

    answer: LineageAnswer
    certificates: Annotated[list[CertificateForm], Field(max_length=MOST)] = []

    @classmethod
    def of(cls, lineage: Lineage) -> Self:
        """The form of that answer."""
        return cls(answer=lineage.answer, certificates=[CertificateForm.of(name) for name in lineage.certificates])


class LineageHttp(LineageSource):
    """The linkage service behind one URL."""

    def __init__(self, url: str, outbound: Outbound) -> None:
        self._url = url
        self._outbound = outbound

    def ask(self, certificate: CertificateName) -> Lineage:
        """Which other certificates belong to the person of `certificate`.

        Raises Unreachable, Refused (4xx: never issued) or Garbled (an answer of another form).
        """
        answer = self._outbound.send(
            "POST",
            self._url,
            body=CertificateForm.of(certificate).model_dump_json().encode(),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
        )
        unverified_body = answers.require(
            answer, "application/json", max_bytes=MAX_BYTES, peer="the certificate linkage service"
        )
        return _read(unverified_body)


def _read(unverified_body: bytes) -> Lineage:
    try:
        form = LineageForm.model_validate_json(unverified_body)
    except ValidationError as error:
        # "from None": pydantic's text quotes the body, and with it serials.
        raise Garbled(f"the linkage service answered in another form: {error.error_count()} errors") from None
    linked = form.answer is LineageAnswer.LINKED
    if form.answer is not LineageAnswer.UNOBTAINABLE and linked != bool(form.certificates):
        raise Garbled("the linkage service named certificates without a link, or a link without certificates")
    return Lineage(form.answer, tuple(certificate.name() for certificate in form.certificates))
