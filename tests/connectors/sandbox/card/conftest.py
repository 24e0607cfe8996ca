"""Chips for the tests of the software card, and somebody who talks to them in commands."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from components.cards import key_slot

from connectors.card.cardfile import Contents
from connectors.ports import CertificateKind
from connectors.sandbox.basic4 import Basic4
from connectors.sandbox.card import commands, face
from connectors.sandbox.card.chip import Chip, Session
from connectors.sandbox.card.image import Variant, chip_of, issuers_of

USER, SIGNATURE = CertificateKind.USER, CertificateKind.SIGNATURE
BASIC4 = Basic4("髙橋　花子", "見本県青葉市見本町一丁目２－３", date(1985, 6, 15), "2")


class Dialogue:
    """A reader's side in hexadecimal: `say` sends a command and returns the status word."""

    def __init__(self, chip: Chip) -> None:
        self.chip = chip
        self.session = Session()
        self.data = b""
        self.tripped = False

    def say(self, command: str) -> str:
        """Send a command; the data of the answer is in `data`, a touched tripwire is remembered."""
        step = commands.answer(self.chip, self.session, bytes.fromhex(command), lambda count: bytes(range(count)))
        self.chip, self.session, self.data = step.chip, step.session, step.response.data
        self.tripped |= step.tripped
        return f"{step.response.status:04X}"

    def power_cycle(self) -> None:
        """Forget what goes with the power."""
        self.session = Session()


@pytest.fixture(scope="session")
def contents() -> Contents:
    """A full card's file, with a face; both certificates sign themselves."""
    slots = {USER: key_slot("user", "1234", 3), SIGNATURE: key_slot("signature", "ABC123", 5)}
    printed = face.personalise(BASIC4, four_digits="5678", expiry_year=2031, resident="hanako")
    return Contents("見本 花子", "card", slots, face.dump(printed))


@pytest.fixture(scope="session")
def child_contents(contents: Contents) -> Contents:
    """The same without a signature certificate."""
    return replace(contents, slots={USER: contents.slots[USER]})


@pytest.fixture(scope="session")
def insert(contents: Contents) -> Callable[..., Dialogue]:
    """`insert(**Variant fields)`: a fresh card, as `of` says (default: the full one)."""

    def inserted(of: Contents = contents, **fields: object) -> Dialogue:
        return Dialogue(chip_of(of, issuers_of(of, ()), Variant(**fields)))  # type: ignore[arg-type]

    return inserted


@pytest.fixture
def card(insert: Callable[..., Dialogue]) -> Dialogue:
    """A full card of the usual kind."""
    return insert()
