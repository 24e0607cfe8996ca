"""The body of a proof, read strictly (card login protocol, section 3, step 2). Pure."""

import base64
import binascii
import json
import re
from collections.abc import Mapping

from idp.errors import Reason, Refusal
from idp.jpki import certificate
from idp.jpki.verify import UnverifiedProof

MAX_BODY_BYTES = 64 * 1024
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
_COUNTER_MEMBERS = ("terminal", "mode", "terminal_signature")


def parse(unverified_body: bytes) -> UnverifiedProof:
    """A well-formed proof, not believed yet. Unknown members are ignored.

    Raises Refusal: TOO_LARGE; MALFORMED for anything but one JSON object without duplicate members whose
    certificate is base64 DER with every extension parsing, for `input_support` that was not asked, and for a
    counter terminal's members on an ordinary nonce; ATTRIBUTES_INVALID when it was asked and is absent.
    """
    if len(unverified_body) > MAX_BODY_BYTES:
        raise Refusal(Reason.TOO_LARGE, "proof")
    members = _object(unverified_body)
    if any(name in members for name in _COUNTER_MEMBERS):
        raise Refusal(Reason.MALFORMED, "a counter terminal's members on an ordinary nonce")
    der = _base64(_text(members, "certificate"))
    algorithm = _text(members, "algorithm")
    signature = _base64url(_text(members, "signature"))
    unverified = UnverifiedProof(certificate.parse(der), algorithm, signature)
    if "input_support" in members:
        raise Refusal(Reason.MALFORMED, "input_support was not asked")
    return unverified


def _object(unverified_body: bytes) -> Mapping[str, object]:
    try:
        value = json.loads(unverified_body.decode("utf-8"), object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError) as error:
        raise Refusal(Reason.MALFORMED, "not one JSON object") from error
    if not isinstance(value, dict):
        raise Refusal(Reason.MALFORMED, "not a JSON object")
    return value


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")
    return members


def _text(members: Mapping[str, object], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str):
        raise Refusal(Reason.MALFORMED, f"{name} is not a string")
    return value


def _base64(text: str) -> bytes:
    """RFC 4648 section 4, with padding."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal(Reason.MALFORMED, "not base64") from error


def _base64url(text: str) -> bytes:
    """RFC 4648 section 5, without padding."""
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise Refusal(Reason.MALFORMED, "not base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
