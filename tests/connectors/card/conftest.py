"""Cards for the tests of the authenticator: one throw-away key pair for each certificate, made once."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from components.card_provider import CardProvider
from components.cards import key_slot

from connectors.card.softcard import KeySlot, SoftwareCard
from connectors.sandbox.basic4 import Basic4
from connectors.sandbox.card import face


@pytest.fixture(scope="session")
def user_slot() -> KeySlot:
    """A user-authentication key with PIN 1234 and all its tries."""
    return key_slot("user", "1234", 3)


@pytest.fixture(scope="session")
def signature_slot() -> KeySlot:
    """A signature key with PIN ABC123 and all its tries."""
    return key_slot("signature", "ABC123", 5)


@pytest.fixture
def card_path(tmp_path: Path) -> Path:
    """Where the card under test is kept."""
    return tmp_path / "hanako.card.json"


@pytest.fixture
def card(card_path: Path, user_slot: KeySlot, signature_slot: KeySlot) -> SoftwareCard:
    """A full card, as a municipality hands it out."""
    return SoftwareCard.create(
        card_path, holder="見本 花子", device="card", user=user_slot, signature=signature_slot
    )


@pytest.fixture
def provider() -> Iterator[CardProvider]:
    """A provider with one login waiting."""
    waiting = CardProvider()
    stop = waiting.serve()
    yield waiting
    stop()


@pytest.fixture
def spoken_file(card_path: Path, user_slot: KeySlot, signature_slot: KeySlot) -> Path:
    """A card with a face, whose input-support PIN 5678 is another than the user PIN."""
    basic4 = Basic4("髙橋　花子", "見本県青葉市見本町一丁目２－３", date(1985, 6, 15), "2")
    chip = face.dump(face.personalise(basic4, four_digits="5678", expiry_year=2031, resident="hanako"))
    SoftwareCard.create(
        card_path, holder="見本 花子", device="card", user=user_slot, signature=signature_slot, chip=chip
    )
    return card_path
