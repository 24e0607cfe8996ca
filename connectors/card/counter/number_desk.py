"""The user number of the login at the desk: awaited, told to the staff, typed or linked, and forgotten with it.

One at a time, as errands are. What waits (for the resident's consent, for the right window) waits in a thread.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from threading import Lock

from connectors.card.agent import RefusedByServer
from connectors.card.counter.agent import CounterAgent
from connectors.card.counter.numbers import NumberAgent, Typed
from connectors.card.counter.typist import Outcome, Typist
from connectors.card.protocol import Challenge
from connectors.errors import ConnectorError

FOLLOW_SECONDS = 300.0
"""As long as the provider tells a login's number."""
LOOK_SECONDS = 1.5


class Stage(StrEnum):
    """How far it has come."""

    WAITING = "waiting"
    """For the resident's consent, on their screen."""
    UNLINKED = "unlinked"
    """There is none: the staff may type or scan the person's number once."""
    SHOWN = "shown"
    TYPING = "typing"
    """It waits for the window of another program to have the keyboard."""
    TYPED = "typed"
    MOVED = "moved"
    """Typed, while the keyboard went elsewhere: the staff must look where it went."""
    NOT_TYPED = "not-typed"
    FAILED = "failed"


_OUTCOMES = {
    Outcome.TYPED: Stage.TYPED,
    Outcome.MOVED: Stage.MOVED,
    Outcome.NOWHERE: Stage.NOT_TYPED,
    Outcome.UNUSABLE: Stage.NOT_TYPED,
}


@dataclass(frozen=True, slots=True)
class NumberView:
    """What the staff see. `turn`: the errand's; `code`: the provider's word for what went wrong last."""

    turn: str
    stage: Stage
    number: str = field(default="", repr=False)
    code: str = ""


@dataclass(slots=True, kw_only=True)
class NumberDesk:
    """`typist`: None where numbers are shown and not typed; `spawn` runs something beside what goes on."""

    typist: Typist | None
    monotonic: Callable[[], float]
    pause: Callable[[float], None]
    spawn: Callable[[Callable[[], None]], None]
    _view: NumberView | None = field(default=None, init=False)
    _agent: NumberAgent | None = field(default=None, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def begin(self, turn: str, agent: CounterAgent, challenge: Challenge) -> None:
        """A login was proved: follow it until its number may be told."""
        with self._lock:
            self._view, self._agent = NumberView(turn, Stage.WAITING), NumberAgent(agent, challenge)
        self.spawn(lambda: self._follow(turn))

    def forget(self) -> None:
        """The next person comes."""
        with self._lock:
            self._view = self._agent = None

    def view(self) -> NumberView | None:
        """What there is to be seen now."""
        with self._lock:
            return self._view

    def link(self, turn: str, typed: Typed) -> None:
        """The staff typed or scanned the person's number, which has none yet."""
        agent = self._at(turn, Stage.UNLINKED)
        if agent is None:
            return
        number = unicodedata.normalize("NFKC", typed.number).strip()
        claim = unicodedata.normalize("NFKC", typed.claim).strip()
        try:
            nonce = agent.nonce()
            linked = agent.link(nonce, replace(typed, number=number, claim=claim)) if nonce else None
        except RefusedByServer as refused:
            self._put(turn, Stage.UNLINKED, code=refused.code)
            return
        except ConnectorError:
            self._put(turn, Stage.UNLINKED, code="unreachable")
            return
        if linked is not None:
            self._known(turn, linked)

    def type_again(self, turn: str) -> None:
        """It went to a wrong place, or to none."""
        view = self.view()
        if view is not None and view.turn == turn and view.number and view.stage is not Stage.TYPING:
            self._known(turn, view.number)

    def _follow(self, turn: str) -> None:
        """Wait for consent, and learn the number."""
        until = self.monotonic() + FOLLOW_SECONDS
        while (agent := self._at(turn, Stage.WAITING)) is not None:
            try:
                nonce = agent.nonce()
                if nonce is not None:
                    number = agent.fetch(nonce)
                    self._told(turn, number)
                    return
            except RefusedByServer as refused:
                self._put(turn, Stage.FAILED, code=refused.code)
                return
            except ConnectorError:
                pass  # the line may come back
            if self.monotonic() >= until:
                self._put(turn, Stage.FAILED, code="expired")
                return
            self.pause(LOOK_SECONDS)

    def _told(self, turn: str, number: str | None) -> None:
        if number is None:
            self._put(turn, Stage.UNLINKED)
        else:
            self._known(turn, number)

    def _known(self, turn: str, number: str) -> None:
        if self.typist is None:
            self._put(turn, Stage.SHOWN, number)
            return
        self._put(turn, Stage.TYPING, number)
        self.spawn(lambda: self._type(turn, number))

    def _type(self, turn: str, number: str) -> None:
        if self.typist is None:
            return
        outcome = self.typist.type(number, wanted=lambda: self._at(turn, Stage.TYPING) is not None)
        if self._at(turn, Stage.TYPING) is not None:
            self._put(turn, _OUTCOMES[outcome], number)

    def _at(self, turn: str, stage: Stage) -> NumberAgent | None:
        """The talk of that turn, if it has come so far and no farther."""
        with self._lock:
            met = self._view is not None and (self._view.turn, self._view.stage) == (turn, stage)
            return self._agent if met else None

    def _put(self, turn: str, stage: Stage, number: str = "", *, code: str = "") -> None:
        with self._lock:
            if self._view is not None and self._view.turn == turn:
                self._view = NumberView(turn, stage, number, code)
