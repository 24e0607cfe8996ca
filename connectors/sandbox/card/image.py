"""From a card's file to its chip, and back: only PINs ever change on a card."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from connectors.card.cardfile import Contents
from connectors.ports import CertificateKind
from connectors.sandbox.card import face as faces
from connectors.sandbox.card import input_support, jpki
from connectors.sandbox.card.chip import (
    COMMON,
    FACE_CHECK,
    INPUT_SUPPORT,
    JPKI,
    RESIDENT_REGISTER,
    Chip,
    Entry,
    Pin,
    Sealed,
)
from connectors.sandbox.card.face import PLACES, Face, KeptPin

_NUMBER_IMAGE = 0x0005
_PRINTED = ("_number_a", "_number_b", "_birth")
"""What the PIN-less card's holder has too: these are read off the card itself."""


@dataclass(frozen=True, slots=True)
class Variant:
    """How a card is made, beside what its file says (phone, child).

    `padding`: bytes after certificates; `leading`: bytes before the Basic 4; `pinless`: 顔認証マイナンバーカード.
    """

    padding: int = 32
    leading: Literal[0, 2] = 0
    pinless: bool = False
    token: bytes | None = None


def chip_of(contents: Contents, issuers: Mapping[CertificateKind, bytes], variant: Variant) -> Chip:
    """The chip that this file stands for. Raises CardUnreadable for a damaged face.

    A phone holds the JPKI application alone, as does a card whose file has no face.
    """
    token = variant.token or jpki.TOKENS[contents.device]
    files = jpki.application(contents, issuers, token=token, padding=variant.padding, pinless=variant.pinless)
    face = faces.load(contents.chip)
    if face is None or contents.device == "phone":
        return Chip({JPKI: files})
    # What these applications hold is public in outline only; their PINs answer, their files are sealed.
    applications: dict[bytes, dict[int, Entry]] = {
        INPUT_SUPPORT: input_support.files(face.basic4, leading=variant.leading),
        FACE_CHECK: {number: Sealed(tripwire=number == _NUMBER_IMAGE) for number in range(1, 6)},
        RESIDENT_REGISTER: {},
        COMMON: {0x0001: Sealed()},
    }
    for name, kept in face.pins.items():
        place = PLACES[name]
        value, left = ("", 0) if variant.pinless and not name.endswith(_PRINTED) else (kept.pin, kept.tries_left)
        applications[place.aid][place.identifier] = place.pin(value, left)
    return Chip({JPKI: files, **applications})


def contents_after(contents: Contents, before: Chip, after: Chip) -> Contents:
    """The file's new contents; the very same object when no PIN has changed."""
    changed = {
        (aid, identifier): entry
        for aid, files in after.applications.items()
        for identifier, entry in files.items()
        if isinstance(entry, Pin) and entry is not before.applications[aid][identifier]
    }
    for kind, identifier in jpki.PIN_OF.items():
        pin = changed.pop((JPKI, identifier), None)
        if pin is not None:
            slot = replace(contents.slots[kind], pin=pin.value.decode(), tries_left=pin.tries_left)
            contents = replace(contents, slots={**contents.slots, kind: slot})
    return contents if not changed else replace(contents, chip=faces.dump(_face_after(contents, changed)))


def _face_after(contents: Contents, changed: Mapping[tuple[bytes, int], Pin]) -> Face:
    face = faces.load(contents.chip)
    if face is None:
        raise RuntimeError("a card without a face has no PINs on it")
    kept = {
        name: KeptPin(changed[key].value.decode(), changed[key].tries_left)
        for name, place in PLACES.items()
        if (key := (place.aid, place.identifier)) in changed
    }
    return replace(face, pins={**face.pins, **kept})


def issuers_of(contents: Contents, authorities: Iterable[bytes]) -> dict[CertificateKind, bytes]:
    """Which of the CA certificates (DER) issued the card's; a self-signed certificate is its own issuer.

    Generations share their name, so that only the signature tells. A kind without one is left out.
    """
    known = [*authorities, *(slot.certificate for slot in contents.slots.values())]
    found: dict[CertificateKind, bytes] = {}
    for kind, slot in contents.slots.items():
        certificate = x509.load_der_x509_certificate(slot.certificate)
        for der in known:
            try:
                certificate.verify_directly_issued_by(x509.load_der_x509_certificate(der))
            except (ValueError, TypeError, InvalidSignature):
                continue
            found[kind] = der
            break
    return found
