"""Hands out software cards: puts a resident's PEM pairs into the card's (or phone's) file."""

from cryptography.hazmat.primitives.serialization import Encoding

from connectors.card.softcard import FULL_TRIES, KeySlot, SoftwareCard
from connectors.sandbox import files
from connectors.sandbox.card import face
from connectors.sandbox.profile import Device
from connectors.sandbox.residents import ResidentFiles
from connectors.sandbox.state import Person, Slot

_SLOTS = {
    Device.CARD: (Slot.AUTH, Slot.SIGN),
    Device.PHONE: (Slot.PHONE, Slot.PHONE_SIGN),
}


def hand_out(person: Person, where: ResidentFiles, device: Device, *, blocked: bool = False) -> None:
    """Write the card file from the PEM pairs that lie beside it, with all PIN tries.

    `blocked`: the user PIN has none left.
    """
    user_slot, signature_slot = _SLOTS[device]
    user = _key_slot(where, user_slot, person.auth_pin, tries_left=0 if blocked else None)
    signature = None
    if person.sign_pin is not None and where.certificate(signature_slot).exists():
        signature = _key_slot(where, signature_slot, person.sign_pin)
    SoftwareCard.create(
        where.card if device is Device.CARD else where.phone_card,
        holder=person.label,
        device=device.value,
        user=user,
        signature=signature,
        chip=_chip(person, where) if device is Device.CARD else None,
    )


def _chip(person: Person, where: ResidentFiles) -> dict[str, object]:
    """The face; its expiry year is the user certificate's, as if both had been issued together."""
    expiry = files.read_certificate(where.certificate(Slot.AUTH)).not_valid_after_utc
    return face.dump(
        face.personalise(person.basic4, four_digits=person.auth_pin, expiry_year=expiry.year, resident=person.id)
    )


def _key_slot(where: ResidentFiles, slot: Slot, pin: str, *, tries_left: int | None = None) -> KeySlot:
    certificate = files.read_certificate(where.certificate(slot)).public_bytes(Encoding.DER)
    tries = FULL_TRIES[slot.kind] if tries_left is None else tries_left
    return KeySlot(certificate, files.read_key(where.key(slot)), pin, tries)
