"""The card tray where a statement is to be signed."""

from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from components.card_provider import CardProvider
from components.cards import key_slot
from werkzeug.test import Client, TestResponse

from connectors.card.softcard import KeySlot, SoftwareCard
from connectors.sandbox.residents import Resident
from connectors.sandbox.tray.texts import TEXTS

STATEMENT = "氏名を渡すことに同意します。\n目的：申請"
PIN = "ABC123"


@pytest.fixture(scope="module")
def signature() -> KeySlot:
    """A signature key with PIN ABC123."""
    return key_slot("signature", PIN, 5)


@pytest.fixture
def signing(provider: CardProvider) -> CardProvider:
    """A provider that wants a statement signed."""
    provider.challenge_changes = {"version": "jpki-consent/1", "statement": STATEMENT}
    return provider


@pytest.fixture
def residents(tmp_path: Path, residents: list[Resident], slots: tuple[KeySlot, KeySlot], signature: KeySlot):
    """The same, of whom the first has a signature certificate and the others have none."""
    card = tmp_path / "hanako.card.json"
    SoftwareCard.create(card, holder="hanako", device="card", user=slots[0], signature=signature)
    return [replace(residents[0], sign_pin=PIN), *residents[1:]]


def test_the_statement_stands_above_its_pin(tray: Client, signing: CardProvider) -> None:
    """In full, with the sample PIN of signatures."""
    page = tray.get(f"/card/hanako?link={quote(signing.link)}", base_url="http://localhost:8003")
    lines = [page.text.index(line) for line in (*STATEMENT.split("\n"), PIN, 'name="pin"')]
    assert lines == sorted(lines)
    assert TEXTS["ja"]["sign_pin"] in page.text


def test_the_signature_key_signs(tray: Client, signing: CardProvider, signature: KeySlot) -> None:
    """The page goes on by itself, as after a login."""
    page = _sign(tray, signing, PIN)
    assert f'id="go-on" href="{signing.return_url}"' in page.text
    assert b64decode(signing.proofs[0]["certificate"]) == signature.certificate


def test_a_wrong_pin_is_told_beside_the_statement(tray: Client, signing: CardProvider) -> None:
    """How many tries are left, or that it has another form."""
    assert "残りの回数: 4" in _sign(tray, signing, "XYZ987").text
    malformed = _sign(tray, signing, "1234").text
    assert (TEXTS["ja"]["sign_pin_malformed"] in malformed, "同意します" in malformed) == (True, True)


def test_a_card_without_signature_certificate_says_so(tray: Client, signing: CardProvider) -> None:
    """Before a PIN is typed, and after one."""
    page = tray.get(f"/card/midori?link={quote(signing.link)}", base_url="http://localhost:8003")
    assert (TEXTS["ja"]["no_certificate"] in page.text, 'name="pin"' in page.text) == (True, False)
    assert TEXTS["ja"]["no_certificate"] in _sign(tray, signing, PIN, "midori").text


def _sign(tray: Client, provider: CardProvider, pin: str, resident: str = "hanako") -> TestResponse:
    url = f"/card/{resident}?link={quote(provider.link)}"
    return tray.post(url, base_url="http://localhost:8003", data={"pin": pin})
