"""The input-support application (券面事項入力補助AP): the Basic 4 as text, and the record of its integrity.

File 0001 would hold the My Number. Here it holds nobody's, and touching it is written down: a tripwire.
"""

import re
from hashlib import sha256, shake_256

from connectors.sandbox.basic4 import Basic4
from connectors.sandbox.card.chip import Elementary, Entry, Pin
from connectors.sandbox.card.face import NOBODYS_NUMBER
from connectors.sandbox.card.tlv import tlv

MY_NUMBER, BASIC4, INTEGRITY, CARD_CERTIFICATE, KEY_NAME = range(0x0001, 0x0006)
PIN, UNUSED_PIN, NUMBER_A, NUMBER_B = 0x0011, 0x0012, 0x0014, 0x0015
_MY_NUMBER_FILE = 17
_CERTIFICATE_VALUE = 563
_HEAD = 5 + 3 + 8
"""FF20 with an 82 length, and DF21 whole: what stands before DF22."""


def files(basic4: Basic4, *, leading: int) -> dict[int, Entry]:
    """The entries without the PINs that the card's file keeps.

    `leading`: 0, or the 2 bytes before FF20 that cards of 2023 are said to have. The signature DF33 and the
    files 0004 to 0007 are stand-ins of the right size: what they verify under is not public.
    """
    number = tlv(0xFF10, NOBODYS_NUMBER.encode()).ljust(_MY_NUMBER_FILE, b"\xff")
    items = _items(basic4)
    return {
        MY_NUMBER: Elementary(number, frozenset({PIN, NUMBER_A}), tripwire=True),
        BASIC4: Elementary(_text(items, leading), frozenset({PIN, NUMBER_B})),
        # That 0003 wants one of the same PINs is a stand-in on the strict side.
        INTEGRITY: Elementary(_integrity(number, b"".join(items)), frozenset({PIN, NUMBER_A, NUMBER_B})),
        CARD_CERTIFICATE: Elementary(tlv(0x7F21, _filler("certificate", _CERTIFICATE_VALUE), length_bytes=2)),
        KEY_NAME: Elementary(tlv(0xFF40, tlv(0xDF41, bytes(4)) + tlv(0xDF42, _filler("key", 16)))),
        0x0006: Elementary(_filler("messaging 1", 256)),
        0x0007: Elementary(_filler("messaging 2", 256)),
        UNUSED_PIN: Pin(b"", 0, 3, re.compile(rb"[0-9]{4}")),  # never usable, on any card
    }


def _items(basic4: Basic4) -> tuple[bytes, ...]:
    """DF22 to DF25: name, address, birth date without an era, gender; UTF-8."""
    return (
        tlv(0xDF22, basic4.name.encode(), length_bytes=1),
        tlv(0xDF23, basic4.address.encode(), length_bytes=2 if len(basic4.address.encode()) > 0xFF else 1),
        tlv(0xDF24, f"{basic4.birth:%Y%m%d}".encode()),
        tlv(0xDF25, basic4.gender.encode()),
    )


def _text(items: tuple[bytes, ...], leading: int) -> bytes:
    """FF20: the offsets, counted from the start of the file, then the items."""
    starts = [leading + _HEAD + sum(map(len, items[:count])) for count in range(len(items))]
    offsets = tlv(0xDF21, b"".join(start.to_bytes(2, "big") for start in starts))
    return bytes(leading) + tlv(0xFF20, offsets + b"".join(items), length_bytes=2)


def _integrity(number: bytes, items: bytes) -> bytes:
    """FF30: the hash of the whole file 0001, the hash of 0002 from DF22 to its end, a signature over both."""
    hashes = tlv(0xDF31, sha256(number).digest()) + tlv(0xDF32, sha256(items).digest())
    return tlv(0xFF30, hashes + tlv(0xDF33, _filler(hashes.hex(), 256), length_bytes=2), length_bytes=2)


def _filler(name: str, count: int) -> bytes:
    return shake_256(name.encode()).digest(count)
