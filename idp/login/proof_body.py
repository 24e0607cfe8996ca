"""The body of a proof, read strictly (card login protocol, sections 3, step 2, and 5). Pure."""

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from idp import base64url, strict_json
from idp.errors import Reason, Refusal
from idp.jpki import certificate
from idp.jpki.certificate import UnverifiedCertificate
from idp.jpki.verify import UnverifiedProof

MAX_BODY_BYTES = 64 * 1024
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
_COUNTER_MEMBERS = ("terminal", "mode", "terminal_signature")
_CARD_MEMBERS = ("algorithm", "signature")
_INPUT_SUPPORT = "input_support"


class Mode(StrEnum):
    """How a person was asked at a counter: for the PIN, or only to hold the card over the reader."""

    PIN = "pin"
    KAZASHI = "kazashi"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedCounterProof:
    """What a terminal sent, well-formed but not believed. `by_card`: None in kazashi mode, and only there.

    `attributes`: EF 0002, empty where none was asked.
    """

    certificate: UnverifiedCertificate
    by_card: UnverifiedProof | None
    terminal: str
    mode: Mode
    terminal_signature: bytes
    attributes: bytes = field(default=b"", repr=False)


def parse(unverified_body: bytes, *, attributes: bool = False) -> UnverifiedProof:
    """A well-formed proof, not believed yet. Unknown members are ignored. `attributes`: whether they were asked.

    Raises Refusal: TOO_LARGE; MALFORMED for anything but one JSON object without duplicate members whose
    certificate is base64 DER with every extension parsing, for `input_support` that was not asked, and for a
    counter terminal's members on an ordinary nonce; ATTRIBUTES_INVALID when it was asked and is absent.
    """
    members = _object(unverified_body)
    if not members.keys().isdisjoint(_COUNTER_MEMBERS):
        raise Refusal(Reason.MALFORMED, "a counter terminal's members on an ordinary nonce")
    return UnverifiedProof(_certificate(members), *_signed(members), _attributes(members, asked=attributes))


def parse_counter(unverified_body: bytes, *, attributes: bool = False) -> UnverifiedCounterProof:
    """A well-formed proof over a terminal's nonce, not believed yet. Unknown members are ignored.

    Raises Refusal as `parse` does; MALFORMED also when a terminal's member is missing, for an unknown mode, and
    for a signature of the card in kazashi mode.
    """
    members = _object(unverified_body)
    held = _certificate(members)
    try:
        mode = Mode(_text(members, "mode"))
    except ValueError as error:
        raise Refusal(Reason.MALFORMED, "an unknown mode") from error
    if mode is Mode.KAZASHI and not members.keys().isdisjoint(_CARD_MEMBERS):
        raise Refusal(Reason.MALFORMED, "a card's signature in kazashi mode")
    return UnverifiedCounterProof(
        certificate=held,
        by_card=UnverifiedProof(held, *_signed(members)) if mode is Mode.PIN else None,
        terminal=_text(members, "terminal"),
        mode=mode,
        terminal_signature=_base64url(_text(members, "terminal_signature")),
        attributes=_attributes(members, asked=attributes),
    )


def _certificate(members: Mapping[str, object]) -> UnverifiedCertificate:
    return certificate.parse(_base64(_text(members, "certificate")))


def _signed(members: Mapping[str, object]) -> tuple[str, bytes]:
    """Algorithm and signature."""
    return _text(members, "algorithm"), _base64url(_text(members, "signature"))


def _attributes(members: Mapping[str, object], *, asked: bool) -> bytes:
    """EF 0002, exactly when it was asked. What else lies in `input_support` is not even looked at."""
    if not asked:
        if _INPUT_SUPPORT in members:
            raise Refusal(Reason.MALFORMED, "input_support was not asked")
        return b""
    held = members.get(_INPUT_SUPPORT, {})
    if not isinstance(held, dict):
        raise Refusal(Reason.MALFORMED, "input_support is not an object")
    content = _base64(_text(held, "ef0002")) if "ef0002" in held else b""
    if not content:
        raise Refusal(Reason.ATTRIBUTES_INVALID, "attributes: asked and absent")
    return content


def _object(unverified_body: bytes) -> Mapping[str, object]:
    if len(unverified_body) > MAX_BODY_BYTES:
        raise Refusal(Reason.TOO_LARGE, "proof")
    try:
        return strict_json.members(unverified_body)
    except ValueError as error:
        raise Refusal(Reason.MALFORMED, "not one JSON object") from error


def _text(members: Mapping[str, object], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str):
        raise Refusal(Reason.MALFORMED, f"{name} is not a string")
    return value


def _base64(text: str) -> bytes:
    """RFC 4648 section 4, with padding."""
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal(Reason.MALFORMED, "not base64") from error


def _base64url(text: str) -> bytes:
    """RFC 4648 section 5, without padding."""
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise Refusal(Reason.MALFORMED, "not base64url")
    return base64url.decode_loosely(text)
