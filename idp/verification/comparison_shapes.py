"""The shapes of `/basic4/compare`."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from idp.verification.limits import COMPARISONS_OF_PERSON
from idp.verification.shapes import Shape
from idp.verification.user_number_shapes import Sub

Value = Annotated[str, Field(max_length=600)]
Result = Literal["same", "different", "cannot_tell"]


class Basic4(Shape):
    """Values as they were typed or read; each may be left out."""

    name: Value | None = Field(default=None, examples=["青葉　花子"])
    name_kana: Value | None = Field(default=None, examples=["アオバ　ハナコ"])
    address: Value | None = Field(default=None, examples=["見本県青葉市緑町1-2-3"])
    birthdate: Value | None = Field(
        default=None,
        description="YYYY-MM-DD, YYYYMMDD, a certificate's nine digits, or an era's year",
        examples=["昭和55年2月17日"],
    )
    gender: Value | None = Field(default=None, description="1, 2, 男, 女, male, female", examples=["女"])

    def values(self) -> dict[str, str]:
        """Those that are there, by name."""
        return {name: value for name, value in self if value is not None}


class CompareRequest(Shape):
    """What an application says, against what is known: other values, what a login released to this service, or
    what is still kept of a person whom this service knows.
    """

    stated: Basic4
    known: Basic4 | None = None
    access_token: Annotated[
        str | None, Field(max_length=4096, description="of a resident's login at this service, not over yet")
    ] = None
    sub: Sub | None = Field(
        default=None,
        description="the person; compared is what they agree to hand over to this service and is still kept, "
        f"{COMPARISONS_OF_PERSON} times a day",
    )

    @model_validator(mode="after")
    def _one(self) -> "CompareRequest":
        if sum(against is not None for against in (self.known, self.access_token, self.sub)) != 1:
            raise ValueError("one of known, access_token and sub")
        if not self.stated.values():
            raise ValueError("stated has no value")
        return self


class Words(Shape):
    """The finding for people, in Japanese and English."""

    ja: str
    en: str


class FieldFinding(Shape):
    """Of one field. `because`: of `cannot_tell` alone; programs may decide by it."""

    result: Result
    because: Annotated[list[str], Field(examples=[["character_variant"]])]
    explanation: Words


class CompareAnswer(Shape):
    """A finding for each field that was stated; no value is repeated."""

    fields: dict[str, FieldFinding]
