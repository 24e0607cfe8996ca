"""The card as the agent sees it, whichever way it is reached: one port, one contract suite."""

from typing import Protocol

from connectors.card.cardfile import Device
from connectors.card.pin import PinKind
from connectors.ports import CertificateKind


class Card(Protocol):
    """A card or a phone. Implementations: SoftwareCard, CommandCard (readers), Pkcs11Card.

    Every method may raise CardError: of its kinds CardRemoved where the card went away in the middle, and
    ReaderError where no card could be asked at all.
    """

    @property
    def device(self) -> Device:
        """`card` or `phone`."""
        ...

    def certificate(self, kind: CertificateKind, pin: str | None = None) -> bytes:
        """The certificate in DER.

        Raises CertificateAbsent, and PinRequired where this one is read after its PIN only and none was given
        (the signature certificate, and every certificate of a phone); with a PIN also as `sign` does.
        """
        ...

    def tries_left(self, kind: CertificateKind) -> int:
        """How many wrong PINs the key still allows, 0 when blocked; asking spends none.

        Where the way to the card hides the figure, it is a lower bound. Raises CertificateAbsent, PinAbsent.
        """
        ...

    def sign(self, kind: CertificateKind, pin: str, message: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256 over `message` (RFC 8017 section 8.2).

        Raises PinMalformed before a try is spent, PinIncorrect after one, PinBlocked, PinAbsent,
        CertificateAbsent.
        """
        ...

    def attributes_tries_left(self, kind: PinKind) -> int:
        """As `tries_left`, for INPUT_SUPPORT or NUMBER_B. Raises AttributesUnreadable."""
        ...

    def attributes(self, kind: PinKind, pin: str) -> bytes:
        """The bytes of EF 0002 (name, address, birth date, gender), checked against the card's own DF32.

        `kind` is INPUT_SUPPORT or NUMBER_B. Raises AttributesUnreadable where the card has none to give this
        way, AttributesAltered, and as `sign` for the PIN.
        """
        ...
