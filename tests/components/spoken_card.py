"""A card that expects commands one by one, in hexadecimal; and a watch on the My Number over all of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

INPUT_SUPPORT = bytes.fromhex("D3921000310001010408")


class MyNumberTouched(AssertionError):
    """A command of ours named the file of the My Number."""


@dataclass
class Watch:
    """Follows what is selected, and raises at the first command that names EF 0001 of the input-support AP."""

    aid: bytes = b""
    current: int | None = None

    def see(self, command: bytes) -> None:
        """Look at one command."""
        ins, p1, p2 = command[1], command[2], command[3]
        if ins == 0xA4 and p1 == 0x04:
            self.aid, self.current = command[5 : 5 + command[4]], None
        elif ins == 0xA4:
            self.current = int.from_bytes(command[5 : 5 + command[4]])
        named = self.current
        if ins == 0xB0 and p1 & 0x80:
            named = p1 & 0x1F or self.current
        if ins in (0x20, 0x24, 0x2A) and p2 & 0x1F:
            named = p2 & 0x1F
        # 0014 is the key that is made of the My Number.
        if self.aid == INPUT_SUPPORT and named in (0x0001, 0x0014):
            raise MyNumberTouched


@dataclass
class ScriptedCard:
    """Answers `script`, pairs of command and answer in hexadecimal, and nothing else."""

    script: Sequence[tuple[str, str]]
    halves_commands: bool = False
    said: list[str] = field(default_factory=list)
    watch: Watch = field(default_factory=Watch)

    def transmit(self, command: bytes) -> bytes:
        """See `Transport`."""
        self.watch.see(command)
        self.said.append(command.hex().upper())
        expected, answer = self.script[len(self.said) - 1]
        assert expected.replace(" ", "") == self.said[-1]
        return bytes.fromhex(answer)

    @contextmanager
    def connect(self) -> Iterator["ScriptedCard"]:
        """One connection among others."""
        yield self

    @property
    def done(self) -> bool:
        """Whether all was said."""
        return len(self.said) == len(self.script)


@dataclass
class GarblingCard:
    """Answers with the next of `answers`, whatever was asked, and with 9000 when they are used up."""

    answers: Sequence[bytes]
    halves_commands: bool = False
    said: list[bytes] = field(default_factory=list)
    watch: Watch = field(default_factory=Watch)

    def transmit(self, command: bytes) -> bytes:
        """See `Transport`."""
        self.watch.see(command)
        self.said.append(command)
        return self.answers[len(self.said) - 1] if len(self.said) <= len(self.answers) else b"\x90\x00"

    @contextmanager
    def connect(self) -> Iterator["GarblingCard"]:
        """One connection among others."""
        yield self
