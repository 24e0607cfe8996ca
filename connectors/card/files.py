"""Reading elementary files and presenting PINs: what both applications of the card have in common."""

from connectors.card.apdu import MAX_READ, Response, Status, read_binary, select_file, verify
from connectors.card.errors import CardError, CardGarbled, PinBlocked, PinIncorrect, PinRequired
from connectors.card.pin import PinKind, normal
from connectors.card.transport import Transport, exchange


class FileAbsent(CardError):
    """The application has no such file."""


def select(transport: Transport, identifier: int) -> None:
    """Make a file current. Raises FileAbsent, CardGarbled."""
    answer = exchange(transport, select_file(identifier))
    if answer.sw == Status.NOT_FOUND:
        raise FileAbsent("the card has no such file")
    if not answer.ok:
        raise _unexpected("selecting a file", answer)


def read(transport: Transport, length: int, *, begin: int = 0) -> bytes:
    """Exactly bytes `begin` to `length` of the current file, at most 256 with one command.

    Raises PinRequired where the PIN was not presented, CardGarbled where the file is shorter.
    """
    content = b""
    while begin + len(content) < length:
        at = begin + len(content)
        asked = min(MAX_READ, length - at)
        answer = exchange(transport, read_binary(at, asked))
        if answer.sw == Status.SECURITY_STATUS:
            raise PinRequired
        if answer.sw not in (Status.OK, Status.END_OF_FILE) or not 0 < len(answer.data) <= asked:
            raise _unexpected("reading a file", answer)
        content += answer.data
    return content


def rest(transport: Transport, begin: int, at_most: int) -> bytes:
    """What the current file holds from `begin` on, as far as the card gives it; nothing past its end."""
    content = b""
    while begin + len(content) < at_most:
        answer = exchange(transport, read_binary(begin + len(content), MAX_READ))
        if answer.sw not in (Status.OK, Status.END_OF_FILE):
            break
        content += answer.data
        if len(answer.data) < MAX_READ:
            break
    return content


def tries_left(transport: Transport) -> int:
    """How many tries the current PIN file has left; the empty VERIFY spends none. Raises CardGarbled."""
    answer = exchange(transport, verify())
    if answer.tries_left is None:
        raise _unexpected("asking for the tries left", answer)
    return answer.tries_left


def present(transport: Transport, kind: PinKind, unverified_pin: str) -> None:
    """Present a PIN to the current PIN file; return if it is right.

    Raises PinMalformed before a try is spent, PinIncorrect, PinBlocked, CardGarbled.
    """
    answer = exchange(transport, verify(normal(kind, unverified_pin).encode()))
    if answer.ok:
        return
    if answer.tries_left is None:
        raise _unexpected("checking the PIN", answer)
    if answer.tries_left == 0:
        raise PinBlocked(kind)
    raise PinIncorrect(answer.tries_left, kind)


def _unexpected(step: str, answer: Response) -> CardGarbled:
    return CardGarbled(f"{step}: the card answered {answer.sw:04X}")
