"""The JPKI application (公的個人認証AP) of a card or of a phone: its elementary files, PINs and keys.

Every card has the same entries; a child's and a PIN-less card differ in what was written into them.
"""

import re
from collections.abc import Mapping

from connectors.card.cardfile import Contents
from connectors.card.softcard import FULL_TRIES
from connectors.ports import CertificateKind
from connectors.sandbox.card.chip import Elementary, Entry, Files, Pin, Sealed, SigningKey

SIGNATURE_CERTIFICATE, SIGNATURE_CA = 0x0001, 0x0002
TOKEN_INFORMATION, PRESENCE = 0x0006, 0x0008
USER_CERTIFICATE, USER_CA = 0x000A, 0x000B
TERMINAL_CA_KEY = 0x0016
USER_KEY, USER_PIN = 0x0017, 0x0018
SIGNATURE_KEY, SIGNATURE_PIN = 0x001A, 0x001B

TOKENS = {"card": b"JPKIAPICCTOKEN2", "phone": b"JPKIAPGPSETOKEN"}
"""The name that token information begins with: a My Number Card, an Android phone."""
_TOKEN_BYTES = 160
PIN_OF = {CertificateKind.USER: USER_PIN, CertificateKind.SIGNATURE: SIGNATURE_PIN}
_FORMS = {
    CertificateKind.USER: re.compile(rb"[0-9]{4}"),
    CertificateKind.SIGNATURE: re.compile(rb"[0-9A-Z]{6,16}"),
}
_UNWRITTEN = b"\xff" * 2048


def application(
    contents: Contents, issuers: Mapping[CertificateKind, bytes], *, token: bytes, padding: int, pinless: bool
) -> Files:
    """The entries. `issuers`: CA certificates in DER; `padding`: bytes after every certificate.

    On a phone the user certificate too wants its PIN. `pinless` (顔認証マイナンバーカード): no PIN was ever set,
    and no signature certificate issued. That such PINs answer as blocked ones is a stand-in: it is not public.
    """
    kinds = {CertificateKind.USER} if pinless else set(contents.slots)
    filler = b"\xff" * padding
    ders = {kind: slot.certificate + filler for kind, slot in contents.slots.items() if kind in kinds}
    roots = {kind: der + filler for kind, der in issuers.items()}
    user, signature = CertificateKind.USER, CertificateKind.SIGNATURE
    user_opened_by = frozenset({USER_PIN}) if contents.device == "phone" else frozenset[int]()
    return {
        SIGNATURE_CERTIFICATE: Elementary(ders.get(signature, _UNWRITTEN), frozenset({SIGNATURE_PIN})),
        SIGNATURE_CA: Elementary(roots.get(signature, _UNWRITTEN)),
        TOKEN_INFORMATION: Elementary(token.ljust(32).ljust(_TOKEN_BYTES, b"\xff")),
        PRESENCE: Elementary(bytes((0x8F if signature in kinds else 0x00, 0x8F, 0x00))),
        USER_CERTIFICATE: Elementary(ders.get(user, _UNWRITTEN), user_opened_by),
        USER_CA: Elementary(roots.get(user, _UNWRITTEN)),
        TERMINAL_CA_KEY: Sealed(),
        USER_KEY: _key(contents, user, kinds),
        USER_PIN: _pin(contents, user, unset=pinless),
        SIGNATURE_KEY: _key(contents, signature, kinds),
        SIGNATURE_PIN: _pin(contents, signature, unset=pinless or signature not in kinds),
    }


def _key(contents: Contents, kind: CertificateKind, kinds: set[CertificateKind]) -> Entry:
    return SigningKey(contents.slots[kind].private_key if kind in kinds else None, PIN_OF[kind])


def _pin(contents: Contents, kind: CertificateKind, *, unset: bool) -> Pin:
    if unset:
        return Pin(b"", 0, FULL_TRIES[kind], _FORMS[kind])
    slot = contents.slots[kind]
    return Pin(slot.pin.upper().encode(), slot.tries_left, FULL_TRIES[kind], _FORMS[kind])
