"""The card's answer to one command: a pure decision over card, session and bytes.

Source: behaviour of My Number Cards as OpenSC's JPKI driver and public card programs meet it. Where none of
them tells which status word is meant, ISO/IEC 7816-4 chose.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from connectors.sandbox.card import apdu, pins, reading, selecting, signing, status
from connectors.sandbox.card.apdu import Malformed, Response
from connectors.sandbox.card.chip import Chip, Session
from connectors.sandbox.card.turn import Refusal, Step, Turn

_GET_RESPONSE = 0xC0
_INSTRUCTIONS: Mapping[int, tuple[int, Callable[[Turn], Step]]] = {
    0x20: (0x00, pins.verify),
    0x24: (0x00, pins.change_reference_data),
    0x2A: (0x80, signing.compute_signature),
    0x84: (0x00, reading.get_challenge),
    0xA4: (0x00, selecting.select),
    0xB0: (0x00, reading.read_binary),
    _GET_RESPONSE: (0x00, reading.get_response),
    0xCA: (0x00, reading.get_data),
}
"""Instruction byte: its class byte, and who answers."""


def answer(chip: Chip, session: Session, unverified: bytes, token_bytes: Callable[[int], bytes]) -> Step:
    """Answer any bytes at all. `token_bytes(count)` gives the randomness of GET CHALLENGE."""
    try:
        command = apdu.parse(unverified)
    except Malformed:
        return Step(Response(status.WRONG_LENGTH), replace(session, pending=b""), chip)
    if command.ins != _GET_RESPONSE:
        session = replace(session, pending=b"")
    turn = Turn(chip, session, command, token_bytes)
    tripped = turn.touches_tripwire()
    try:
        step = _instruction(turn)(turn)
    except Refusal as refusal:
        step = Step(Response(refusal.status), session, chip)
    return replace(step, tripped=tripped)


def _instruction(turn: Turn) -> Callable[[Turn], Step]:
    if turn.command.ins not in _INSTRUCTIONS:
        raise Refusal(status.UNKNOWN_INSTRUCTION)
    cla, instruction = _INSTRUCTIONS[turn.command.ins]
    if turn.command.cla != cla:
        raise Refusal(status.UNKNOWN_CLASS)
    return instruction
