"""The sample residents as the world outside meets them: files of cards and certificates, and PINs."""

from dataclasses import dataclass
from pathlib import Path

from connectors.sandbox.state import Case, Person, Slot, State


@dataclass(frozen=True, slots=True)
class Resident:
    """A sample resident. `auth_certificate` and `auth_key` are the PEM pair that the case presents.

    All paths are absolute. `sign_pin` is None for a child, the phone's paths are None without a phone.
    """

    id: str
    label: str
    case: Case
    card: Path
    auth_pin: str
    sign_pin: str | None
    auth_certificate: Path
    auth_key: Path
    phone_certificate: Path | None
    phone_key: Path | None
    phone_card: Path | None

    def ready(self) -> dict[str, str]:
        """The resident's object in the ready file of `idp demo`."""
        optional = {
            "sign_pin": self.sign_pin,
            "phone_certificate": self.phone_certificate,
            "phone_key": self.phone_key,
        }
        return {
            "id": self.id,
            "case": str(self.case),
            "card": str(self.card),
            "auth_pin": self.auth_pin,
            "auth_certificate": str(self.auth_certificate),
            "auth_key": str(self.auth_key),
            **{name: str(value) for name, value in optional.items() if value is not None},
        }


@dataclass(frozen=True, slots=True)
class ResidentFiles:
    """Where one resident's files lie."""

    directory: Path
    resident: str

    def certificate(self, slot: Slot) -> Path:
        """The PEM certificate of that place."""
        return self.directory / f"{self.resident}-{slot}.pem"

    def key(self, slot: Slot) -> Path:
        """Its private key, PEM."""
        return self.directory / f"{self.resident}-{slot}.key"

    @property
    def card(self) -> Path:
        """The software card."""
        return self.directory / f"{self.resident}.card.json"

    @property
    def phone_card(self) -> Path:
        """The phone, in a card's form."""
        return self.directory / f"{self.resident}-phone.card.json"


def describe(state: State, person: Person, files: ResidentFiles) -> Resident:
    """The resident at this moment."""
    presented = Slot.SIGN if person.case is Case.SIGNATURE_CERTIFICATE else Slot.AUTH
    has_phone = state.current(person.id, Slot.PHONE) is not None
    return Resident(
        id=person.id,
        label=person.label,
        case=person.case,
        card=files.card,
        auth_pin=person.auth_pin,
        sign_pin=person.sign_pin,
        auth_certificate=files.certificate(presented),
        auth_key=files.key(presented),
        phone_certificate=files.certificate(Slot.PHONE) if has_phone else None,
        phone_key=files.key(Slot.PHONE) if has_phone else None,
        phone_card=files.phone_card if has_phone else None,
    )
