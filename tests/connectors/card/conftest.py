"""Cards for the tests of the authenticator: one throw-away key pair for each certificate, made once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from components.card_provider import CardProvider
from components.cards import key_slot

from connectors.card.softcard import KeySlot, SoftwareCard


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
