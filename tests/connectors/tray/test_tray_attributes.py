"""The tray at a service that asks for name or address: it types the second PIN itself."""

from base64 import b64decode
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from components.card_provider import CardProvider
from werkzeug.test import Client, TestResponse

from connectors.card import cardfile
from connectors.card.basic4 import parse
from connectors.card.softcard import KeySlot, SoftwareCard
from connectors.sandbox.basic4 import Basic4
from connectors.sandbox.card import face
from connectors.sandbox.residents import Resident

ADDRESS = "見本県青葉市見本町一丁目２－３"


@pytest.fixture(autouse=True)
def asking(provider: CardProvider) -> None:
    """The service asks for two of the four."""
    provider.challenge_changes = {"attributes": ["name", "address"]}


@pytest.fixture
def made_out(residents: list[Resident], slots: tuple[KeySlot, KeySlot]) -> Path:
    """Hanako's card with her particulars on it."""
    particulars = face.personalise(
        Basic4("髙橋　花子", ADDRESS, date(1985, 6, 15), "2"),
        four_digits="1234",
        expiry_year=2031,
        resident="hanako",
    )
    card = residents[0].card
    SoftwareCard.create(
        card, holder="hanako", device="card", user=slots[0], signature=None, chip=face.dump(particulars)
    )
    return card


def signed(
    tray: Client, provider: CardProvider, *, resident: str = "hanako", device: str = "card"
) -> TestResponse:
    """The answer to the PIN."""
    form = {"pin": "1234", **({"device": "phone"} if device == "phone" else {})}
    return tray.post(f"/card/{resident}?link={provider.link}&lang=en", data=form, base_url="http://localhost")


def test_particulars_go_along_bound_to_the_signature(tray: Client, provider: CardProvider, made_out: Path) -> None:
    """What the card reads out is sent; the person types one PIN and is told of the other."""
    page = tray.get(f"/card/hanako?link={provider.link}&lang=en", base_url="http://localhost").text
    assert "a second PIN is used too" in page
    assert provider.return_url in signed(tray, provider).text
    sent = parse(b64decode(provider.proofs[0]["input_support"]["ef0002"]))
    assert (sent.name, sent.address) == ("髙橋　花子", ADDRESS)


def test_a_blocked_second_pin_is_told_with_a_way_out(tray: Client, provider: CardProvider, made_out: Path) -> None:
    """Nothing is sent."""
    contents = cardfile.read(made_out)
    held = face.load(contents.chip)
    assert held is not None
    pins = {**held.pins, "input_support": replace(held.pins["input_support"], tries_left=0)}
    cardfile.write(made_out, replace(contents, chip=face.dump(replace(held, pins=pins))))
    assert "Choose the QR code on the login page" in signed(tray, provider).text
    assert provider.proofs == []


@pytest.mark.parametrize(("resident", "device"), [("saburo", "card"), ("midori", "phone")])
def test_what_cannot_hand_them_over_says_so(
    tray: Client, provider: CardProvider, resident: str, device: str
) -> None:
    """A card without particulars, and the sample phone."""
    assert (
        "cannot hand over what this service asks for"
        in signed(tray, provider, resident=resident, device=device).text
    )
    assert provider.proofs == []
