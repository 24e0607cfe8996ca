"""Card commands and answers as bytes (ISO/IEC 7816-4, short form), and what the status words mean.

Only the commands that this product uses are here. Nothing here talks to a card.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Self

from connectors.card.errors import CardGarbled

MAX_READ = 256
"""The most that one short command may ask for; it is written as Le 00."""
MAX_OFFSET = 0x7FFF
"""READ BINARY counts in 15 bits; the sixteenth would make P1 a short file identifier."""
_CURRENT = 0x80
"""P2 of VERIFY and of the signing command: the key that was selected."""


class Status(IntEnum):
    """Status words with one meaning on these cards."""

    OK = 0x9000
    END_OF_FILE = 0x6282
    WRONG_LENGTH = 0x6700
    SECURITY_STATUS = 0x6982
    AUTHENTICATION_BLOCKED = 0x6983
    REFERENCE_UNUSABLE = 0x6984
    CONDITIONS = 0x6985
    NO_CURRENT_FILE = 0x6986
    NOT_FOUND = 0x6A82
    WRONG_PARAMETERS = 0x6A86
    PAST_THE_END = 0x6B00


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `expected`: the most bytes asked for (1 to 256), None where no answer data is asked for.

    The data may be a PIN and is not in the representation.
    """

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = field(default=b"", repr=False)
    expected: int | None = None

    def encode(self) -> bytes:
        """The bytes for the card: header, Lc and data where there is any, Le where an answer is asked for."""
        header = bytes((self.cla, self.ins, self.p1, self.p2))
        body = bytes((len(self.data),)) + self.data if self.data else b""
        tail = b"" if self.expected is None else bytes((self.expected % MAX_READ,))
        return header + body + tail


@dataclass(frozen=True, slots=True)
class Response:
    """What a card answered: data and status word. The data may be personal and is not in the representation."""

    data: bytes = field(repr=False)
    sw: int

    @classmethod
    def parse(cls, unverified: bytes) -> Self:
        """Cut the status word off. Raises CardGarbled for fewer than 2 bytes or more than 256 + 2."""
        if not 2 <= len(unverified) <= MAX_READ + 2:
            raise CardGarbled("an answer of a size that no card gives")
        return cls(unverified[:-2], int.from_bytes(unverified[-2:]))

    @property
    def ok(self) -> bool:
        """Whether the command was carried out."""
        return self.sw == Status.OK

    @property
    def tries_left(self) -> int | None:
        """What VERIFY tells: 63Cx is x tries, 6983 and 6984 are none; None for any other status word."""
        if self.sw & 0xFFF0 == 0x63C0:
            return self.sw & 0xF
        return 0 if self.sw in (Status.AUTHENTICATION_BLOCKED, Status.REFERENCE_UNUSABLE) else None


def select_application(aid: bytes) -> Command:
    """Make an application current, by its name."""
    return Command(0x00, 0xA4, 0x04, 0x0C, aid)


def select_file(identifier: int) -> Command:
    """Make a file of the current application current: P1 is 02, these cards refuse 09."""
    return Command(0x00, 0xA4, 0x02, 0x0C, identifier.to_bytes(2))


def read_binary(offset: int, length: int) -> Command:
    """Read 1 to 256 bytes of the current file from `offset` on. Raises CardGarbled beyond 15 bits."""
    if not 0 <= offset <= MAX_OFFSET or not 1 <= length <= MAX_READ:
        raise CardGarbled("a file longer than the card can address")
    return Command(0x00, 0xB0, offset >> 8, offset & 0xFF, expected=length)


def verify(pin: bytes = b"") -> Command:
    """Present a PIN to the current PIN file; without one, ask how many tries are left (spends none)."""
    return Command(0x00, 0x20, 0x00, _CURRENT, pin)


def compute_signature(digest_info: bytes) -> Command:
    """Sign with the current key file: the card pads what it is given by PKCS #1 v1.5 and checks nothing."""
    return Command(0x80, 0x2A, 0x00, _CURRENT, digest_info, expected=MAX_READ)


def get_response(length: int) -> Command:
    """Fetch what a card on T=0 holds ready after 61xx."""
    return Command(0x00, 0xC0, 0x00, 0x00, expected=length)
