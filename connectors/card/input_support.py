"""The input-support application of a My Number Card (券面事項入力補助AP): the Basic 4 and their checksum.

The My Number itself lies in another file of this application. No identifier here names it, and none may.
EF 0003 holds a hash by which the My Number could be guessed: it is read to compare DF32, and forgotten.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from connectors.card import basic4, files
from connectors.card.apdu import select_application
from connectors.card.errors import AttributesAltered, AttributesUnreadable, PinRequired
from connectors.card.files import FileAbsent
from connectors.card.pin import PinKind
from connectors.card.transport import Transport, exchange

AID = bytes.fromhex("D3921000310001010408")
_CHECKSUMS = b"\xff\x30"
_DF32 = 0xDF32


class _File(IntEnum):
    """Every file of this application that is ever selected."""

    ATTRIBUTES = 0x0002
    CHECKSUMS = 0x0003
    PIN = 0x0011
    NUMBER_B = 0x0015


_SECRETS: Mapping[PinKind, _File] = {PinKind.INPUT_SUPPORT: _File.PIN, PinKind.NUMBER_B: _File.NUMBER_B}


@dataclass(frozen=True, slots=True)
class InputSupport:
    """The application, selected. Every method may raise CardGarbled and what the transport raises."""

    transport: Transport

    @classmethod
    def select(cls, transport: Transport) -> Self:
        """Make the application current. Raises AttributesUnreadable for a card (or phone) without it."""
        if not exchange(transport, select_application(AID)).ok:
            raise AttributesUnreadable
        return cls(transport)

    def tries_left(self, kind: PinKind) -> int:
        """How many tries INPUT_SUPPORT or NUMBER_B has left. Raises AttributesUnreadable."""
        self._select(_SECRETS[kind])
        return files.tries_left(self.transport)

    def verify(self, kind: PinKind, unverified_pin: str) -> None:
        """Return if the secret is right. Raises PinMalformed, PinIncorrect, PinBlocked."""
        self._select(_SECRETS[kind])
        files.present(self.transport, kind, unverified_pin)

    def attributes(self, kind: PinKind) -> bytes:
        """EF 0002 from its beginning to the end of its record, after `verify` by `kind`.

        Raises AttributesAltered where the record is damaged or not the one that the card's DF32 vouches for,
        PinRequired, AttributesUnreadable. 照合番号B may not open the checksums; then they are not compared.
        """
        self._select(_File.ATTRIBUTES)
        head = files.read(self.transport, basic4.HEAD)
        _, end = basic4.extent(head)
        content = head[:end] + files.read(self.transport, end, begin=basic4.HEAD)
        basic4.parse(content)
        begin, _ = basic4.items_begin(content)
        vouched = content[begin:]
        if not self._vouches(kind, vouched) and not self._vouches(kind, vouched + self._padding(end)):
            raise AttributesAltered
        return content

    def _vouches(self, kind: PinKind, items: bytes) -> bool:
        """Whether the card's DF32 is the hash of these bytes. What was read for that ends with this frame."""
        try:
            self._select(_File.CHECKSUMS)
            head = files.read(self.transport, basic4.HEAD)
            begin, end = basic4.extent(head, _CHECKSUMS)
            record = head + files.read(self.transport, end, begin=basic4.HEAD)
        except (PinRequired, AttributesUnreadable):
            if kind is PinKind.NUMBER_B:
                return True
            raise
        for item in basic4.elements(record, basic4.element(record, begin).content, end):
            if item.tag == _DF32:
                told = record[item.content : item.end]
                return hmac.compare_digest(told, hashlib.sha256(items).digest())
        return False

    def _padding(self, end: int) -> bytes:
        """What lies behind the record: sources differ on whether DF32 covers it."""
        self._select(_File.ATTRIBUTES)
        return files.rest(self.transport, end, basic4.MAX_BYTES)

    def _select(self, file: _File) -> None:
        try:
            files.select(self.transport, file)
        except FileAbsent as error:
            raise AttributesUnreadable from error
