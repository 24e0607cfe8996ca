"""Chromium itself uses the card: NSS, OpenSC and pcscd on this side, TLS 1.2 and nginx on the other."""

import hashlib
import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from browser.conftest import CHROMIUM, QUIET
from components.card_browser import CardBrowser, card_browser
from components.card_host import CardHostTown, card_host_town
from components.town import BASE_URL, REDIRECT_URI, Login, b64url, id_token_claims
from components.virtual_reader import VirtualReader, await_condition, virtual_reader
from playwright.sync_api import Browser, Page


@pytest.fixture
def host(tmp_path: Path, founded_world: Path) -> Iterator[CardHostTown]:
    """A town with a card host."""
    with card_host_town(tmp_path, founded_world) as made:
        yield made


@pytest.fixture
def reader(tmp_path: Path, host: CardHostTown) -> Iterator[VirtualReader]:
    """Hanako's card in a reader of its own."""
    world = host.town.folder / "world"
    card = world / "residents" / "hanako.card.json"
    with virtual_reader(tmp_path / "reader", card, authorities=world / "authorities") as running:
        yield running


@pytest.fixture
def visitor(tmp_path: Path, host: CardHostTown, reader: VirtualReader, chromium: Browser) -> Iterator[CardBrowser]:
    """A resident at a computer that is set up for the card. The issuer's address leads to the town."""
    there = f"--host-resolver-rules=MAP localhost:8000 {urlsplit(host.direct).netloc}"
    with card_browser(
        chromium.browser_type,
        tmp_path,
        reader,
        program=CHROMIUM,
        words=[*QUIET, there],
        ca_file=host.fronts.tls.ca_file,
    ) as made:
        made.profile.set_default_timeout(30_000)
        made.profile.route(f"{REDIRECT_URI}**", lambda route: route.fulfill(body="back at the service"))
        yield made


def test_a_resident_signs_in_with_the_card_in_the_browser(
    host: CardHostTown, reader: VirtualReader, visitor: CardBrowser, artefacts: Path
) -> None:
    """Certificate and PIN are asked for by Chromium, the card signs the handshake, the service gets its number."""
    page = visitor.page
    login = open_card_page(host, page)
    page.screenshot(path=artefacts / "card-browser.png", full_page=True)
    page.click("#card-browser", no_wait_after=True)
    visitor.type_pin("1234")
    visitor.take_offered_certificate(until="#consent")
    page.click('#consent button[value="allow"]')
    page.wait_for_url(f"{REDIRECT_URI}**")
    code = parse_qs(urlsplit(page.url).query)["code"][0]
    claims = id_token_claims(host.town.redeem(code, login).json["id_token"])
    assert (claims["acr"], claims["amr"]) == ("aal3", ["hwk", "sc", "pin", "mfa"])
    assert claims["sub"] == host.town.sign_in(host.town.library)["sub"]
    assert [line for line in reader.commands if line.startswith("802A0080") and " 9000 " in line]
    assert page.locator("body").inner_text() == "back at the service"


def test_a_wrong_pin_is_asked_for_again_by_the_browser(
    host: CardHostTown, reader: VirtualReader, visitor: CardBrowser
) -> None:
    """One try is lost, the same question comes back, and the right PIN goes on; the login knows nothing of it."""
    page = visitor.page
    open_card_page(host, page)
    page.click("#card-browser", no_wait_after=True)
    visitor.type_pin("9999")
    await_condition(lambda: pins_tried(reader) == ["63C2"])
    visitor.type_pin("1234")
    visitor.take_offered_certificate(until="#consent")
    assert pins_tried(reader) == ["63C2", "9000"]
    with host.town.product.store.engine.connect() as connection:
        outcomes = connection.exec_driver_sql(
            "SELECT action FROM audit_entry WHERE action LIKE 'login.%'"
        ).scalars()
        assert list(outcomes) == ["login.accepted"]


def pins_tried(reader: VirtualReader) -> list[str]:
    """The status words of every PIN that the card was sent."""
    return [line.split()[2] for line in reader.commands if line.startswith("00200080 (4)")]


def test_a_card_that_is_not_there(host: CardHostTown, reader: VirtualReader, visitor: CardBrowser) -> None:
    """The browser finds no certificate and shows none: the card page says what to do."""
    reader.pull()
    login = open_card_page(host, visitor.page)
    visitor.page.click("#card-browser")
    visitor.page.wait_for_url(f"{login.page_url}?certificate=missing")
    assert "The browser showed no certificate." in visitor.page.locator('.way [role="alert"]').inner_text()


def open_card_page(host: CardHostTown, page: Page) -> Login:
    """The service sends the browser to log in; returns what the service keeps meanwhile."""
    verifier, state, nonce = (secrets.token_urlsafe(48) for _ in range(3))
    service = host.town.library
    query = {
        "response_type": "code",
        "client_id": service.client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": "openid",
        "state": state,
        "nonce": nonce,
        "code_challenge": b64url(hashlib.sha256(verifier.encode()).digest()),
        "code_challenge_method": "S256",
    }
    page.goto(f"{BASE_URL}/t/aoba/authorize?{urlencode(query)}")
    link = page.locator('link[rel="jpki-login"]').get_attribute("href")
    return Login(host.town.browser(), service, page.url, str(link), verifier, state, nonce)
