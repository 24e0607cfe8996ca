"""The shapes of the link registry's endpoints."""

from typing import Annotated, Literal

from pydantic import FailFast, Field, model_validator

from idp.user_numbers import number as numbers
from idp.user_numbers.roll import MAX_ENTRIES
from idp.verification.shapes import Shape, SignatureCertificate

Sub = Annotated[
    str,
    Field(
        pattern="^[A-Za-z0-9_-]{43}$",
        description="the person, as this service knows them",
        examples=["Lf_4yBSyFj0JN5oA-7RcznstB7ozLEClOnPYk1kZdMg"],
    ),
]
UserNumber = Annotated[
    str,
    Field(pattern=f"^{numbers.PATTERN}$", description="compared as it is written", examples=["0012345678"]),
]
ClaimCode = Annotated[
    str,
    Field(
        pattern=f"^{numbers.CLAIM_PATTERN}$",
        description="by which a person shows that the number is theirs; capitals and hyphens do not matter",
        examples=["K7QX-93MT"],
    ),
]
State = Literal["linked", "unlinked"]


class SetRequest(Shape):
    """A number for a person."""

    sub: Sub
    user_number: UserNumber
    replace: bool = Field(default=False, description="give up a number that the person has already")
    claim_code: ClaimCode | None = Field(default=None, description="if given, it must be the number's; five tries")


class SetAnswer(Shape):
    """`unchanged`: they were linked before."""

    state: Literal["linked", "unchanged"]


class FindRequest(Shape):
    """A person or a number."""

    sub: Sub | None = None
    user_number: UserNumber | None = None

    @model_validator(mode="after")
    def _one(self) -> "FindRequest":
        if (self.sub is None) == (self.user_number is None):
            raise ValueError("either sub or user_number")
        return self


class FindAnswer(Shape):
    """A number, and whose it is; `sub` is null for a number of the list that nobody has claimed yet."""

    state: State
    user_number: str
    sub: str | None


class DeleteRequest(Shape):
    """A person's number, a number, or all that nobody has claimed."""

    sub: Sub | None = None
    user_number: UserNumber | None = None
    unlinked: Literal[True] | None = Field(default=None, description="all numbers that nobody has claimed")

    @model_validator(mode="after")
    def _one(self) -> "DeleteRequest":
        if sum(part is not None for part in (self.sub, self.user_number, self.unlinked)) != 1:
            raise ValueError("one of sub, user_number and unlinked")
        return self


class DeleteAnswer(Shape):
    """How many numbers were deleted."""

    deleted: int


class ListedNumber(Shape):
    """A number of an existing list."""

    user_number: UserNumber
    claim_code: ClaimCode | None = None


class ImportRequest(Shape):
    """An existing list. Each number is nobody's until its person comes."""

    user_numbers: Annotated[list[ListedNumber], FailFast(), Field(min_length=1, max_length=MAX_ENTRIES)]


class ImportAnswer(Shape):
    """`known`: those that were there before, which stay as they are."""

    added: int
    known: int


class ReportAnswer(Shape):
    """How far the list is linked. `claimable`: the unlinked ones that have a claim code."""

    linked: int
    unlinked: int
    claimable: int


class ExportRequest(Shape):
    """Which numbers, and how."""

    state: State | None = Field(default=None, description="those alone; without it, all")
    format: Literal["json", "csv"] = "json"


class ExportAnswer(Shape):
    """The service's own numbers."""

    user_numbers: list[FindAnswer]


class StatusRequest(Shape):
    """A person."""

    sub: Sub


class StatusAnswer(Shape):
    """`ended`: the person stopped this service, or its number for them was given up."""

    state: Literal["active", "ended"]
    signature_certificate: SignatureCertificate
    user_number: Annotated[str | None, Field(description="if one is linked")] = None
