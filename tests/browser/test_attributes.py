"""The consent page with a person's own particulars, as a real login shows it: every language, phone and PC."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.conftest import Visit
from browser.visitor import Visitor

SCREENS = {"phone": {"width": 390, "height": 844}, "pc": {"width": 1100, "height": 1000}}
WORDS = {
    "ja": ("住所", "2001年5月4日", "女", "文字の字体は、住民票と異なることがあります。"),
    "ja-simple": ("住所", "5月", "女", "住民票"),
    "en": ("Address", "2001 / 5 / 4", "female", "resident record"),
}


@pytest.fixture
def asked(visit: Visit) -> Visitor:
    """Midori at the childcare service, which asks for all four, before she decides."""
    visitor = visit()
    visitor.open_card_page("childcare")
    assert "氏名、住所、生年月日、性別" in visitor.text
    visitor.read_card("midori")
    visitor.page.wait_for_selector("#consent")
    return visitor


def test_a_person_sees_what_goes_before_it_goes(asked: Visitor, artefacts: Path) -> None:
    """Her own values in her language, nothing sideways, no violation of axe-core's; a picture of each is kept."""
    address = asked.page.url.partition("?")[0]
    for screen, size in SCREENS.items():
        asked.page.set_viewport_size(size)  # type: ignore[arg-type]
        for language, words in WORDS.items():
            asked.page.goto(f"{address}?lang={language}")
            asked.page.screenshot(path=artefacts / f"consent-attributes-{language}-{screen}.png", full_page=True)
            shown = asked.page.locator("main").evaluate(
                "main => { main.querySelectorAll('rt, rp').forEach(one => one.remove()); return main.innerText }"
            )
            assert [word for word in ("見本　みどり", "見本町一丁目２－３", *words) if word not in shown] == []
            found = Axe().run(asked.page).response["violations"]
            assert [f"{one['id']}: {one['nodes'][0]['html']}" for one in found] == []
            assert asked.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_service_shows_what_it_received(asked: Visitor) -> None:
    """All four, after she agreed; a number beside them."""
    asked.consent()
    asked.page.wait_for_selector("#received")
    shown = asked.page.locator("#received").inner_text()
    assert all(word in shown for word in ("見本　みどり", "見本町一丁目２－３", "2001-05-04", "女"))


def test_a_phone_across_devices_goes_without(visit: Visit) -> None:
    """The page with the QR code says that nothing of it is read."""
    visitor = visit("en")
    visitor.open_card_page("childcare")
    visitor.page.click("#phone-qr")
    visitor.page.wait_for_selector("img.qr")
    assert "This way does not read your name, address, date of birth, gender" in visitor.text
