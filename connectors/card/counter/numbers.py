"""After a login that this terminal proved: the person's user number at the service, told once, or linked.

What is signed is written a second time in `idp/jpki/counter_number.py`, on purpose. The context is one of its own.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from connectors.card.counter.agent import CounterAgent
from connectors.card.protocol import Challenge, base64url, random_bytes
from connectors.errors import Garbled

CONTEXT = b"jpki-counter-number/1\0"
VERSION = "jpki-counter-number/1"
_NONCE_BYTES = 32
_MOST_CHARACTERS = 64


class Act(StrEnum):
    """What is asked for."""

    FETCH = "fetch"
    LINK = "link"
    LINK_NEW = "link-new"
    """Link a number that need not be on the service's list."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A number that the staff typed or scanned, and the claim code that the person showed, if any."""

    number: str = field(repr=False)
    claim: str = field(default="", repr=False)
    new: bool = False

    @property
    def act(self) -> Act:
        """How it is linked."""
        return Act.LINK_NEW if self.new else Act.LINK


def message(challenge: Challenge, nonce: bytes, terminal: str, act: Act, number: str, claim: str) -> bytes:
    """The 278 bytes that the terminal's key signs. `challenge`: the login's; `nonce`: given for this alone."""
    parts = (
        challenge.issuer.encode(),
        challenge.origin.encode(),
        challenge.transaction.encode(),
        nonce,
        terminal.encode(),
        act.encode(),
        number.encode(),
        claim.encode(),
    )
    return CONTEXT + b"".join(hashlib.sha256(part).digest() for part in parts)


@dataclass(frozen=True, slots=True)
class NumberAgent:
    """The talk about one login's number. Methods may raise RefusedByServer, Unreachable, Garbled."""

    agent: CounterAgent
    challenge: Challenge

    def nonce(self) -> bytes | None:
        """A nonce, or None while the resident has not agreed yet."""
        answer = self._ask("user-number/challenge", {"terminal": self.agent.terminal.terminal_id})
        if answer.get("version") != VERSION:
            raise Garbled("the answer is of a version unknown here")
        if answer.get("state") == "waiting":
            return None
        return random_bytes(answer.get("nonce"), _NONCE_BYTES)

    def fetch(self, nonce: bytes) -> str | None:
        """The number, or None where none is linked. Once: afterwards nobody is told it."""
        return _number(self._send(nonce, Act.FETCH, "", ""))

    def link(self, nonce: bytes, typed: Typed) -> str:
        """Link what was typed; the number, as the provider has it."""
        linked = _number(self._send(nonce, typed.act, typed.number, typed.claim))
        if linked is None:
            raise Garbled("no number came of linking one")
        return linked

    def _send(self, nonce: bytes, act: Act, number: str, claim: str) -> Mapping[str, object]:
        terminal = self.agent.terminal
        signed = terminal.sign(message(self.challenge, nonce, terminal.terminal_id, act, number, claim))
        record: dict[str, object] = {
            "terminal": terminal.terminal_id,
            "nonce": base64url(nonce),
            "act": act,
            "terminal_signature": base64url(signed),
        }
        if number:
            record["user_number"] = number
        if claim:
            record["claim_code"] = claim
        return self._ask("user-number", record)

    def _ask(self, path: str, record: Mapping[str, object]) -> Mapping[str, object]:
        return self.agent.agent.ask(path, record)


def _number(answer: Mapping[str, object]) -> str | None:
    """The number in an answer: printable ASCII, since it may be typed. Raises Garbled."""
    number = answer.get("user_number")
    if number is None:
        return None
    if not isinstance(number, str) or not 0 < len(number) <= _MOST_CHARACTERS:
        raise Garbled("the user number is none")
    if not (number.isascii() and number.isprintable()):
        raise Garbled("the user number holds characters that cannot be typed")
    return number
