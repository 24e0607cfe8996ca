"""The shapes of the API: what is read strictly, and what is answered, once for code and document.

Requests are one JSON object without duplicate members; unknown members are ignored. Nothing is converted: a
number in a string is not a number.
"""

import base64
import binascii
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, FailFast, Field, RootModel, ValidationError, model_validator

from idp import base64url, strict_json
from idp.errors import Reason, Refusal
from idp.verification.problems import ApiProblem

SERIAL_PATTERN = "^[1-9a-f][0-9a-f]{0,39}$"
Kind = Annotated[Literal["user", "signature"], Field(description="user authentication or signature certificate")]
Serial = Annotated[
    str,
    Field(pattern=SERIAL_PATTERN, description="hexadecimal, lower case, no leading zeros", examples=["1a2b3c"]),
]
KeyId = Annotated[
    str,
    Field(pattern="^[0-9a-f]{40}$", description="subject key identifier of the issuing authority, hexadecimal"),
]
Certificate = Annotated[
    str, Field(pattern="^[A-Za-z0-9+/]+={0,2}$", max_length=24 * 1024, description="DER in base64, with padding")
]
Base64Url = Annotated[str, Field(pattern="^[A-Za-z0-9_-]+$", max_length=2048, description="base64url, no padding")]
Seconds = Annotated[
    int, Field(gt=0, le=366 * 24 * 60 * 60, description="greatest age of the evidence", examples=[3600])
]


class Shape(BaseModel):
    """Read strictly, never changed."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", regex_engine="rust-regex")


class NoMembers(Shape):
    """An empty object, or no body at all."""


class AuthenticationRequest(Shape):
    """A challenge, signed by the resident's card or phone."""

    challenge: Base64Url
    certificate: Certificate
    signature: Base64Url
    algorithm: str = Field(default="RS256", max_length=16, description="that of the certificate's key")
    freshness: Seconds | None = None


class CheckRequest(Shape):
    """A certificate, or a serial number with its kind and, if known, its issuer."""

    certificate: Certificate | None = None
    kind: Kind | None = None
    serial: Serial | None = None
    issuer_key_id: KeyId | None = None
    freshness: Seconds | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "CheckRequest":
        alone = self.serial is not None and self.kind is not None
        parts = (self.kind, self.serial, self.issuer_key_id)
        if (self.certificate is None) != alone or (self.certificate is not None and any(parts)):
            raise ValueError("either certificate, or kind and serial")
        return self


class SerialGroup(Shape):
    """Serial numbers of one kind and, if known, one issuer."""

    kind: Kind
    issuer_key_id: KeyId | None = None
    serials: Annotated[list[Serial], FailFast(), Field(min_length=1, max_length=1_000_000)]


class SerialGroups(RootModel[SerialGroup | list[SerialGroup]]):
    """One group, or a list of up to 1000 groups; 1 000 000 serial numbers at most in all."""

    model_config = ConfigDict(strict=True, frozen=True)


class JobRequest(Shape):
    """A job by the name that the batch was answered with."""

    job: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]


class ResultRequest(JobRequest):
    """A job and how its results are wanted."""

    format: Literal["json", "csv"] = "json"


class ChallengeAnswer(Shape):
    """32 bytes in base64url, to be signed once within five minutes."""

    challenge: Base64Url
    expires_at: Annotated[str, Field(examples=["2026-04-01T09:05:00Z"])]


class Revocation(Shape):
    """How revocation was found out; times rounded down to 15 minutes, null where nothing was learned."""

    method: Literal["ocsp", "crl", "va"]
    checked_at: int
    this_update: int | None
    next_update: int | None
    fallback: bool


class SignatureCertificate(Shape):
    """What is known of the same person's signature certificate; the claim of that name."""

    status: Literal["valid", "revoked", "none", "unknown"]
    checked_at: int
    reason: Annotated[str | None, Field(description="CRLReason name of a revoked one")] = None
    basic4_changed: Annotated[
        bool | None, Field(description="whether name, address, date of birth or gender changed; null: not known")
    ] = None


class AuthenticationAnswer(Shape):
    """The person as this service knows them."""

    sub: str
    previous_sub: Annotated[str | None, Field(description="while residents of the service change numbers")] = None
    previous_iss: Annotated[str | None, Field(description="who gave the previous one, if another issuer")] = None
    acr: str
    amr: list[str]
    revocation: Revocation
    signature_certificate: SignatureCertificate


class Verdict(Shape):
    """A verdict is an answer, not an error: its HTTP status is always 200."""

    status: Literal["valid", "revoked", "unknown", "not_listed", "evidence_missing", "refused"]
    code: Annotated[str | None, Field(description="a refusal's code; null for valid and not_listed")]
    reason: Annotated[str | None, Field(description="CRLReason name of a revoked certificate")]
    revocation: Revocation | None


class JobAnswer(Shape):
    """A batch that was taken on."""

    job: str


class JobStatus(Shape):
    """How far a batch is: waiting, running or done."""

    state: Literal["waiting", "running", "done"]
    total: int
    done: int


class BatchVerdict(Shape):
    """One line of a batch's results, in the order of the questions."""

    kind: Kind
    serial: Serial
    issuer_key_id: KeyId | None
    status: Literal["revoked", "not_listed", "evidence_missing", "refused"]
    reason: str | None


class BatchResult(Shape):
    """The results of a batch."""

    job: str
    results: list[BatchVerdict]


class ProblemDetails(Shape):
    """RFC 9457."""

    type: str
    title: str
    code: Annotated[str, Field(description="stable; programs decide by it")]
    detail: str | None = None
    reason: Annotated[str | None, Field(description="CRLReason name, with certificate_revoked")] = None


S = TypeVar("S", bound=BaseModel)


def parse(unverified: bytes) -> Any:
    """A JSON text. Raises ApiProblem with malformed: not JSON in UTF-8, a member twice, too deep, NaN."""
    try:
        return strict_json.parse(unverified)
    except ValueError as error:
        raise ApiProblem("malformed", "the body is not JSON in UTF-8 without duplicate members") from error


def read(shape: type[S], members: object) -> S:
    """Parsed JSON as a shape. Raises ApiProblem with malformed; its detail names the member alone."""
    try:
        return shape.model_validate(members)
    except ValidationError as error:
        raise ApiProblem("malformed", _sentence(error)) from None


def der_of(text: str) -> bytes:
    """The bytes of a certificate. Raises Refusal with MALFORMED."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal(Reason.MALFORMED, "not base64") from error


def bytes_of(text: str) -> bytes:
    """The bytes behind base64url without padding, in its one spelling. Raises Refusal with MALFORMED."""
    try:
        return base64url.decode(text)
    except ValueError as error:
        raise Refusal(Reason.MALFORMED, "not base64url in its one spelling") from error


def _sentence(error: ValidationError) -> str:
    """The first thing that is wrong: the place by our own names and numbers, and pydantic's words for it."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    text = first["msg"].removeprefix("Value error, ")
    return f"{place}: {text}" if place else text
