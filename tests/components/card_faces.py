"""A person at the card program who answers from a list, and a card that is pulled at a chosen command."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from components.spoken_card import Watch

from connectors.card.command_card import CommandCard
from connectors.card.conversation import Cancelled, Question
from connectors.card.errors import CardAbsent, CardRemoved
from connectors.card.protocol import Challenge
from connectors.card.texts import Notice
from connectors.sandbox.card.in_process import InProcess


@dataclass
class Person:
    """A `Face`: types `pins` one after the other and then cancels. `seen` is everything in its order."""

    pins: Sequence[str]
    seen: list[object] = field(default_factory=list)

    def introduce(self, challenge: Challenge, host: str) -> None:
        """See `Face`."""
        self.seen.append((challenge.tenant_name, challenge.service_name, host))

    def tell(self, notice: Notice) -> None:
        """See `Face`."""
        self.seen.append(notice)

    def ask(self, question: Question) -> str:
        """See `Face`."""
        self.seen.append(question)
        if len(self.questions) > len(self.pins):
            raise Cancelled
        return self.pins[len(self.questions) - 1]

    @property
    def questions(self) -> list[Question]:
        """What was asked."""
        return [event for event in self.seen if isinstance(event, Question)]


@dataclass
class Table:
    """A `Place` whose card goes away at each of `pulled_at` (counted in commands), and is put back when asked.

    `exchanged`: another card's file, which is put back instead.
    """

    path: Path
    pulled_at: set[int] = field(default_factory=set)
    before_answering: bool = True
    exchanged: Path | None = None
    absent: bool = False
    patient: bool = True
    commands: list[bytes] = field(default_factory=list)

    def card(self) -> CommandCard:
        """See `Place`."""
        if self.absent:
            raise CardAbsent
        return CommandCard(self._connect)

    def await_card(self) -> bool:
        """See `Place`."""
        if self.patient:
            self.absent = False
            self.path = self.exchanged or self.path
        return self.patient

    @contextmanager
    def _connect(self) -> Iterator["Contact"]:
        if self.absent:
            raise CardAbsent
        yield Contact(self, InProcess(self.path))


@dataclass
class Contact:
    """One connection to the card on the table."""

    table: Table
    chip: InProcess
    watch: Watch = field(default_factory=Watch)
    halves_commands: bool = False

    def transmit(self, command: bytes) -> bytes:
        """See `Transport`."""
        self.watch.see(command)
        self.table.commands.append(command)
        pulled = len(self.table.commands) in self.table.pulled_at
        if pulled and self.table.before_answering:
            self.table.absent = True
            raise CardRemoved
        answer = self.chip.transmit(command)
        if pulled:  # the card did its work, and nobody heard of it
            self.table.absent = True
            raise CardRemoved
        return answer
