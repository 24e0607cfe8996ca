"""The card program's face on a terminal. Everything but the answer goes to standard error."""

import getpass
import sys
from dataclasses import dataclass
from pathlib import Path

from connectors.card.conversation import Cancelled, Question
from connectors.card.errors import PinAbsentFromFile
from connectors.card.pin import PinKind
from connectors.card.protocol import Challenge
from connectors.card.texts import (
    ASKED_BY,
    CODE,
    KINDS_APART,
    NOT_GONE_ON,
    NOTICES,
    PIN_NAMES,
    STATEMENT,
    TRIES,
    Notice,
    Words,
    attribute_list,
    explain,
)

_LINES = {PinKind.USER: 0, PinKind.INPUT_SUPPORT: 1, PinKind.NUMBER_B: 1}
"""Which line of a PIN file holds which PIN."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """A `Face` for somebody who types, in Japanese and English."""

    def introduce(self, challenge: Challenge, host: str) -> None:
        """See `Face`."""
        shown = (challenge.tenant_name, challenge.service_name, challenge.service_purpose, host)
        _say(*(line for line in shown if line))
        if challenge.attributes:
            _say(f"{both(ASKED_BY['attributes'])}: {both(attribute_list(challenge.attributes))}")
        if challenge.statement is not None:
            _say("", f"{both(STATEMENT)}:", *(f"  {line}" for line in challenge.statement.split("\n")), "")
            _say(both(KINDS_APART))
        _say("")

    def tell(self, notice: Notice) -> None:
        """See `Face`."""
        _say(both(NOTICES[notice]))

    def ask(self, question: Question) -> str:
        """See `Face`; interrupting or ending the input cancels."""
        if question.problem is not None:
            _say(both(explain(question.problem)))
        left = TRIES.ja.format(left=question.tries_left), TRIES.en.format(left=question.tries_left)
        _say(" / ".join(left))
        try:
            return getpass.getpass(f"{both(PIN_NAMES[question.kind])}: ")
        except (EOFError, KeyboardInterrupt) as error:
            raise Cancelled from error


@dataclass(frozen=True, slots=True)
class PinFile:
    """A `Face` for programs: the user PIN is the file's first line, the input-support PIN its second.

    `sign_path`: the file whose first line is the signature PIN, None where there is none: no other is guessed.
    One attempt each, and nobody to try again. `quiet`: nothing is told. `sandbox`: one line is enough, because a
    sample card's PINs of four digits are all the same; on a real card that guess would spend a try.
    """

    path: Path | None
    quiet: bool
    sandbox: bool = False
    sign_path: Path | None = None

    def introduce(self, challenge: Challenge, host: str) -> None:
        """See `Face`."""
        if not self.quiet:
            Terminal().introduce(challenge, host)

    def tell(self, notice: Notice) -> None:
        """See `Face`: what somebody must do, or know before it is too late."""
        if not self.quiet and notice in (Notice.INSERT, Notice.PUT_BACK, Notice.LAST_TRY):
            _say(both(NOTICES[notice]))

    def ask(self, question: Question) -> str:
        """See `Face`. Raises PinAbsentFromFile, OSError."""
        if question.problem is not None:
            raise question.problem
        path = self.sign_path if question.kind is PinKind.SIGNATURE else self.path
        if path is None:
            raise PinAbsentFromFile(question.kind)
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        line = _LINES.get(question.kind, 0)
        if self.sandbox and question.kind is PinKind.INPUT_SUPPORT and len(lines) == 1:
            line = 0
        if line >= len(lines) > 0:
            raise PinAbsentFromFile(question.kind)
        return lines[line].strip() if lines else ""


def offer_code(code: str) -> None:
    """Show the code of a same-device login only to a person who says that the browser did not go on."""
    _say(f"{both(NOT_GONE_ON)}: Enter")
    try:
        sys.stdin.readline()
    except KeyboardInterrupt:
        return
    _say(both(CODE), code)


def both(words: Words) -> str:
    """Japanese first."""
    return f"{words.ja} / {words.en}"


def _say(*lines: str) -> None:
    print(*lines, sep="\n", file=sys.stderr)
