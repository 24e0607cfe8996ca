"""The secrets that a card asks for: which there are, what form each has, how often it may be wrong."""

import re
from collections.abc import Mapping
from enum import StrEnum

from connectors.card.errors import PinMalformed
from connectors.ports import CertificateKind


class PinKind(StrEnum):
    """What may be asked for; the first two go with the certificates of the same names."""

    USER = "user"
    """利用者証明用電子証明書の暗証番号."""
    SIGNATURE = "signature"
    """署名用電子証明書の暗証番号."""
    INPUT_SUPPORT = "input-support"
    """券面事項入力補助用の暗証番号."""
    NUMBER_B = "number-b"
    """照合番号B: date of birth (era year), year of the card's expiry, security code. No PIN: it is printed."""

    @classmethod
    def of(cls, kind: CertificateKind) -> "PinKind":
        """The PIN of a certificate's key."""
        return cls(kind.value)


FULL_TRIES: Mapping[PinKind, int] = {
    PinKind.USER: 3,
    PinKind.SIGNATURE: 5,
    PinKind.INPUT_SUPPORT: 3,
    PinKind.NUMBER_B: 10,
}
"""Wrong entries in a row before the card blocks."""
_FORMS: Mapping[PinKind, re.Pattern[str]] = {
    PinKind.USER: re.compile(r"[0-9]{4}"),
    PinKind.SIGNATURE: re.compile(r"[0-9A-Za-z]{6,16}"),
    PinKind.INPUT_SUPPORT: re.compile(r"[0-9]{4}"),
    PinKind.NUMBER_B: re.compile(r"[0-9]{14}"),
}


def normal(kind: PinKind, unverified_pin: str) -> str:
    """The secret as the card compares it, letters in upper case: the card itself does not fold.

    Raises PinMalformed for any other form, before a try is spent.
    """
    if not _FORMS[kind].fullmatch(unverified_pin):
        raise PinMalformed(kind)
    return unverified_pin.upper()
