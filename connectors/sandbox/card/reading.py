"""READ BINARY, and the small commands that hand bytes out: GET CHALLENGE, GET RESPONSE, GET DATA."""

from dataclasses import replace

from connectors.sandbox.card import status
from connectors.sandbox.card.apdu import Response
from connectors.sandbox.card.chip import Elementary
from connectors.sandbox.card.turn import Refusal, Step, Turn

_CURRENT = 0x80


def read_binary(turn: Turn) -> Step:
    """Read from a 15-bit offset of the current file, or from P2 in the file that P1 = 100xxxxx names.

    Fewer bytes than expected come at the end of the file, with 9000; from there on it is past the end.
    """
    command = turn.command
    if command.expected is None or command.data:
        raise Refusal(status.WRONG_LENGTH)
    if command.p1 & 0x80:
        reference, offset = command.p1, command.p2
    else:
        reference, offset = _CURRENT, command.p1 << 8 | command.p2
    identifier, file = turn.referred(reference, absent=status.NOT_FOUND)
    if not isinstance(file, Elementary):
        raise Refusal(status.INCOMPATIBLE_FILE)
    if file.opened_by and not file.opened_by & turn.session.verified:
        raise Refusal(status.SECURITY_STATUS)
    if offset >= len(file.content):
        raise Refusal(status.PAST_THE_END)
    data = file.content[offset : offset + command.expected]
    return Step(Response(status.OK, data), replace(turn.session, current=identifier), turn.chip)


def get_challenge(turn: Turn) -> Step:
    """Random bytes, as many as expected."""
    command = turn.command
    if (command.p1, command.p2) != (0, 0):
        raise Refusal(status.WRONG_PARAMETERS)
    if command.expected is None or command.data or command.expected > 256:
        raise Refusal(status.WRONG_LENGTH)
    return Step(Response(status.OK, turn.token_bytes(command.expected)), turn.session, turn.chip)


def get_response(turn: Turn) -> Step:
    """What an answer without Le left behind (T=0)."""
    command = turn.command
    if (command.p1, command.p2) != (0, 0):
        raise Refusal(status.WRONG_PARAMETERS)
    if not turn.session.pending:
        raise Refusal(status.CONDITIONS)
    if command.expected is None or command.expected < len(turn.session.pending):
        raise Refusal(status.EXACT_LENGTH)
    return Step(Response(status.OK, turn.session.pending), replace(turn.session, pending=b""), turn.chip)


def get_data(_turn: Turn) -> Step:
    """No data object is known at card level: drivers of other cards ask for theirs and must not find them."""
    raise Refusal(status.WRONG_PARAMETERS)
