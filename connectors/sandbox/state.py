"""All that the sandbox must remember beside keys and cards: one immutable value, stored as one JSON file."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from hashlib import shake_256

from cryptography.x509 import ReasonFlags
from pydantic import TypeAdapter

from connectors.ports import CertificateKind
from connectors.sandbox.basic4 import Basic4
from connectors.sandbox.profile import Device


class Case(StrEnum):
    """What a sample resident is a sample of."""

    ORDINARY = "ordinary"
    EXPIRED = "expired"
    REVOKED = "revoked"
    NOT_YET_VALID = "not_yet_valid"
    RENEWED = "renewed"
    CARD_AND_PHONE = "card_and_phone"
    CHILD = "child"
    MOVED = "moved"
    PIN_BLOCKED = "pin_blocked"
    SIGNATURE_CERTIFICATE = "signature_certificate"


class Slot(StrEnum):
    """A place for one certificate of a resident. The values also name its files."""

    AUTH = "auth"
    SIGN = "sign"
    PHONE = "phone"
    PHONE_SIGN = "phone-sign"

    @property
    def kind(self) -> CertificateKind:
        """Which of the two CAs fills this place."""
        return CertificateKind.USER if self in (Slot.AUTH, Slot.PHONE) else CertificateKind.SIGNATURE

    @property
    def device(self) -> Device:
        """Where its key lives."""
        return Device.CARD if self in (Slot.AUTH, Slot.SIGN) else Device.PHONE


@dataclass(frozen=True, slots=True)
class Person:
    """A sample resident. `label`: what the sandbox shows; `sign_pin`: None for a child, who gets no
    signature certificate."""

    id: str
    label: str
    case: Case
    basic4: Basic4
    municipality: str
    auth_pin: str
    sign_pin: str | None

    @property
    def birth(self) -> date:
        """The date of birth, on which certificates end."""
        return self.basic4.birth


@dataclass(frozen=True, slots=True)
class Revocation:
    """A revocation, and where it has been published so far; it is never undone."""

    at: datetime
    reason: ReasonFlags
    in_ocsp: bool = False
    in_crl: bool = False


@dataclass(frozen=True, slots=True)
class Issued:
    """One end-entity certificate that a test CA has issued.

    `municipality`: whose distribution point it names; `issued_at`: since when it is valid; both None in a sandbox
    of before they were remembered. `unlinked`: its papers are lost, so that it is linked to no other.
    """

    slot: Slot
    resident: str
    generation: int
    serial: int
    not_after: datetime
    revocation: Revocation | None = None
    municipality: str | None = None
    issued_at: datetime | None = None
    unlinked: bool = False


@dataclass(frozen=True, slots=True)
class AgreedLatest:
    """A resident's consent that a service learns what of their Basic 4 has changed; `agreed_on` in Japan."""

    resident: str
    service: str
    items: tuple[str, ...]
    agreed_on: date


class OcspMode(StrEnum):
    """How the responder behaves."""

    UP = "up"
    DOWN = "down"
    GARBAGE = "garbage"
    SIGNED = "signed"
    """Up, but for signed requests alone."""


class CrlMode(StrEnum):
    """Whether lists go on being published."""

    FRESH = "fresh"
    STALE = "stale"


class LinkageMode(StrEnum):
    """How the linkage service behaves."""

    UP = "up"
    DOWN = "down"
    UNOBTAINABLE = "unobtainable"
    """It answers, but finds nothing of anybody."""


@dataclass(frozen=True, slots=True)
class State:
    """The whole. `ocsp_at`, `crl_at`: the instants of the newest snapshot and of the newest lists.

    `latest`: consents to the latest-information service, one at most of a resident and a service.
    """

    seed: str
    last_serials: Mapping[CertificateKind, int]
    people: tuple[Person, ...]
    certificates: tuple[Issued, ...]
    ocsp_mode: OcspMode
    ocsp_at: datetime
    crl_mode: CrlMode
    crl_at: datetime
    crl_number: int
    linkage_mode: LinkageMode = LinkageMode.UP
    latest: tuple[AgreedLatest, ...] = ()

    def draw(self, *context: str | int) -> bytes:
        """32 bytes that look random and depend on the seed and `context` alone: for names, never for keys."""
        text = "\0".join((self.seed, *(str(part) for part in context)))
        return shake_256(text.encode()).digest(32)

    def next_serial(self, kind: CertificateKind) -> tuple["State", int]:
        """Take the next serial number of that CA: four bytes, rising, with gaps. Roots draw here too."""
        last = self.last_serials[kind]
        gap = 2 + int.from_bytes(self.draw("serial", kind, last)[:2], "big")
        serial = max(last, _FIRST_SERIAL) + gap
        return replace(self, last_serials={**self.last_serials, kind: serial}), serial

    def current(self, resident: str, slot: Slot) -> Issued | None:
        """The newest certificate in that place, revoked or not."""
        return next((c for c in reversed(self.certificates) if c.resident == resident and c.slot is slot), None)

    def find(self, kind: CertificateKind, generation: int, serial: int) -> Issued | None:
        """The certificate of that CA generation and serial number, if it was ever issued."""
        of_generation = self.of_generation(kind, generation)
        return next((c for c in of_generation if c.serial == serial), None)

    def of_generation(self, kind: CertificateKind, generation: int) -> Iterator[Issued]:
        """All certificates that one CA generation has issued."""
        return (c for c in self.certificates if c.slot.kind is kind and c.generation == generation)

    def municipality_of(self, issued: Issued) -> str:
        """The code of the municipality whose distribution point the certificate names."""
        if issued.municipality is not None:
            return issued.municipality
        return next(person.municipality for person in self.people if person.id == issued.resident)

    def without_link(self, certificate: Issued) -> "State":
        """The same with that certificate's papers lost."""
        certificates = (replace(c, unlinked=True) if c == certificate else c for c in self.certificates)
        return replace(self, certificates=tuple(certificates))

    def with_revocations(self, change: Callable[[Revocation], Revocation]) -> "State":
        """The same with every revocation changed."""
        certificates = (
            replace(c, revocation=change(c.revocation)) if c.revocation else c for c in self.certificates
        )
        return replace(self, certificates=tuple(certificates))

    def revoked(self, certificate: Issued, reason: ReasonFlags, at: datetime) -> "State":
        """The same with that certificate revoked; an earlier revocation stands."""
        certificates = (
            replace(c, revocation=Revocation(at, reason)) if c == certificate and c.revocation is None else c
            for c in self.certificates
        )
        return replace(self, certificates=tuple(certificates))


_FIRST_SERIAL = 0x01000000
_ADAPTER = TypeAdapter(State)


def dump(state: State) -> bytes:
    """The state as JSON."""
    return _ADAPTER.dump_json(state, indent=1)


def load(content: bytes) -> State:
    """Undo `dump`. Raises ValueError for anything else."""
    return _ADAPTER.validate_json(content)
