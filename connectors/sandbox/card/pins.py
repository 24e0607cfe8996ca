"""VERIFY and CHANGE REFERENCE DATA: the rules of the card's PINs."""

import hmac
from dataclasses import replace

from connectors.sandbox.card import status
from connectors.sandbox.card.apdu import Response
from connectors.sandbox.card.chip import Pin
from connectors.sandbox.card.turn import Refusal, Step, Turn

MAX_BYTES = 16


def verify(turn: Turn) -> Step:
    """Compare a PIN, byte by byte; without data tell the tries left, always as 63Cx.

    The wrong PIN takes back an earlier success; the one that uses up the last try hears 63C0, every later 6984.
    """
    if turn.command.p1 != 0:
        raise Refusal(status.WRONG_PARAMETERS)
    identifier, pin = _pin(turn)
    attempt = turn.command.data
    if not attempt:
        return Step(Response(status.tries(pin.tries_left)), turn.session, turn.chip)
    _require_length(attempt)
    if pin.tries_left == 0:
        raise Refusal(status.BLOCKED)
    if hmac.compare_digest(attempt, pin.value):
        return _settled(turn, identifier, replace(pin, tries_left=pin.tries), status.OK)
    left = pin.tries_left - 1
    return _settled(turn, identifier, replace(pin, tries_left=left), status.tries(left))


def change_reference_data(turn: Turn) -> Step:
    """Set a new PIN after the old one was shown; the data field holds the new one alone.

    That another form than the PIN's own is refused (6A80) is a stand-in: no public source tells.
    """
    if turn.command.p1 != 1:
        raise Refusal(status.WRONG_PARAMETERS)
    identifier, pin = _pin(turn)
    _require_length(turn.command.data)
    if pin.tries_left == 0:
        raise Refusal(status.BLOCKED)
    if identifier not in turn.session.verified:
        raise Refusal(status.SECURITY_STATUS)
    if not pin.form.fullmatch(turn.command.data):
        raise Refusal(status.WRONG_DATA)
    changed = replace(pin, value=turn.command.data, tries_left=pin.tries)
    return _settled(turn, identifier, changed, status.OK)


def _pin(turn: Turn) -> tuple[int, Pin]:
    identifier, pin = turn.referred(turn.command.p2, absent=status.REFERENCE_NOT_FOUND)
    if not isinstance(pin, Pin):
        raise Refusal(status.INCOMPATIBLE_FILE)
    return identifier, pin


def _require_length(attempt: bytes) -> None:
    if not 1 <= len(attempt) <= MAX_BYTES:
        raise Refusal(status.WRONG_LENGTH)


def _settled(turn: Turn, identifier: int, pin: Pin, status_word: int) -> Step:
    if turn.session.aid is None:
        raise Refusal(status.NO_CURRENT_FILE)
    verified = turn.session.verified
    verified = verified | {identifier} if status_word == status.OK else verified - {identifier}
    chip = turn.chip.with_pin(turn.session.aid, identifier, pin)
    return Step(Response(status_word), replace(turn.session, verified=verified), chip)
