"""What a card can refuse with. Messages never hold a PIN, a key or a serial."""

from collections.abc import Mapping

from connectors.ports import CertificateKind

_FORMS: Mapping[str, str] = {
    "user": "a user certificate's PIN",
    "signature": "a signature certificate's PIN",
    "input-support": "an input-support PIN",
    "number-b": "a verification number B (14 digits)",
}


class CardError(Exception):
    """The root of every refusal of a card."""


class PinMalformed(CardError):
    """What was typed has not the form of this secret (`kind`: a PinKind); no try was spent."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"the PIN has not the form of {_FORMS[kind]}")
        self.kind = kind


class PinIncorrect(CardError):
    """The PIN is not the card's; `tries_left` (>= 1) more may be tried. `kind`: a PinKind."""

    def __init__(self, tries_left: int, kind: str = "user") -> None:
        super().__init__(f"the PIN is incorrect, tries left: {tries_left}")
        self.tries_left = tries_left
        self.kind = kind


class PinBlocked(CardError):
    """No try is left: only the municipal counter can set a new PIN. `kind`: a PinKind."""

    def __init__(self, kind: str = "user") -> None:
        super().__init__("the PIN is blocked")
        self.kind = kind


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


class CardGarbled(CardError):
    """The card answered something that no card of its kind answers; the message names the step."""


class CardRemoved(CardError):
    """The card was taken away before it had answered. No wrong PIN was entered."""

    def __init__(self) -> None:
        super().__init__("the card was taken away too early")


class CardAbsent(CardError):
    """There is a reader, and no card on it."""

    def __init__(self) -> None:
        super().__init__("there is no card on the reader")


class NotThisCard(CardError):
    """The card has no JPKI application: another kind of card is on the reader."""

    def __init__(self) -> None:
        super().__init__("this is not a My Number Card")


class CardExchanged(CardError):
    """Another card was put back than the one that was taken away."""

    def __init__(self) -> None:
        super().__init__("this is another card than before")


class PinAbsent(CardError):
    """The card was issued without PINs (顔認証マイナンバーカード): it cannot sign in here."""

    def __init__(self) -> None:
        super().__init__("this card was issued without a PIN")


class PinRequired(CardError):
    """What was asked for is read only after the PIN."""

    def __init__(self) -> None:
        super().__init__("the card wants its PIN first")


class AttributesAltered(CardError):
    """The particulars on the card do not match the card's own checksum (DF32), or are not of a known layout."""

    def __init__(self) -> None:
        super().__init__("the particulars on the card are damaged")


class ReaderError(CardError):
    """The root of what is wrong before any card answers."""


class ReaderAbsent(ReaderError):
    """No reader is connected, or none of the name that was given, or it was unplugged."""

    def __init__(self) -> None:
        super().__init__("there is no such card reader")


class ReaderBusy(ReaderError):
    """Another program keeps the card to itself."""

    def __init__(self) -> None:
        super().__init__("another program is using the card")


class ServiceAbsent(ReaderError):
    """The smart card service of this computer (pcscd, SCardSvr) does not answer."""

    def __init__(self) -> None:
        super().__init__("the smart card service of this computer is not running")


class DriverAbsent(ReaderError):
    """The optional software for card readers is not installed; the message names it."""


class ReaderAmbiguous(ReaderError):
    """More than one My Number Card is on the readers."""

    def __init__(self) -> None:
        super().__init__("there is more than one card: name the reader with --reader")


class PinAbsentFromFile(CardError):
    """The file with the PINs has no line for this one (`kind`: a PinKind)."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"the file holds no line for {_FORMS[kind]}")
        self.kind = kind
