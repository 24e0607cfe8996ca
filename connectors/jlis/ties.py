"""The tie of user and signature certificates by our own stand-in form, until J-LIS's specification may be read.

Request, POST JSON: a certificate, in the form of `lineage`. Answer, 200 JSON: `{"answer":
"tied"|"none"|"unobtainable"}`, with `"certificates"`, those of the other kind, the newest first: one or more for
`tied`, none otherwise. A certificate that was never issued is 404.
"""

from typing import Annotated, Self

from pydantic import BaseModel, Field, ValidationError

from connectors.errors import Garbled
from connectors.http import Outbound
from connectors.jlis.certificates import MOST, CertificateForm, answer_about
from connectors.ports import CertificateName, TieAnswer, Ties, TieSource


class TiesForm(BaseModel):
    """An answer in the stand-in form."""

    answer: TieAnswer
    certificates: Annotated[list[CertificateForm], Field(max_length=MOST)] = []

    @classmethod
    def of(cls, ties: Ties) -> Self:
        """The form of that answer."""
        return cls(answer=ties.answer, certificates=[CertificateForm.of(name) for name in ties.certificates])


class TiesHttp(TieSource):
    """The service that ties certificates, behind one URL."""

    def __init__(self, url: str, outbound: Outbound) -> None:
        self._url = url
        self._outbound = outbound

    def ask(self, certificate: CertificateName) -> Ties:
        """Which certificates of the other kind belong to the holder of `certificate`.

        Raises Unreachable, Refused (4xx: never issued) or Garbled (an answer of another form).
        """
        peer = "the service that ties certificates"
        unverified_body = answer_about(certificate, self._url, self._outbound, peer=peer)
        return _read(unverified_body, asked=certificate)


def _read(unverified_body: bytes, *, asked: CertificateName) -> Ties:
    try:
        form = TiesForm.model_validate_json(unverified_body)
    except ValidationError as error:
        # "from None": pydantic's text quotes the body, and with it serials.
        raise Garbled(f"the ties were answered in another form: {error.error_count()} errors") from None
    names = tuple(certificate.name() for certificate in form.certificates)
    if (form.answer is TieAnswer.TIED) != bool(names):
        raise Garbled("the ties name certificates without a tie, or a tie without certificates")
    if any(name.kind is asked.kind for name in names):
        raise Garbled("the ties name a certificate of the same kind")
    return Ties(form.answer, names)
