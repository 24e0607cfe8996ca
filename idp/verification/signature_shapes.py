"""The shapes of `/signatures/verify`."""

from typing import Annotated, Literal

from pydantic import Field

from idp.signatures.found import MAX_DOCUMENT_BYTES
from idp.signatures.kinds import Kind
from idp.verification.comparison_shapes import Basic4, FieldFinding
from idp.verification.receipt_shapes import CreateAnswer
from idp.verification.shapes import Revocation, Shape
from idp.verification.user_number_shapes import Sub

_LONGEST = MAX_DOCUMENT_BYTES * 4 // 3 + 4
Octets = Annotated[str, Field(pattern="^[A-Za-z0-9+/]*={0,2}$", max_length=_LONGEST, description="base64, padded")]
SignerKind = Annotated[
    Literal["jpki-signature", "commercial-registration", "accredited", "lgpki"],
    Field(description="`lgpki`: 職責証明書, the signature of a post and of no person"),
]
Item = Literal["name", "address", "birthdate", "gender", "subject"]


class SignatureRequest(Shape):
    """A signed document."""

    form: Literal["cms", "pdf", "xml", "jws"]
    document: Octets
    content: Octets | None = Field(default=None, description="what a CMS or a JWS is detached from")
    element: Annotated[str, Field(max_length=300, pattern=r"^(\{[^{}]*\})?[^{}\s*]+$")] | None = Field(
        default=None,
        description="of XML: `{namespace}name` of the element that must be signed; left out: the whole document",
    )
    accept: Annotated[list[SignerKind], Field(min_length=1, max_length=len(Kind))] | None = Field(
        default=None,
        description="whose signatures count, where no procedure says it; left out: residents' (`jpki-signature`)",
    )
    procedure: Annotated[str, Field(pattern="^[a-z0-9-]{1,64}$")] | None = Field(
        default=None, description="a registered procedure: it says whose signatures count, and is answered for"
    )
    part: Literal["application", "reply"] = Field(
        default="application",
        description="of the procedure: `reply` is what the municipality answers, signed by a post (`lgpki`)",
    )
    receipt: bool = Field(
        default=False,
        description="give 到達番号 and 問合せ番号 for it, if it lacks nothing; of the way `signature` alone",
    )
    sub: Sub | None = Field(default=None, description="whether the signer is this person is then answered")
    show: Annotated[list[Item], Field(max_length=8)] = Field(
        default=[], description="of the signer's certificate; only what the service is registered for is shown"
    )
    compare: Basic4 | None = Field(
        default=None, description="of the application, compared with the signer's certificate as `/basic4/compare`"
    )
    freshness: Annotated[int, Field(gt=0, le=366 * 24 * 60 * 60)] | None = Field(
        default=None, description="greatest age of revocation evidence, seconds"
    )


class Signer(Shape):
    """What was asked to be shown and may be; `substituted`: items in which characters stand for others."""

    name: str | None = None
    address: str | None = None
    birthdate: str | None = None
    gender: str | None = None
    subject: str | None = None
    substituted: list[str]


class Signature(Shape):
    """One signature, in the order in which they stand. Times in seconds since 1970."""

    status: Literal["valid", "revoked", "unknown", "evidence_missing", "refused"]
    code: Annotated[str | None, Field(description="why it is not valid; null where it is")]
    reason: Annotated[str | None, Field(description="CRLReason name of a revoked certificate")]
    revocation: Revocation | None
    revoked_since: Annotated[bool, Field(description="the certificate was revoked after the trusted time stamp")]
    kind: SignerKind | None
    stands_for: Literal["person", "representative", "post"] | None
    coverage: Literal["whole", "whole_then_signed_again", "element", "part"]
    claimed_at: Annotated[int | None, Field(description="by the signer's own word")]
    timestamp: Literal["none", "trusted", "untrusted"]
    stamped_at: Annotated[int | None, Field(description="by a trusted time stamp (RFC 3161)")]
    judged_as_of: Annotated[
        int | None,
        Field(description="the time stamp's moment where the certificate has expired since, by evidence of then"),
    ]
    same_person: Annotated[
        bool | None, Field(description="whether `sub` is the signer; null where nobody can say")
    ]
    signer: Signer | None
    comparison: dict[str, FieldFinding] | None
    explanation: Annotated[str, Field(description="in Japanese")]


class ForProcedure(Shape):
    """What the procedure makes of it. `receipt`: its numbers, told this once, where they were wanted."""

    id: str
    name: str
    way: Literal["anonymous", "password", "signature", "combined", "acr"]
    part: Literal["application", "reply"]
    signers: Annotated[list[SignerKind], Field(description="whose signatures count")]
    satisfied: Annotated[bool, Field(description="it lacks nothing")]
    lacks: Annotated[
        list[Literal["signature", "signer_kind", "same_person"]],
        Field(description="a signature that can be relied on; of a kind that counts; by who signed in"),
    ]
    receipt: CreateAnswer | None


class SignatureAnswer(Shape):
    """`valid`: every signature is. `report`: all of it in Japanese, without a word about who signed."""

    valid: bool
    procedure: Annotated[ForProcedure | None, Field(description="null where none was named")]
    signatures: list[Signature]
    law: Annotated[str, Field(description="Article 3 of the Act, which the verification does not apply")]
    report: str
