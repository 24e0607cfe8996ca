"""What a counter terminal sends about a user number, read strictly. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from idp import base64url, strict_json
from idp.errors import Reason, Refusal
from idp.user_numbers import number as numbers
from idp.user_numbers.refused import NumberRefused, Why

MAX_BODY_BYTES = 4 * 1024
_MOST_CHARACTERS = 256


class Act(StrEnum):
    """What the terminal wants done."""

    FETCH = "fetch"
    LINK = "link"
    """A number of the list that the service handed in, if it has one."""
    LINK_NEW = "link-new"
    """A number that need not be on the list: the staff say that it is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedNumberRequest:
    """Well-formed, not believed. `number` and `claim` are empty where none was sent."""

    terminal: str
    nonce: str
    act: Act
    signature: bytes
    number: str = field(repr=False)
    claim: str = field(repr=False)


def terminal_of(unverified_body: bytes) -> str:
    """The terminal that asks for a challenge. Raises Refusal with MALFORMED, TOO_LARGE."""
    return _text(_object(unverified_body), "terminal")


def parse(unverified_body: bytes) -> UnverifiedNumberRequest:
    """A request. Raises Refusal with MALFORMED or TOO_LARGE, NumberRefused with MALFORMED or CLAIM_REFUSED."""
    members = _object(unverified_body)
    try:
        act = Act(_text(members, "act"))
    except ValueError as error:
        raise Refusal(Reason.MALFORMED, "an unknown act") from error
    if act is Act.FETCH and ("user_number" in members or "claim_code" in members):
        raise Refusal(Reason.MALFORMED, "a number where none is linked")
    claim = _text(members, "claim_code") if "claim_code" in members else ""
    if claim and not numbers.is_claim(claim):
        raise NumberRefused(Why.CLAIM_REFUSED)
    return UnverifiedNumberRequest(
        terminal=_text(members, "terminal"),
        nonce=_text(members, "nonce"),
        act=act,
        signature=_bytes(_text(members, "terminal_signature")),
        number="" if act is Act.FETCH else numbers.require(_text(members, "user_number")),
        claim=claim,
    )


def _object(unverified_body: bytes) -> Mapping[str, object]:
    if len(unverified_body) > MAX_BODY_BYTES:
        raise Refusal(Reason.TOO_LARGE, "a terminal's request")
    try:
        return strict_json.members(unverified_body)
    except ValueError as error:
        raise Refusal(Reason.MALFORMED, "not one JSON object") from error


def _text(members: Mapping[str, object], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _MOST_CHARACTERS or not value.isascii():
        raise Refusal(Reason.MALFORMED, f"{name} is not a short text")
    return value


def _bytes(text: str) -> bytes:
    try:
        return base64url.decode(text)
    except ValueError as error:
        raise Refusal(Reason.MALFORMED, "not base64url in its one spelling") from error
