"""What is being done at the counter, as both screens see it. Immutable: each step makes a new one."""

from dataclasses import dataclass, field
from enum import StrEnum

from connectors.card.counter.form import Template
from connectors.card.counter.message import Mode
from connectors.card.counter.slip import Done
from connectors.card.pin import PinKind
from connectors.card.protocol import Acceptance, Challenge
from connectors.card.texts import Words


class Stage(StrEnum):
    """How far an errand has come."""

    ASKED = "asked"
    """The resident reads what it is about."""
    AGREED = "agreed"
    """The resident puts the card down, and types where something is to be typed."""
    WORKING = "working"
    DONE = "done"
    STOPPED = "stopped"
    """The resident or the staff ended it."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Login:
    """A login at a service. `host`: where the challenge came from."""

    mode: Mode
    challenge: Challenge
    host: str

    @property
    def secret(self) -> PinKind | None:
        """What the resident types, None for a card that is only held over."""
        return PinKind.USER if self.mode is Mode.PIN else None

    @property
    def attributes_secret(self) -> PinKind | None:
        """What opens the attributes that the service asks for, None where it asks for none.

        Whoever only holds the card over may not know any PIN: the number printed on the card does, too.
        """
        if not self.challenge.attributes:
            return None
        return PinKind.INPUT_SUPPORT if self.mode is Mode.PIN else PinKind.NUMBER_B


@dataclass(frozen=True, slots=True)
class Form:
    """A form that is filled from the card. `secret`: INPUT_SUPPORT, or NUMBER_B, which is printed on the card."""

    template: Template
    secret: PinKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One errand. `turn`: its random name, so that a form of an earlier one changes nothing.

    `problem`: what was wrong with the last try, or why it failed; `code`: the provider's own word for that.
    """

    turn: str
    about: Login | Form
    stage: Stage
    begun: float
    tries_left: int | None = None
    problem: Words | None = None
    code: str = ""
    acceptance: Acceptance | None = field(default=None, repr=False)
    done: Done | None = None
    reference: str = ""
    """Under which the case is found once it is over: the terminal's id and the moment."""
    progress: str = ""
    """After a login's proof: how far the resident's browser has come, a key of the screens' texts."""
    paper: bytes = field(default=b"", repr=False)
    """The filled form, PDF; gone with the errand."""
