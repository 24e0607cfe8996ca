"""Card readers of this computer by PC/SC (pcscd, WinSCard, macOS), through pyscard's direct calls.

Every call opens a context of its own: the service may be restarted and readers unplugged between two of them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import Any

from connectors.card.errors import (
    CardAbsent,
    CardError,
    CardGarbled,
    CardRemoved,
    DriverAbsent,
    ReaderAbsent,
    ReaderBusy,
    ServiceAbsent,
)

_RESTARTS = 3
"""How often another program's reset is answered by connecting anew before the card counts as busy."""


def _scard() -> ModuleType:
    """pyscard's thin layer over PC/SC. Raises DriverAbsent."""
    try:
        from smartcard import scard
    except ImportError as error:
        raise DriverAbsent("the Python package pyscard is not installed") from error
    module: ModuleType = scard
    return module


def readers() -> Sequence[str]:
    """The names of the readers, in the service's order. Raises ServiceAbsent, DriverAbsent."""
    scard = _scard()
    with _context(scard) as context:
        result, names = scard.SCardListReaders(context, [])
        if result == scard.SCARD_E_NO_READERS_AVAILABLE:
            return ()
        _require(scard, result)
        return tuple(names)


def holding_a_card() -> Sequence[str]:
    """The readers with a card on them. Raises ServiceAbsent, DriverAbsent."""
    scard = _scard()
    names = readers()
    if not names:
        return ()
    with _context(scard) as context:
        asked = [(name, scard.SCARD_STATE_UNAWARE) for name in names]
        result, states = scard.SCardGetStatusChange(context, 0, asked)
        _require(scard, result)
        return tuple(name for name, state, _ in states if state & scard.SCARD_STATE_PRESENT)


def await_card(reader: str, seconds: float) -> bool:
    """Wait until a card is on the reader; False when none came in time.

    Raises ReaderAbsent, ServiceAbsent, DriverAbsent.
    """
    scard = _scard()
    with _context(scard) as context:
        asked = (reader, scard.SCARD_STATE_UNAWARE)
        result, states = scard.SCardGetStatusChange(context, 0, [asked])
        _require(scard, result)
        if states[0][1] & scard.SCARD_STATE_PRESENT:
            return True
        # One change may be the end of an earlier removal: whoever waits asks again until the time is over.
        result, states = scard.SCardGetStatusChange(context, int(seconds * 1000), [(reader, states[0][1])])
        if result == scard.SCARD_E_TIMEOUT:
            return False
        _require(scard, result)
        return bool(states[0][1] & scard.SCARD_STATE_PRESENT)


@contextmanager
def connection(reader: str) -> Iterator["PcscTransport"]:
    """A card on the reader, kept from other programs until the end; then it is reset, so that no PIN stays open.

    Raises CardAbsent, ReaderAbsent, ReaderBusy, ServiceAbsent, DriverAbsent.
    """
    scard = _scard()
    with _context(scard) as context:
        result, card, protocol = scard.SCardConnect(
            context, reader, scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        )
        if result in (scard.SCARD_E_NO_SMARTCARD, scard.SCARD_W_REMOVED_CARD):
            raise CardAbsent
        _require(scard, result)
        try:
            protocol = _begin(scard, card, protocol)
            yield PcscTransport(scard, card, protocol)
        finally:
            scard.SCardEndTransaction(card, scard.SCARD_RESET_CARD)
            scard.SCardDisconnect(card, scard.SCARD_RESET_CARD)


class PcscTransport:
    """A connected card (protocol T=0 or T=1, as the card and the reader agreed)."""

    def __init__(self, scard: ModuleType, card: Any, protocol: int) -> None:
        self._scard = scard
        self._card = card
        self._protocol = protocol

    @property
    def halves_commands(self) -> bool:
        """Whether the card is on T=0, which has no command with data both ways."""
        return bool(self._protocol == self._scard.SCARD_PROTOCOL_T0)

    def transmit(self, command: bytes) -> bytes:
        """See `Transport`."""
        scard = self._scard
        header = scard.SCARD_PCI_T0 if self.halves_commands else scard.SCARD_PCI_T1
        result, answer = scard.SCardTransmit(self._card, header, list(command))
        if result == scard.SCARD_S_SUCCESS:
            return bytes(octet & 0xFF for octet in answer)
        raise _error(scard, result)


def _begin(scard: ModuleType, card: Any, protocol: int) -> int:
    """Begin a transaction, connecting anew after another program's reset; the protocol in force."""
    for _ in range(_RESTARTS):
        result = scard.SCardBeginTransaction(card)
        if result != scard.SCARD_W_RESET_CARD:
            _require(scard, result)
            return protocol
        result, protocol = scard.SCardReconnect(
            card,
            scard.SCARD_SHARE_SHARED,
            scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1,
            scard.SCARD_LEAVE_CARD,
        )
        _require(scard, result)
    raise ReaderBusy


@contextmanager
def _context(scard: ModuleType) -> Iterator[Any]:
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    if result != scard.SCARD_S_SUCCESS:
        raise ServiceAbsent
    try:
        yield context
    finally:
        with suppress(Exception):
            scard.SCardReleaseContext(context)


def _require(scard: ModuleType, result: int) -> None:
    if result != scard.SCARD_S_SUCCESS:
        raise _error(scard, result)


def _error(scard: ModuleType, result: int) -> CardError:
    """What a result of PC/SC means to the person at the reader."""
    if result in (
        scard.SCARD_W_REMOVED_CARD,
        scard.SCARD_E_NO_SMARTCARD,
        scard.SCARD_W_RESET_CARD,
        scard.SCARD_E_NOT_TRANSACTED,  # a card on its way out, which the service has not noticed yet
        scard.SCARD_W_UNPOWERED_CARD,
    ):
        return CardRemoved()
    if result in (
        scard.SCARD_E_UNKNOWN_READER,
        scard.SCARD_E_READER_UNAVAILABLE,
        scard.SCARD_E_NO_READERS_AVAILABLE,
    ):
        return ReaderAbsent()
    if result == scard.SCARD_E_SHARING_VIOLATION:
        return ReaderBusy()
    if result in (scard.SCARD_E_NO_SERVICE, scard.SCARD_E_SERVICE_STOPPED, scard.SCARD_F_COMM_ERROR):
        return ServiceAbsent()
    return CardGarbled(f"the reader reports {result & 0xFFFFFFFF:08X}")
