"""A sandbox's card in this very process: signs as its file says, and reads its face out by commands.

For whoever holds the file and no reader: `idp-card login --card FILE`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from connectors.card import cardfile
from connectors.card.command_card import CommandCard
from connectors.card.pin import PinKind
from connectors.card.softcard import SoftwareCard
from connectors.card.transport import Transport
from connectors.sandbox.card import commands
from connectors.sandbox.card.chip import Session
from connectors.sandbox.card.image import Variant, chip_of, contents_after


@dataclass(slots=True)
class InProcess:
    """A `Transport` to the chip of a card's file; one object is one time under power."""

    path: Path
    _session: Session = field(default_factory=Session, init=False, repr=False)

    @property
    def halves_commands(self) -> bool:
        """See `Transport`."""
        return False

    def transmit(self, command: bytes) -> bytes:
        """See `Transport`. Raises CardUnreadable for a damaged file."""
        with cardfile.locked(self.path):
            contents = cardfile.read(self.path)
            chip = chip_of(contents, {}, Variant())
            step = commands.answer(chip, self._session, command, bytes)
            changed = contents_after(contents, chip, step.chip)
            if changed is not contents:
                cardfile.write(self.path, changed)
        self._session = step.session
        return step.response.encoded()


class InProcessCard(SoftwareCard):
    """A software card that hands over its Basic 4 where its file has a face."""

    def attributes_tries_left(self, kind: PinKind) -> int:
        """See `Card`."""
        return self._spoken().attributes_tries_left(kind)

    def attributes(self, kind: PinKind, pin: str) -> bytes:
        """See `Card`."""
        return self._spoken().attributes(kind, pin)

    def _spoken(self) -> CommandCard:
        @contextmanager
        def connect() -> Iterator[Transport]:
            yield InProcess(self._path)

        return CommandCard(connect)
