"""A phone stand-in with one phone in it, and a provider for its signatures."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from components.card_provider import CardProvider
from components.cards import key_slot
from werkzeug.test import Client

from connectors.card.softcard import SoftwareCard
from connectors.sandbox.phone import phone_application
from connectors.sandbox.residents import Resident
from connectors.sandbox.state import Case


@pytest.fixture(scope="session")
def slot():
    """A phone's key, PIN 1234."""
    return key_slot("phone", "1234", 3)


@pytest.fixture
def residents(tmp_path: Path, slot) -> list[Resident]:
    """A resident with a phone and one without."""
    return [_resident(tmp_path, "midori", slot), _resident(tmp_path, "hanako", None)]


@pytest.fixture
def provider() -> Iterator[CardProvider]:
    """A provider with one login waiting."""
    waiting = CardProvider()
    stop = waiting.serve()
    yield waiting
    stop()


@pytest.fixture
def phone(residents: list[Resident], provider: CardProvider) -> Client:
    """A browser at the phone stand-in."""
    return Client(phone_application(lambda: residents, [provider.issuer]))


def _resident(folder: Path, name: str, slot) -> Resident:
    file = folder / f"{name}-phone.card.json"
    if slot is not None:
        SoftwareCard.create(file, holder=name, device="phone", user=slot, signature=None)
    return Resident(
        id=name,
        label=f"見本 {name}（見本）",
        case=Case.CARD_AND_PHONE if slot else Case.ORDINARY,
        card=folder / f"{name}.card.json",
        auth_pin="1234",
        sign_pin=None,
        auth_certificate=folder / "auth.pem",
        auth_key=folder / "auth.key",
        phone_certificate=None,
        phone_key=None,
        phone_card=file if slot else None,
    )
