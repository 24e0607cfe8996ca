"""What a card program writes down: every command without PINs, and every touch of the My Number."""

from dataclasses import dataclass
from pathlib import Path

from connectors.sandbox.card import apdu
from connectors.sandbox.card.apdu import Malformed, Response

_SHOWN_INSTRUCTIONS = frozenset({0xA4})


def line(unverified_command: bytes, response: Response) -> str:
    """One command: header, data field, status word, number of bytes answered.

    Names and file identifiers of SELECT are shown; of every other data field only the length, so that no PIN
    and nothing that was signed is kept. What was read is not kept either.
    """
    try:
        command = apdu.parse(unverified_command)
    except Malformed:
        return f"malformed({len(unverified_command)}) - {response.status:04X} {len(response.data)}"
    shown = f"({len(command.data)})" if command.data else "-"
    if command.ins in _SHOWN_INSTRUCTIONS and command.data:
        shown = command.data.hex().upper()
    return f"{command.header.hex().upper()} {shown} {response.status:04X} {len(response.data)}"


@dataclass(frozen=True, slots=True)
class Record:
    """Two files that only grow: `commands`, and `tripwire`, which is not there until somebody touches it."""

    commands: Path
    tripwire: Path

    def note(self, unverified_command: bytes, response: Response, *, tripped: bool) -> None:
        """Write one command down."""
        text = line(unverified_command, response) + "\n"
        for path in (self.commands, self.tripwire) if tripped else (self.commands,):
            with path.open("a", encoding="ascii") as file:
                file.write(text)

    def event(self, name: str) -> None:
        """Write down that power came or went."""
        with self.commands.open("a", encoding="ascii") as file:
            file.write(f"{name}\n")
