"""One login between a person, a card and a provider: what is shown, asked and done, in which order.

Who asks, and a statement in full, is shown before any PIN; tries left are told only after the card was read;
nothing is sent before the card has signed. How it looks is the face's affair.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from connectors.card.agent import Agent
from connectors.card.card import Card
from connectors.card.errors import (
    CardAbsent,
    CardError,
    CardExchanged,
    CardRemoved,
    PinBlocked,
    PinIncorrect,
    PinMalformed,
    PinRequired,
)
from connectors.card.pin import PinKind
from connectors.card.protocol import Acceptance, Challenge
from connectors.card.texts import Notice
from connectors.ports import CertificateKind

LAST_TRY_PAUSE_SECONDS = 5.0
"""The last try is not one for a quick finger: so long the warning stands alone, where a person sees it."""
SETTLING_SECONDS = 0.7
"""A card service looks about twice a second; before that it takes a card that is gone for one that is there."""
REMOVALS = 3
"""How often one step is begun anew because the card went away."""

T = TypeVar("T")


class Cancelled(Exception):
    """The person does not want this login."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: which PIN, how many tries it has, and what was wrong with the answer before."""

    kind: PinKind
    tries_left: int
    problem: CardError | None = None


class Face(Protocol):
    """What the person sees. Methods may be called from any thread, and return when the person has acted."""

    def introduce(self, challenge: Challenge, host: str) -> None:
        """Show who asks for what, and where it goes."""
        ...

    def tell(self, notice: Notice) -> None:
        """Show what goes on now."""
        ...

    def ask(self, question: Question) -> str:
        """The PIN as typed. Raises Cancelled, or the question's problem where nobody is there to try again."""
        ...


class Place(Protocol):
    """Where the card is."""

    def card(self) -> Card:
        """The card that is there now. Raises CardAbsent, NotThisCard, ReaderError, CardUnreadable."""
        ...

    def await_card(self) -> bool:
        """Wait for a card as long as this place is patient; False when none came. Raises ReaderError."""
        ...


@dataclass(slots=True, kw_only=True)
class Conversation:
    """A login from LINK to answer. `pause` sleeps so many seconds; `last_try_pause`: see the constant."""

    agent: Agent
    face: Face
    place: Place
    pause: Callable[[float], None]
    last_try_pause: float = LAST_TRY_PAUSE_SECONDS
    _known: bytes | None = field(default=None, init=False, repr=False)

    def run(self) -> Acceptance:
        """Go through it once.

        Raises CardError, ConnectorError (of its kinds RefusedByServer), and Cancelled after the provider was
        told.
        """
        challenge = self.agent.challenge()
        try:
            return self._answer(challenge)
        except (Cancelled, KeyboardInterrupt) as error:
            self.agent.decline(challenge)
            raise Cancelled from error

    def _answer(self, challenge: Challenge) -> Acceptance:
        self.face.introduce(challenge, self.agent.link.host)
        card = self._card()
        self.face.tell(Notice.READING)
        self._known = self._steadily(lambda: _identity(card))
        ef0002 = b""
        if challenge.attributes:
            kind = PinKind.INPUT_SUPPORT
            ef0002 = self._with_pin(
                kind, lambda: card.attributes_tries_left(kind), lambda pin: card.attributes(kind, pin)
            )
        return self._with_pin(
            PinKind.of(challenge.kind),
            lambda: card.tries_left(challenge.kind),
            lambda pin: self.agent.prove(challenge, card, pin, ef0002),
        )

    def _card(self) -> Card:
        """The card, waited for."""
        try:
            return self.place.card()
        except CardAbsent:
            self.face.tell(Notice.INSERT)
            if not self.place.await_card():
                raise
            return self.place.card()

    def _with_pin(self, kind: PinKind, tries: Callable[[], int], use: Callable[[str], T]) -> T:
        """Ask for a PIN until it is right, the card blocks or the person stops."""
        problem: CardError | None = None
        while True:
            left = self._steadily(tries)
            if left == 0:
                raise PinBlocked(kind)
            if left == 1:
                self.face.tell(Notice.LAST_TRY)
                self.pause(self.last_try_pause)
            pin = self.face.ask(Question(kind, left, problem))
            self.face.tell(Notice.SENDING)
            try:
                return self._attempt(kind, pin, left, tries, use)
            except (PinMalformed, PinIncorrect) as error:
                problem = error

    def _attempt(self, kind: PinKind, pin: str, left: int, tries: Callable[[], int], use: Callable[[str], T]) -> T:
        """Use a PIN. A card pulled early is no wrong PIN, unless the card counted it as one."""
        for _ in range(REMOVALS):
            try:
                return use(pin)
            except (CardRemoved, CardAbsent):
                self._await_same()
                now = self._steadily(tries)
                if now < left:
                    raise (PinIncorrect(now, kind) if now else PinBlocked(kind)) from None
        raise CardRemoved

    def _steadily(self, act: Callable[[], T]) -> T:
        """Do something that needs no PIN, again where the card went away."""
        for _ in range(REMOVALS):
            try:
                return act()
            except (CardRemoved, CardAbsent):
                self._await_same()
        raise CardRemoved

    def _await_same(self) -> None:
        """Wait until the same card is back. Raises CardRemoved where it is not, CardExchanged for another."""
        self.face.tell(Notice.PUT_BACK)
        for _ in range(REMOVALS):
            self.pause(SETTLING_SECONDS)
            if not self.place.await_card():
                break
            try:
                if self._known is not None and _identity(self.place.card()) != self._known:
                    raise CardExchanged
            except (CardRemoved, CardAbsent):
                continue
            self.face.tell(Notice.READING)
            return
        raise CardRemoved


def _identity(card: Card) -> bytes | None:
    """The user certificate, where it is read without a PIN; else nothing tells two cards apart."""
    try:
        return card.certificate(CertificateKind.USER)
    except PinRequired:
        return None
