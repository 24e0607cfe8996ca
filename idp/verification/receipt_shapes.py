"""The shapes of `/receipts`."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from idp.verification.shapes import Shape

ArrivalNumber = Annotated[
    str,
    Field(
        max_length=40,
        description="到達番号: twelve digits, the last a check digit (ISO/IEC 7064 MOD 11,10); no secret",
        examples=["1234-5678-9014"],
    ),
]
State = Literal["received", "in_review", "action_needed", "completed", "declined", "withdrawn"]
KeptUntil = Annotated[
    date, Field(strict=False, description="the day in Japan on which it goes, unless its state is told before")
]
Sentence = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\p{Cc}]*$")]


class Note(Shape):
    """A sentence for whoever has both numbers: what is missing, where the result is. No personal data."""

    ja: Sentence
    en: Sentence | None = Field(default=None, description="without it, residents read the Japanese one")


class CreateRequest(Shape):
    """For what something was handed in."""

    procedure: Annotated[str, Field(pattern="^[a-z0-9-]{1,64}$", description="of the way `anonymous`, and open")]


class CreateAnswer(Shape):
    """Two numbers for the resident. The secret one is told this once, and kept by nobody but them."""

    arrival_number: ArrivalNumber
    inquiry_number: Annotated[
        str, Field(description="問合せ番号: secret, 80 random bits", examples=["7K3Q-9F0M-2XAB-54TV"])
    ]
    state: State
    kept_until: KeptUntil


class StateRequest(Shape):
    """How far it is. What is told here takes the place of what was told before, the note as well."""

    arrival_number: ArrivalNumber
    state: State
    note: Note | None = None


class StateAnswer(Shape):
    """As residents see it from now on."""

    arrival_number: ArrivalNumber
    state: State
    kept_until: KeptUntil
