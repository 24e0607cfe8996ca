"""A software card: what a My Number Card does with its two keys, kept in a file, for sandboxes only.

Every call reads the file anew, so that a card renewed or blocked by another process is seen at once; a change
holds a POSIX lock on the card's folder.
"""

import fcntl
import hmac
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from connectors.card import cardfile
from connectors.card.cardfile import Contents, Device, KeySlot
from connectors.card.errors import (
    CardError,
    CardUnreadable,
    CertificateAbsent,
    PinBlocked,
    PinIncorrect,
    PinMalformed,
)
from connectors.ports import CertificateKind

__all__ = [
    "FULL_TRIES",
    "CardError",
    "CardUnreadable",
    "CertificateAbsent",
    "KeySlot",
    "PinBlocked",
    "PinIncorrect",
    "PinMalformed",
    "SoftwareCard",
    "normal_pin",
]

FULL_TRIES = {CertificateKind.USER: 3, CertificateKind.SIGNATURE: 5}
"""Wrong PINs in a row before the card blocks the key, as on the real card."""
_PIN_FORMS = {
    CertificateKind.USER: re.compile(r"[0-9]{4}"),
    CertificateKind.SIGNATURE: re.compile(r"[0-9A-Za-z]{6,16}"),
}


def normal_pin(kind: CertificateKind, unverified_pin: str) -> str:
    """The PIN as the card compares it: 4 digits (user), or 6 to 16 of A-Z 0-9 in upper case (signature).

    Raises PinMalformed for any other form.
    """
    if not _PIN_FORMS[kind].fullmatch(unverified_pin):
        raise PinMalformed(kind)
    return unverified_pin.upper()


class SoftwareCard:
    """One card or phone in one file. Every method may raise CardUnreadable."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def create(cls, path: Path, *, holder: str, device: Device, user: KeySlot, signature: KeySlot | None) -> Self:
        """Write the card file (mode 0600), replacing an earlier one at once, and return the card.

        `holder` is a name for listings; `signature` is None where the holder has none (a child, for example).
        """
        slots = {CertificateKind.USER: user}
        if signature is not None:
            slots[CertificateKind.SIGNATURE] = signature
        with _folder_locked(path):
            cardfile.write(path, Contents(holder, device, slots))
        return cls(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """The card of an existing file. Raises CardUnreadable when it is not one."""
        cardfile.read(path)
        return cls(path)

    @property
    def holder(self) -> str:
        """Whose card it is, as given at creation."""
        return cardfile.read(self._path).holder

    @property
    def device(self) -> Device:
        """`card` or `phone`."""
        return cardfile.read(self._path).device

    def certificate(self, kind: CertificateKind) -> bytes:
        """The certificate in DER; no PIN needed, as on the real card. Raises CertificateAbsent."""
        return _slot(cardfile.read(self._path), kind).certificate

    def tries_left(self, kind: CertificateKind) -> int:
        """How many PIN tries are left, 0 when blocked. Raises CertificateAbsent."""
        return _slot(cardfile.read(self._path), kind).tries_left

    def sign(self, kind: CertificateKind, pin: str, message: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256 over `message` (RFC 8017 section 8.2), 256 bytes.

        Raises PinMalformed before a try is spent, PinIncorrect after one, PinBlocked when none is left,
        CertificateAbsent. The right PIN restores the full number of tries.
        """
        attempt = normal_pin(kind, pin)
        with _folder_locked(self._path):
            contents = cardfile.read(self._path)
            slot = _slot(contents, kind)
            if slot.tries_left == 0:
                raise PinBlocked
            correct = hmac.compare_digest(attempt.encode(), slot.pin.upper().encode())
            left = FULL_TRIES[kind] if correct else slot.tries_left - 1
            if left != slot.tries_left:
                slots = {**contents.slots, kind: replace(slot, tries_left=left)}
                cardfile.write(self._path, replace(contents, slots=slots))
        if correct:
            return slot.private_key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        raise PinIncorrect(left) if left else PinBlocked


def _slot(contents: Contents, kind: CertificateKind) -> KeySlot:
    if kind not in contents.slots:
        raise CertificateAbsent(kind)
    return contents.slots[kind]


@contextmanager
def _folder_locked(path: Path) -> Iterator[None]:
    """Hold the folder, not the file: the file is replaced, and a lock on it would go with the old one."""
    try:
        descriptor = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise CardUnreadable("the card's folder cannot be opened") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
