"""The file of a software card: its format, strict reading, atomic writing. No card behaviour here."""

import binascii
import fcntl
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from connectors.card.errors import CardUnreadable
from connectors.ports import CertificateKind

FORMAT = "idp-software-card/1"
NOTICE = "TEST CARD of a sandbox, not a My Number Card: its keys and PINs are unprotected."
MAX_BYTES = 64 * 1024
"""A card with two RSA-2048 keys takes about 8 KiB."""

Device = Literal["card", "phone"]


@dataclass(frozen=True, slots=True)
class KeySlot:
    """One key of a card: `certificate` in DER, its key, its PIN and how many tries are left (0: blocked)."""

    certificate: bytes
    private_key: rsa.RSAPrivateKey
    pin: str
    tries_left: int


@dataclass(frozen=True, slots=True)
class Contents:
    """A whole card file; a slot is absent where the card holds no certificate of that kind.

    `chip`: what a card that speaks commands holds beside its two keys (JSON object, empty where it speaks
    none); it is kept as found here, and read by the sandbox's card alone.
    """

    holder: str
    device: Device
    slots: Mapping[CertificateKind, KeySlot]
    chip: Mapping[str, object] = field(default_factory=dict)


def read(path: Path) -> Contents:
    """Read a card file. Raises CardUnreadable when it is missing, damaged or of an unknown version."""
    try:
        with path.open("rb") as file:
            unverified = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CardUnreadable("the card file cannot be opened") from error
    if len(unverified) > MAX_BYTES:
        raise CardUnreadable("the card file is too large")
    try:
        return _parse(json.loads(unverified))
    except (ValueError, TypeError, KeyError, binascii.Error, RecursionError) as error:
        raise CardUnreadable("this is not a card file of a version known here") from error


def write(path: Path, contents: Contents) -> None:
    """Replace the file at once, readable by its owner only. The caller holds the folder's lock.

    Raises CardUnreadable when the folder does not let it: a PIN counter that cannot be kept is no card.
    """
    record: dict[str, object] = {
        "format": FORMAT,
        "notice": NOTICE,
        "holder": contents.holder,
        "device": contents.device,
    }
    record |= {str(kind): _slot_record(slot) for kind, slot in contents.slots.items()}
    if contents.chip:
        record["chip"] = dict(contents.chip)
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(record, file, ensure_ascii=False, indent=1)
        beside.replace(path)
    except OSError as error:
        raise CardUnreadable("the card file cannot be written") from error


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the folder, not the file: the file is replaced, and a lock on it would go with the old one.

    Raises CardUnreadable when the folder is not there.
    """
    try:
        descriptor = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise CardUnreadable("the card's folder cannot be opened") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _parse(unverified: object) -> Contents:
    if not isinstance(unverified, dict) or unverified["format"] != FORMAT:
        raise ValueError("format")
    if not isinstance(unverified["holder"], str) or unverified["device"] not in ("card", "phone"):
        raise ValueError("holder or device")
    slots = {kind: _slot(unverified[kind]) for kind in CertificateKind if unverified.get(kind) is not None}
    if CertificateKind.USER not in slots:
        raise ValueError("a card without a user certificate")
    chip = unverified.get("chip", {})
    if not isinstance(chip, dict):
        raise TypeError("chip")
    return Contents(unverified["holder"], cast(Device, unverified["device"]), slots, chip)


def _slot(unverified: Mapping[str, object]) -> KeySlot:
    certificate, pem, pin, tries = (unverified[k] for k in ("certificate", "private_key", "pin", "tries_left"))
    if not (isinstance(certificate, str) and isinstance(pem, str) and isinstance(pin, str)):
        raise TypeError("slot")
    if not isinstance(tries, int) or isinstance(tries, bool) or tries < 0:
        raise TypeError("tries_left")
    # A full check of an RSA key takes 36 ms and guards against nothing here: the file is its own authority.
    key = load_pem_private_key(pem.encode(), None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("private_key")
    return KeySlot(b64decode(certificate, validate=True), key, pin, tries)


def _slot_record(slot: KeySlot) -> dict[str, object]:
    pem = slot.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {
        "certificate": b64encode(slot.certificate).decode(),
        "private_key": pem.decode(),
        "pin": slot.pin,
        "tries_left": slot.tries_left,
    }
