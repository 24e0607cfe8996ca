"""A tray with three cards, and a provider for their signatures."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from components.card_provider import CardProvider
from components.cards import key_slot
from werkzeug.test import Client

from connectors.card.softcard import KeySlot, SoftwareCard
from connectors.sandbox.residents import Resident
from connectors.sandbox.state import Case
from connectors.sandbox.tray import tray_application


@pytest.fixture(scope="session")
def slots() -> tuple[KeySlot, KeySlot]:
    """A card's key and a phone's, PIN 1234."""
    return key_slot("card", "1234", 3), key_slot("phone", "1234", 3)


@pytest.fixture
def residents(tmp_path: Path, slots: tuple[KeySlot, KeySlot]) -> list[Resident]:
    """A resident with a card, one with a card and a phone, one whose certificate has expired."""
    cases = {"hanako": Case.ORDINARY, "midori": Case.CARD_AND_PHONE, "saburo": Case.EXPIRED}
    return [_resident(tmp_path, name, case, slots) for name, case in cases.items()]


@pytest.fixture
def provider() -> Iterator[CardProvider]:
    """A provider with one login waiting."""
    waiting = CardProvider()
    stop = waiting.serve()
    yield waiting
    stop()


@pytest.fixture
def tray(residents: list[Resident], provider: CardProvider) -> Client:
    """A browser at the tray."""
    return Client(tray_application(lambda: residents, [provider.issuer]))


def _resident(folder: Path, name: str, case: Case, slots: tuple[KeySlot, KeySlot]) -> Resident:
    card, phone = folder / f"{name}.card.json", folder / f"{name}-phone.card.json"
    SoftwareCard.create(card, holder=name, device="card", user=slots[0], signature=None)
    SoftwareCard.create(phone, holder=name, device="phone", user=slots[1], signature=None)
    return Resident(
        id=name,
        label=f"見本 {name}（見本）",
        case=case,
        card=card,
        auth_pin="1234",
        sign_pin=None,
        auth_certificate=folder / "auth.pem",
        auth_key=folder / "auth.key",
        phone_certificate=None,
        phone_key=None,
        phone_card=phone if case is Case.CARD_AND_PHONE else None,
    )
