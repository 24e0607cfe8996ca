"""One command in its surroundings: what it refers to, and how it may end."""

from collections.abc import Callable
from dataclasses import dataclass, field

from connectors.sandbox.card import status
from connectors.sandbox.card.apdu import Command, Response
from connectors.sandbox.card.chip import Chip, Entry, Files, Session

_SHORT = 0x80
"""A parameter byte of the form 100xxxxx holds a short file identifier; 00000 means the current file."""


class Refusal(Exception):
    """The command ends with this status word and changes nothing."""

    def __init__(self, status_word: int) -> None:
        super().__init__(f"{status_word:04X}")
        self.status = status_word


@dataclass(frozen=True, slots=True)
class Step:
    """What a command led to. `tripped`: it named something that no program of ours may touch."""

    response: Response
    session: Session
    chip: Chip
    tripped: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """A command and all that it is answered from."""

    chip: Chip
    session: Session
    command: Command
    token_bytes: Callable[[int], bytes] = field(repr=False)

    @property
    def files(self) -> Files:
        """The entries of the selected application; none before one is selected."""
        return {} if self.session.aid is None else self.chip.applications[self.session.aid]

    def referred(self, reference: int, absent: int) -> tuple[int, Entry]:
        """The entry that a parameter byte refers to, with its identifier.

        Raises Refusal: wrong parameters for another form, no current file, or `absent`.
        """
        if reference & 0xE0 != _SHORT:
            raise Refusal(status.WRONG_PARAMETERS)
        identifier = reference & 0x1F or self.session.current
        if identifier is None or self.session.aid is None:
            raise Refusal(status.NO_CURRENT_FILE)
        if identifier not in self.files:
            raise Refusal(absent)
        return identifier, self.files[identifier]

    def touches_tripwire(self) -> bool:
        """Whether the command selects such an entry or refers to it, whatever the answer will be."""
        named = self._named()
        return named is not None and named in self.files and getattr(self.files[named], "tripwire", False)

    def _named(self) -> int | None:
        command = self.command
        match command.ins, command.p1:
            case 0xA4, 0x02:
                return int.from_bytes(command.data, "big")
            case 0xB0, p1 if p1 & _SHORT == 0:
                return self.session.current
            case 0xB0, p1:
                return p1 & 0x1F or self.session.current
            case ((0x20 | 0x24 | 0x2A), _):
                return command.p2 & 0x1F or self.session.current
        return None
