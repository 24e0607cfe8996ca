"""What a sandbox's card holds beside its two keys: the particulars on its face (券面事項), and further PINs.

It lies in the card file's `chip` member, so that counters of both kinds live in one file.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import shake_256
from types import MappingProxyType

from connectors.card.errors import CardUnreadable
from connectors.sandbox.basic4 import Basic4, era_year
from connectors.sandbox.card.chip import FACE_CHECK, INPUT_SUPPORT, RESIDENT_REGISTER, Pin

NOBODYS_NUMBER = "999999999999"
"""Where the My Number would be: twelve digits whose check digit is wrong, so that it is nobody's."""
_FOUR, _SIX, _TWELVE, _FOURTEEN = (re.compile(rb"[0-9]{%d}" % count) for count in (4, 6, 12, 14))


@dataclass(frozen=True, slots=True)
class PinPlace:
    """Where a PIN lies, and its rules. `number`: it is made of the My Number."""

    aid: bytes
    identifier: int
    tries: int
    form: re.Pattern[bytes]
    number: bool = False

    def pin(self, value: str, tries_left: int) -> Pin:
        """The PIN in that place."""
        return Pin(value.encode(), tries_left, self.tries, self.form, self.number)


PLACES: Mapping[str, PinPlace] = MappingProxyType(
    {
        "input_support": PinPlace(INPUT_SUPPORT, 0x0011, 3, _FOUR),
        "input_support_number_a": PinPlace(INPUT_SUPPORT, 0x0014, 10, _TWELVE, number=True),  # tries: stand-in
        "input_support_number_b": PinPlace(INPUT_SUPPORT, 0x0015, 10, _FOURTEEN),
        "face_check_birth": PinPlace(FACE_CHECK, 0x0011, 10, _SIX),  # tries: stand-in
        "face_check_number_b": PinPlace(FACE_CHECK, 0x0012, 10, _FOURTEEN),
        "face_check_number_a": PinPlace(FACE_CHECK, 0x0013, 10, _TWELVE, number=True),  # tries: stand-in
        "resident_register": PinPlace(RESIDENT_REGISTER, 0x001C, 3, _FOUR),
    }
)


@dataclass(frozen=True, slots=True)
class KeptPin:
    """A PIN as the file keeps it."""

    pin: str
    tries_left: int


@dataclass(frozen=True, slots=True)
class Face:
    """The whole member; `pins` by the names of PLACES."""

    basic4: Basic4
    pins: Mapping[str, KeptPin]


def personalise(basic4: Basic4, *, four_digits: str, expiry_year: int, resident: str) -> Face:
    """A new card's face: every four-digit PIN is `four_digits`, the security code comes from the resident's id."""
    birth = f"{era_year(basic4.birth):02d}{basic4.birth:%m%d}"
    code = int.from_bytes(shake_256(resident.encode()).digest(4), "big") % 10_000
    values = {
        "input_support": four_digits,
        "input_support_number_a": NOBODYS_NUMBER,
        "input_support_number_b": f"{birth}{expiry_year:04d}{code:04d}",
        "face_check_birth": birth,
        "face_check_number_b": f"{birth}{expiry_year:04d}{code:04d}",
        "face_check_number_a": NOBODYS_NUMBER,
        "resident_register": four_digits,
    }
    return Face(basic4, {name: KeptPin(value, PLACES[name].tries) for name, value in values.items()})


def dump(face: Face) -> dict[str, object]:
    """The face as a JSON object."""
    basic4 = {**asdict(face.basic4), "birth": face.basic4.birth.isoformat()}
    return {"basic4": basic4, "pins": {name: asdict(kept) for name, kept in face.pins.items()}}


def load(unverified: Mapping[str, object]) -> Face | None:
    """Undo `dump`; None for a file of before there were faces. Raises CardUnreadable."""
    if not unverified:
        return None
    try:
        return _parse(unverified)
    except (KeyError, TypeError, ValueError) as error:
        raise CardUnreadable("the card file's chip is damaged") from error


def _parse(unverified: Mapping[str, object]) -> Face:
    basic4, pins = _members(unverified["basic4"]), _members(unverified["pins"])
    if set(pins) != set(PLACES):
        raise ValueError("not these PINs")
    kept = {name: _kept(place, _members(pins[name])) for name, place in PLACES.items()}
    name, address, birth, gender = (_text(basic4[key]) for key in ("name", "address", "birth", "gender"))
    return Face(Basic4(name, address, date.fromisoformat(birth), gender), kept)


def _kept(place: PinPlace, unverified: Mapping[str, object]) -> KeptPin:
    pin, left = _text(unverified["pin"]), unverified["tries_left"]
    if not place.form.fullmatch(pin.encode()) or type(left) is not int or not 0 <= left <= place.tries:
        raise ValueError("PIN")
    return KeptPin(pin, left)


def _members(unverified: object) -> Mapping[str, object]:
    if not isinstance(unverified, dict):
        raise TypeError("object")
    return unverified


def _text(unverified: object) -> str:
    if not isinstance(unverified, str):
        raise TypeError("text")
    return unverified
