"""Certificate linkage by our own stand-in form, until J-LIS's specification may be read.

Request, POST JSON: a certificate, `{"kind": "user"|"signature", "issuer_key_id": hex, "serial": hex}`, hex in
lower case, serials without leading zeros. Answer, 200 JSON: `{"answer": "first"|"linked"|"unobtainable"}`, with
`"certificates"`, a list of certificates of that form: one or more for `linked`, none for `first`, and for
`unobtainable` those that could be linked all the same. A certificate that was never issued is 404.
"""

from typing import Annotated, Self

from pydantic import BaseModel, Field, ValidationError

from connectors.errors import Garbled
from connectors.http import Outbound
from connectors.jlis.certificates import MOST, CertificateForm, answer_about
from connectors.ports import CertificateName, Lineage, LineageAnswer, LineageSource


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
        unverified_body = answer_about(
            certificate, self._url, self._outbound, peer="the certificate linkage service"
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
