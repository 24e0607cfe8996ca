"""Signing with the signature certificate, as a real login shows it: button, card, signature, consent, claims."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.conftest import Visit
from browser.visitor import Visitor

SCREENS = {"phone": {"width": 320, "height": 800}, "pc": {"width": 1100, "height": 1000}}
WORDS = {
    "ja": ("署名する文", "英数字6～16文字", "同意します"),
    "ja-simple": ("署名", "大文字", "同意します"),
    "en": ("The text that you sign", "6 to 16 letters and digits", "同意します"),
}


@pytest.fixture
def at_statement(visit: Visit) -> Visitor:
    """Aoi at the childcare service, who is logged in by now and has a statement before her."""
    visitor = visit()
    visitor.open_service("childcare")
    visitor.page.click("#login-signed")
    visitor.read_card("aoi")
    visitor.page.wait_for_selector("#statement")
    return visitor


def test_from_the_button_to_verified_claims(at_statement: Visitor) -> None:
    """The tray shows the statement above its PIN; the service shows the name, and what vouches for it."""
    visitor = at_statement
    visitor.open_tray()
    visitor.choose_card("aoi")
    assert "同意します" in visitor.page.locator("#statement").inner_text()
    visitor.type_pin(visitor.demo.resident("aoi")["sign_pin"])
    visitor.page.wait_for_selector("#consent")
    visitor.consent()
    visitor.page.wait_for_selector("#received")
    shown = visitor.page.locator("#received").inner_text()
    assert all(word in shown for word in ("見本　あおい", "署名用電子証明書"))


def test_the_statement_is_read_in_every_language_and_size(at_statement: Visitor, artefacts: Path) -> None:
    """Nothing sideways, no violation of axe-core's; a picture of each is kept."""
    visitor, address = at_statement, at_statement.page.url.partition("?")[0]
    for screen, size in SCREENS.items():
        visitor.page.set_viewport_size(size)  # type: ignore[arg-type]
        for language, words in WORDS.items():
            visitor.page.goto(f"{address}?lang={language}")
            visitor.page.screenshot(path=artefacts / f"sign-{language}-{screen}.png", full_page=True)
            shown = visitor.page.locator("main").evaluate(
                "main => { main.querySelectorAll('rt, rp').forEach(one => one.remove()); return main.innerText }"
            )
            assert [word for word in words if word not in shown] == []
            assert Axe().run(visitor.page).response["violations"] == []
            assert visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_another_person_s_card_is_refused_and_leaving_leads_to_a_choice(
    at_statement: Visitor, artefacts: Path
) -> None:
    """The page says whose card it takes; who does not sign is asked what to do instead."""
    visitor, page = at_statement, at_statement.page
    address = page.url
    visitor.open_tray()
    visitor.choose_card("hanako")
    visitor.type_pin(visitor.demo.resident("hanako")["sign_pin"])
    assert "別の人" in visitor.text
    page.goto(address)
    assert "別の方のカード" in page.locator("[role=alert]").first.inner_text()
    page.screenshot(path=artefacts / "sign-refused.png", full_page=True)
    page.click("#unsigned")
    page.wait_for_selector("#signature")
    page.screenshot(path=artefacts / "signature-choice.png", full_page=True)
    page.click('#signature button[value="without"]')
    page.wait_for_selector("#consent, #sub")
