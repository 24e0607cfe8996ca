"""The JPKI application of a My Number Card (公的個人認証AP): certificates, PIN counters, signatures.

Identifiers and commands as OpenSC's driver for this card uses them, and write-ups of the card's behaviour.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from connectors.card import files
from connectors.card.apdu import Status, compute_signature, select_application
from connectors.card.errors import CardGarbled, CertificateAbsent, NotThisCard, PinAbsent, PinRequired
from connectors.card.files import FileAbsent
from connectors.card.pin import PinKind
from connectors.card.transport import Transport, exchange
from connectors.ports import CertificateKind

AID = bytes.fromhex("D392F000260100000001")
_TOKEN, _PRESENCE = 0x0006, 0x0008
_CERTIFICATES: Mapping[CertificateKind, int] = {CertificateKind.USER: 0x000A, CertificateKind.SIGNATURE: 0x0001}
_KEYS: Mapping[CertificateKind, int] = {CertificateKind.USER: 0x0017, CertificateKind.SIGNATURE: 0x001A}
_PINS: Mapping[CertificateKind, int] = {CertificateKind.USER: 0x0018, CertificateKind.SIGNATURE: 0x001B}
_SHA256_DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420")
"""RFC 8017 section 9.2, note 1. The card would sign any digest; here there is no other, SHA-1 least of all."""
_SIGNATURE_BYTES = 256


class Token(StrEnum):
    """What the token information (EF 0006) says that the card is."""

    MY_NUMBER = "JPKIAPICCTOKEN2"
    JUKI = "JPKIAPICCTOKEN"
    ANDROID = "JPKIAPGPSETOKEN"
    IPHONE = "JPKIAPIOSTOKEN"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class JpkiApplication:
    """The application, selected. Every method may raise CardGarbled and what the transport raises."""

    transport: Transport

    @classmethod
    def select(cls, transport: Transport) -> Self:
        """Make the application current; an earlier PIN is forgotten by that. Raises NotThisCard."""
        if not exchange(transport, select_application(AID)).ok:
            raise NotThisCard
        return cls(transport)

    def token(self) -> Token:
        """The kind of card; UNKNOWN for what is not listed and for a card without token information."""
        try:
            files.select(self.transport, _TOKEN)
            label = files.read(self.transport, 32)
        except (FileAbsent, CardGarbled, PinRequired):
            return Token.UNKNOWN
        text = label.decode("ascii", "replace").rstrip(" \0")
        return Token(text) if text in set(Token) else Token.UNKNOWN

    def holds(self, kind: CertificateKind) -> bool:
        """Whether a certificate of this kind is there (EF 0008: its first byte is 00 without a signature's)."""
        if kind is CertificateKind.SIGNATURE:
            try:
                files.select(self.transport, _PRESENCE)
                return files.read(self.transport, 1) != b"\0"
            except (FileAbsent, CardGarbled, PinRequired):
                pass  # a card without that file: the certificate's own place tells
        return self._selects(_CERTIFICATES[kind])

    def certificate(self, kind: CertificateKind) -> bytes:
        """The certificate in DER, without the padding behind it.

        Raises CertificateAbsent, and PinRequired where its PIN must be presented first.
        """
        self._select_or_absent(_CERTIFICATES[kind], kind)
        header = files.read(self.transport, 4)
        if header[:1] in (b"\0", b"\xff"):
            raise CertificateAbsent(kind)  # an empty file
        if header[:2] != b"\x30\x82":
            raise CardGarbled("what lies in the place of a certificate is none")
        length = 4 + int.from_bytes(header[2:])
        return header + files.read(self.transport, length, begin=4)

    def tries_left(self, kind: CertificateKind) -> int:
        """How many tries the PIN has left, 0 when blocked. Raises PinAbsent for a card without PINs."""
        self._select_pin(kind)
        return files.tries_left(self.transport)

    def verify(self, kind: CertificateKind, unverified_pin: str) -> None:
        """Return if the PIN is right. Raises PinMalformed, PinIncorrect, PinBlocked, PinAbsent."""
        self._select_pin(kind)
        files.present(self.transport, PinKind.of(kind), unverified_pin)

    def sign(self, kind: CertificateKind, message: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256 over `message`, 256 bytes. Raises PinRequired, CertificateAbsent."""
        self._select_or_absent(_KEYS[kind], kind)
        digest_info = _SHA256_DIGEST_INFO + hashlib.sha256(message).digest()
        answer = exchange(self.transport, compute_signature(digest_info))
        if answer.sw == Status.SECURITY_STATUS:
            raise PinRequired
        if not answer.ok or len(answer.data) != _SIGNATURE_BYTES:
            raise CardGarbled(f"signing: the card answered {answer.sw:04X}")
        return answer.data

    def _select_or_absent(self, identifier: int, kind: CertificateKind) -> None:
        try:
            files.select(self.transport, identifier)
        except FileAbsent as error:
            raise CertificateAbsent(kind) from error

    def _select_pin(self, kind: CertificateKind) -> None:
        try:
            files.select(self.transport, _PINS[kind])
        except FileAbsent as error:
            raise PinAbsent from error

    def _selects(self, identifier: int) -> bool:
        try:
            files.select(self.transport, identifier)
        except FileAbsent:
            return False
        return True
