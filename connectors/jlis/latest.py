"""The latest-information service by our own stand-in form, until J-LIS's specification may be read.

All POST JSON below one URL. `/consents`: `{"service", "items", "statement", "message", "signature",
"certificate"}`, the last three in base64; answered 204. `/withdrawals`: `{"service", "certificate", "items"}`, the
certificate in the form of `lineage`, no items for all of them; 204. `/information`: `{"service", "certificate"}`;
200 with `{"certificate": null|certificate, "values": {item: text}}`. What was not signed as it should be is 403,
and so is a question without a consent that counts.
"""

import base64
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import Base64Bytes, BaseModel, Field, StringConstraints, ValidationError

from connectors.errors import Garbled, Refused
from connectors.http import Answer, Outbound
from connectors.jlis import answers
from connectors.jlis.certificates import MAX_BYTES, CertificateForm
from connectors.ports import CertificateKind, CertificateName, Latest, LatestConsent, LatestSource

ITEMS = ("name", "kana", "address", "birthdate", "gender")
Item = Literal["name", "kana", "address", "birthdate", "gender"]
ServiceId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
_PEER = "the latest-information service"


class ConsentForm(BaseModel):
    """A consent in the stand-in form."""

    service: ServiceId
    items: Annotated[list[Item], Field(min_length=1, max_length=len(ITEMS))]
    statement: Annotated[str, StringConstraints(min_length=1, max_length=4000)]
    message: Base64Bytes
    signature: Base64Bytes
    certificate: Base64Bytes

    def consent(self) -> LatestConsent:
        """The consent of this form."""
        items = tuple(name for name in ITEMS if name in self.items)
        return LatestConsent(self.service, items, self.statement, self.message, self.signature, self.certificate)


class QuestionForm(BaseModel):
    """Which certificate a service knows."""

    service: ServiceId
    certificate: CertificateForm


class WithdrawalForm(QuestionForm):
    """What of the consent is taken back; all of it where no item is named."""

    items: Annotated[list[Item], Field(max_length=len(ITEMS))] = []


class LatestForm(BaseModel):
    """An answer in the stand-in form."""

    certificate: CertificateForm | None
    values: dict[Item, Annotated[str, StringConstraints(max_length=1000)]] = {}

    @classmethod
    def of(cls, latest: Latest) -> Self:
        """The form of that answer."""
        name = None if latest.certificate is None else CertificateForm.of(latest.certificate)
        return cls.model_validate({"certificate": name, "values": dict(latest.values)})


class LatestHttp(LatestSource):
    """The service behind one URL."""

    def __init__(self, url: str, outbound: Outbound) -> None:
        self._url = url.rstrip("/")
        self._outbound = outbound

    def agree(self, consent: LatestConsent) -> None:
        """See LatestSource."""
        raw = {name: getattr(consent, name) for name in ("message", "signature", "certificate")}
        form = {"service": consent.service, "items": list(consent.items), "statement": consent.statement}
        encoded = {name: base64.b64encode(value) for name, value in raw.items()}
        self._tell("/consents", ConsentForm.model_validate({**form, **encoded}))

    def withdraw(self, certificate: CertificateName, service: str, items: tuple[str, ...] = ()) -> None:
        """See LatestSource."""
        form = {"service": service, "certificate": CertificateForm.of(certificate), "items": list(items)}
        self._tell("/withdrawals", WithdrawalForm.model_validate(form))

    def ask(self, certificate: CertificateName, service: str) -> Latest:
        """See LatestSource."""
        question = QuestionForm(service=service, certificate=CertificateForm.of(certificate))
        answer = self._send("/information", question)
        return _read(answers.require(answer, "application/json", max_bytes=MAX_BYTES, peer=_PEER))

    def _tell(self, path: str, form: BaseModel) -> None:
        status = self._send(path, form).status
        if 400 <= status < 500:
            raise Refused(f"{_PEER} answered {status}")
        if status != 204:
            raise Garbled(f"{_PEER} answered {status}")

    def _send(self, path: str, form: BaseModel) -> Answer:
        return self._outbound.send(
            "POST",
            self._url + path,
            body=form.model_dump_json().encode(),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
        )


def _read(unverified_body: bytes) -> Latest:
    try:
        form = LatestForm.model_validate_json(unverified_body)
    except ValidationError as error:
        # "from None": pydantic's text quotes the body, and with it a person's name.
        raise Garbled(f"the latest information came in another form: {error.error_count()} errors") from None
    name = None if form.certificate is None else form.certificate.name()
    if name is not None and name.kind is not CertificateKind.SIGNATURE:
        raise Garbled("the latest information names a certificate of another kind")
    if (name is None) != (not form.values):
        raise Garbled("the latest information names no certificate with values, or no values with one")
    return Latest(name, MappingProxyType({str(item): value for item, value in form.values.items()}))
