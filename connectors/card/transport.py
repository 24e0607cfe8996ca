"""The way to a card: bytes there, bytes back, and the two courtesies that T=0 asks for (61xx, 6Cxx)."""

from typing import Protocol

from connectors.card.apdu import MAX_READ, Command, Response, get_response
from connectors.card.errors import CardGarbled

MAX_PARTS = 16
"""No answer asked for here is longer than 256 bytes; a card that goes on saying 61xx is not followed."""


class Transport(Protocol):
    """An open way to one card, which nobody else uses meanwhile."""

    @property
    def halves_commands(self) -> bool:
        """Whether a command with data must leave its Le away (T=0); the answer is then fetched after 61xx."""
        ...

    def transmit(self, command: bytes) -> bytes:
        """One command, one answer with its status word. Raises CardRemoved, CardGarbled, ReaderError."""
        ...


def exchange(transport: Transport, command: Command) -> Response:
    """Send a command and gather its whole answer.

    Raises CardGarbled for an answer of no possible size, and as the transport does.
    """
    encoded = command.encode()
    if transport.halves_commands and command.data and command.expected is not None:
        encoded = encoded[:-1]
    answer = Response.parse(transport.transmit(encoded))
    if answer.sw >> 8 == 0x6C and command.expected is not None:
        again = Command(
            command.cla, command.ins, command.p1, command.p2, command.data, answer.sw & 0xFF or MAX_READ
        )
        answer = Response.parse(transport.transmit(again.encode()))
    data, parts = answer.data, 0
    while answer.sw >> 8 == 0x61:
        parts += 1
        if parts > MAX_PARTS or len(data) > MAX_READ:
            raise CardGarbled("an answer without end")
        answer = Response.parse(transport.transmit(get_response(answer.sw & 0xFF or MAX_READ).encode()))
        data += answer.data
    return Response(data, answer.sw)
