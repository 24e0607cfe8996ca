"""A software card: what a My Number Card does with its two keys, kept in a file, for sandboxes only.

Every call reads the file anew, so that a card renewed or blocked by another process is seen at once; a change
holds a POSIX lock on the card's folder.
"""

import hmac
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from connectors.card import cardfile
from connectors.card import pin as pins
from connectors.card.cardfile import Contents, Device, KeySlot
from connectors.card.errors import (
    AttributesUnreadable,
    CardError,
    CardUnreadable,
    CertificateAbsent,
    PinBlocked,
    PinIncorrect,
    PinMalformed,
)
from connectors.card.pin import PinKind
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

FULL_TRIES = {kind: pins.FULL_TRIES[PinKind.of(kind)] for kind in CertificateKind}
"""Wrong PINs in a row before the card blocks the key, as on the real card."""


def normal_pin(kind: CertificateKind, unverified_pin: str) -> str:
    """The PIN as the card compares it: 4 digits (user), or 6 to 16 of A-Z 0-9 in upper case (signature).

    Raises PinMalformed for any other form.
    """
    return pins.normal(PinKind.of(kind), unverified_pin)


class SoftwareCard:
    """One card or phone in one file. Every method may raise CardUnreadable."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def create(
        cls,
        path: Path,
        *,
        holder: str,
        device: Device,
        user: KeySlot,
        signature: KeySlot | None,
        chip: Mapping[str, object] | None = None,
    ) -> Self:
        """Write the card file (mode 0600), replacing an earlier one at once, and return the card.

        `holder` is a name for listings; `signature` is None where the holder has none (a child, for example);
        `chip` as in `Contents`.
        """
        slots = {CertificateKind.USER: user}
        if signature is not None:
            slots[CertificateKind.SIGNATURE] = signature
        with cardfile.locked(path):
            cardfile.write(path, Contents(holder, device, slots, chip or {}))
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

    def certificate(self, kind: CertificateKind, pin: str | None = None) -> bytes:
        """The certificate in DER; this card asks no PIN for it, and checks one that is given.

        Raises CertificateAbsent, and as `sign` for the PIN.
        """
        if pin is not None:
            return self._verified(kind, pin).certificate
        return _slot(cardfile.read(self._path), kind).certificate

    def tries_left(self, kind: CertificateKind) -> int:
        """How many PIN tries are left, 0 when blocked. Raises CertificateAbsent."""
        return _slot(cardfile.read(self._path), kind).tries_left

    def sign(self, kind: CertificateKind, pin: str, message: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256 over `message` (RFC 8017 section 8.2), 256 bytes.

        Raises PinMalformed before a try is spent, PinIncorrect after one, PinBlocked when none is left,
        CertificateAbsent. The right PIN restores the full number of tries.
        """
        return self._verified(kind, pin).private_key.sign(message, padding.PKCS1v15(), hashes.SHA256())

    def attributes_tries_left(self, kind: PinKind) -> int:
        """Raises AttributesUnreadable: the file holds two keys and no input-support application."""
        raise AttributesUnreadable

    def attributes(self, kind: PinKind, pin: str) -> bytes:
        """Raises AttributesUnreadable, as `attributes_tries_left`."""
        raise AttributesUnreadable

    def _verified(self, kind: CertificateKind, pin: str) -> KeySlot:
        """The slot, once its PIN is right; the counter is kept before the verdict is told."""
        attempt = normal_pin(kind, pin)
        with cardfile.locked(self._path):
            contents = cardfile.read(self._path)
            slot = _slot(contents, kind)
            if slot.tries_left == 0:
                raise PinBlocked(kind)
            correct = hmac.compare_digest(attempt.encode(), slot.pin.upper().encode())
            left = FULL_TRIES[kind] if correct else slot.tries_left - 1
            if left != slot.tries_left:
                slots = {**contents.slots, kind: replace(slot, tries_left=left)}
                cardfile.write(self._path, replace(contents, slots=slots))
        if correct:
            return slot
        raise PinIncorrect(left, kind) if left else PinBlocked(kind)


def _slot(contents: Contents, kind: CertificateKind) -> KeySlot:
    if kind not in contents.slots:
        raise CertificateAbsent(kind)
    return contents.slots[kind]
