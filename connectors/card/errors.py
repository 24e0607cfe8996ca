"""What a card can refuse with. Messages never hold a PIN, a key or a serial."""

from connectors.ports import CertificateKind


class CardError(Exception):
    """The root of every refusal of a card."""


class PinMalformed(CardError):
    """The PIN has not the form of this certificate's PIN; no try was spent."""

    def __init__(self, kind: CertificateKind) -> None:
        super().__init__(f"the PIN has not the form of a {kind} certificate's PIN")
        self.kind = kind


class PinIncorrect(CardError):
    """The PIN is not the card's; `tries_left` (>= 1) more may be tried."""

    def __init__(self, tries_left: int) -> None:
        super().__init__(f"the PIN is incorrect, tries left: {tries_left}")
        self.tries_left = tries_left


class PinBlocked(CardError):
    """No try is left: only the municipal counter can set a new PIN."""

    def __init__(self) -> None:
        super().__init__("the PIN is blocked")


class CertificateAbsent(CardError):
    """The card holds no certificate of this kind."""

    def __init__(self, kind: CertificateKind) -> None:
        super().__init__(f"the card holds no {kind} certificate")
        self.kind = kind


class CardUnreadable(CardError):
    """The card file is missing, damaged or of a version unknown here."""


class AttributesUnreadable(CardError):
    """The service asks for name, address, birth date or gender, which this card cannot hand over."""

    def __init__(self) -> None:
        super().__init__("this card cannot hand over the particulars that the service asks for")
