"""The vpcd protocol: how vsmartcard's reader driver speaks to a card program (vpcd's own documentation).

Every message is a 16-bit length, most significant byte first, and that many bytes. One byte from the reader is
a control (0 power off, 1 power on, 2 reset, 4 ask for the answer to reset), anything longer a command APDU.
"""

import select
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

_POWER_OFF, _POWER_ON, _RESET, _ASK_ATR = 0, 1, 2, 4
_EVENTS = {_POWER_OFF: "power-off", _POWER_ON: "power-on", _RESET: "reset"}


class InsertedCard(Protocol):
    """What a reader asks of a card."""

    atr: bytes

    def reset(self, event: str) -> None:
        """Forget what goes with the power."""
        ...

    def transmit(self, unverified: bytes) -> bytes:
        """Answer a command APDU."""
        ...


class ReaderGone(Exception):
    """No reader listens, or it closed the connection."""


class Plug:
    """A connection to the reader: closing it pulls the card out. Raises ReaderGone when there is no reader."""

    def __init__(self, port: int) -> None:
        try:
            self._socket = socket.create_connection(("127.0.0.1", port))
        except OSError as error:
            raise ReaderGone from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def fileno(self) -> int:
        """For select."""
        return self._socket.fileno()

    def close(self) -> None:
        """Pull the card out."""
        self._socket.close()

    def receive(self) -> bytes:
        """The next message. Raises ReaderGone."""
        return self._exactly(int.from_bytes(self._exactly(2), "big"))

    def send(self, message: bytes) -> None:
        """Send a message of at most 65535 bytes. Raises ReaderGone."""
        try:
            self._socket.sendall(len(message).to_bytes(2, "big") + message)
        except OSError as error:
            raise ReaderGone from error

    def _exactly(self, count: int) -> bytes:
        received = b""
        while len(received) < count:
            # vpcd sends length and body apart: without an acknowledgement at once the second waits 40 ms for
            # the first's. The option does not stick, so it is set for every read.
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            try:
                part = self._socket.recv(count - len(received))
            except OSError as error:
                raise ReaderGone from error
            if not part:
                raise ReaderGone
            received += part
        return received


def serve(card: InsertedCard, plug: Plug, wakeup: int, seen: Callable[[], None]) -> None:
    """Answer the reader until `wakeup` (a file descriptor) becomes readable. Raises ReaderGone.

    `seen` is called whenever the reader has asked for the answer to reset, and so knows the card.
    """
    while True:
        readable, _, _ = select.select([plug.fileno(), wakeup], [], [])
        if wakeup in readable:
            return
        message = plug.receive()
        if len(message) > 1:
            plug.send(card.transmit(message))
        elif message == bytes((_ASK_ATR,)):
            plug.send(card.atr)
            seen()
        elif message and message[0] in _EVENTS:
            card.reset(_EVENTS[message[0]])


@contextmanager
def inserted(port: int) -> Iterator[Plug]:
    """A plug that is pulled at the end. Raises ReaderGone when no reader listens."""
    plug = Plug(port)
    try:
        yield plug
    finally:
        plug.close()
