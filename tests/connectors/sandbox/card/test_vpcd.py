"""The vpcd protocol over a real socket, with the reader's side written from vsmartcard's documentation."""

import os
import socket
from collections.abc import Iterator
from threading import Thread

import pytest

from connectors.sandbox.card import vpcd


class Echo:
    """A card that answers every command with itself reversed."""

    atr = b"\x3b\x00"

    def __init__(self) -> None:
        self.events: list[str] = []

    def reset(self, event: str) -> None:
        """Remember."""
        self.events.append(event)

    def transmit(self, unverified: bytes) -> bytes:
        """Answer."""
        return unverified[::-1]


class Slot:
    """The reader's side: one connection, one card being served in a thread."""

    def __init__(self) -> None:
        self.card, self.seen, self.ended = Echo(), 0, ""
        self._wakeup, self._wake = os.pipe()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._plug = vpcd.Plug(listener.getsockname()[1])
            self.connection = listener.accept()[0]
        self.connection.settimeout(10)
        self._thread = Thread(target=self._serve)
        self._thread.start()

    def send(self, message: bytes) -> None:
        """One message in two parts, as vpcd sends it."""
        self.connection.sendall(len(message).to_bytes(2, "big"))
        self.connection.sendall(message)

    def receive(self) -> bytes:
        """The card's next message."""
        count = int.from_bytes(self._exactly(2), "big")
        return self._exactly(count)

    def end(self, *, by_signal: bool) -> None:
        """Wake the card up, or close the connection, and wait until it has ended."""
        if by_signal:
            os.write(self._wake, b"\x00")
        else:
            self.connection.close()
        self._thread.join(10)

    def close(self) -> None:
        """Leave nothing open."""
        self.end(by_signal=True)
        self._plug.close()
        self.connection.close()
        for descriptor in (self._wakeup, self._wake):
            os.close(descriptor)

    def _exactly(self, count: int) -> bytes:
        received = b""
        while len(received) < count:
            received += self.connection.recv(count - len(received)) or pytest.fail("the card has hung up")
        return received

    def _serve(self) -> None:
        try:
            vpcd.serve(self.card, self._plug, self._wakeup, self._saw)
        except vpcd.ReaderGone:
            self.ended = "gone"
        else:
            self.ended = "woken"

    def _saw(self) -> None:
        self.seen += 1


@pytest.fixture
def slot() -> Iterator[Slot]:
    """A card in a slot."""
    made = Slot()
    yield made
    made.close()


def test_controls_and_commands(slot: Slot) -> None:
    """Power has no answer, the answer to reset has, commands are answered in order; empty messages are nothing."""
    for control in (b"\x01", b"\x02", b"\x00", b"", b"\x09"):
        slot.send(control)
    slot.send(b"\x04")
    assert (slot.receive(), slot.card.events) == (b"\x3b\x00", ["power-on", "reset", "power-off"])
    slot.send(b"\x00\xa4\x04\x0c")
    slot.send(b"\x00\x84")
    assert (slot.receive(), slot.receive()) == (b"\x0c\x04\xa4\x00", b"\x84\x00")
    assert slot.seen == 1


def test_a_command_in_pieces_is_joined(slot: Slot) -> None:
    """TCP keeps no borders."""
    for byte in b"\x00\x05ABCDE":
        slot.connection.sendall(bytes((byte,)))
    assert slot.receive() == b"EDCBA"


def test_long_messages_pass(slot: Slot) -> None:
    """Up to the protocol's own limit."""
    slot.send(bytes(65534) + b"\x01")
    assert slot.receive() == b"\x01" + bytes(65534)


def test_a_signal_ends_it(slot: Slot) -> None:
    """The wake-up descriptor is looked at before anything else."""
    slot.end(by_signal=True)
    assert slot.ended == "woken"


@pytest.mark.parametrize("half", [b"", b"\x00", b"\x00\x05AB"])
def test_a_reader_that_goes_is_noticed(slot: Slot, half: bytes) -> None:
    """Also in the middle of a message."""
    slot.connection.sendall(half)
    slot.end(by_signal=False)
    assert slot.ended == "gone"


def test_no_reader_is_an_error() -> None:
    """Nobody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(vpcd.ReaderGone), vpcd.inserted(port):
        pass
