"""SELECT: applications by AID, entries of the selected application by identifier (P1 = 02, P2 = 0C alone)."""

from dataclasses import replace

from connectors.sandbox.card import status
from connectors.sandbox.card.apdu import Response
from connectors.sandbox.card.chip import Session
from connectors.sandbox.card.turn import Refusal, Step, Turn

_NO_INFORMATION = 0x0C


def select(turn: Turn) -> Step:
    """Select; an application's selection forgets every PIN shown before, even to the same application."""
    match turn.command.p1:
        case 0x00:
            raise Refusal(status.NOT_FOUND)  # the card shows no master file: 3F00 is as unknown as any other
        case 0x02:
            return _entry(turn)
        case 0x04:
            return _application(turn)
    raise Refusal(status.WRONG_PARAMETERS)


def _application(turn: Turn) -> Step:
    # The name comes first: drivers of other cards try theirs with any P2, and must hear that it is not there.
    if turn.command.data not in turn.chip.applications:
        raise Refusal(status.NOT_FOUND)
    _require_no_information(turn)
    return Step(Response(status.OK), Session(aid=turn.command.data), turn.chip)


def _entry(turn: Turn) -> Step:
    _require_no_information(turn)
    if len(turn.command.data) != 2:
        raise Refusal(status.WRONG_LENGTH)
    identifier = int.from_bytes(turn.command.data, "big")
    if identifier not in turn.files:
        raise Refusal(status.NOT_FOUND)
    return Step(Response(status.OK), replace(turn.session, current=identifier), turn.chip)


def _require_no_information(turn: Turn) -> None:
    if turn.command.p2 != _NO_INFORMATION:
        raise Refusal(status.WRONG_PARAMETERS)
