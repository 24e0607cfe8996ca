"""A PC shows the QR code, a phone stands beside it: two browsers that share nothing but six digits."""

import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.conftest import Visit
from browser.visitor import Visitor
from playwright.sync_api import Page, expect

OWNER = "midori"
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SCREENS: dict[str, tuple[str, dict[str, Any]]] = {
    "ja-pc": ("ja", {"viewport": {"width": 1100, "height": 1000}}),
    "en-narrow": ("en", {"viewport": {"width": 390, "height": 844}}),
    "ja-320": ("ja", {"viewport": {"width": 320, "height": 700}}),
}


def keep(page: Page, artefacts: Path, name: str) -> None:
    """A picture for people to judge; nothing is wider than the screen, and axe-core finds nothing."""
    page.screenshot(path=artefacts / f"{name}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    found = Axe().run(page).response["violations"]
    assert [f"{one['id']}: {one['nodes'][0]['html']}" for one in found] == []


def show_qr(visitor: Visitor) -> str:
    """Open the page with the QR code; the LINK in it."""
    visitor.open_card_page()
    visitor.page.click("#phone-qr")
    expect(visitor.page.locator(".qr")).to_be_visible()
    return str(visitor.page.locator('link[rel="jpki-login-qr"]').get_attribute("href"))


def hold_to(phone: Visitor, link: str) -> None:
    """Let the phone read the code: it shows who asks."""
    phone.page.goto(f"{phone.demo.ready['sandbox']['tray']}/phone?link={link}")
    phone.page.check(f"#phone-{OWNER}")
    phone.page.click("#open")
    expect(phone.page.locator("#pin")).to_be_visible()


def sign(phone: Visitor) -> None:
    """The PIN, typed on the phone."""
    phone.type_pin(phone.demo.resident(OWNER)["auth_pin"])


def digits(phone: Visitor) -> str:
    """What the phone shows."""
    return phone.page.locator("#digits").inner_text()


def other_than(code: str) -> str:
    """Six digits that are not these."""
    return f"{(int(code) + 1) % 10**6:06d}"


@pytest.mark.parametrize("screen", SCREENS)
def test_a_pc_a_phone_and_six_digits(visit: Visit, artefacts: Path, screen: str) -> None:
    """Every state on the way is shown without a touch of the PC, a wrong code is told, and the PC is signed in."""
    language, options = SCREENS[screen]
    pc, phone = visit(language, **options), visit(language, **PHONE)
    link = show_qr(pc)
    keep(pc.page, artefacts, f"qr-{screen}")
    hold_to(phone, link)
    assert "図書館" in phone.page.locator("#service").inner_text()
    keep(phone.page, artefacts, f"phone-asks-{screen}")
    expect(pc.page.locator("[data-state=scanned]")).to_be_visible()
    keep(pc.page, artefacts, f"qr-scanned-{screen}")
    sign(phone)
    code = digits(phone)
    keep(phone.page, artefacts, f"phone-digits-{screen}")
    expect(pc.page.locator("#code")).to_be_focused()
    keep(pc.page, artefacts, f"code-{screen}")
    pc.page.fill("#code", other_than(code))
    pc.page.click("#next")
    expect(pc.page.get_by_role("alert")).to_be_visible()
    keep(pc.page, artefacts, f"code-wrong-{screen}")
    pc.page.click("#more-time")
    expect(pc.page.locator("#more-time")).to_have_count(0)
    pc.page.fill("#code", f"{code[:3]} {code[3:]}")
    pc.page.keyboard.press("Enter")
    pc.page.wait_for_selector("#consent")
    pc.consent()
    assert len(pc.number()) > 20


def test_all_of_it_without_javascript(visit: Visit) -> None:
    """The page renews itself; its buttons are buttons of forms."""
    pc, phone = visit("ja", java_script_enabled=False), visit("ja", java_script_enabled=False, **PHONE)
    link = show_qr(pc)
    pc.page.click("#extend")
    expect(pc.page.locator("#extend")).to_have_count(0)
    assert pc.page.locator('meta[http-equiv="refresh"]').count() == 1
    hold_to(phone, link)
    sign(phone)
    pc.page.reload()
    pc.page.fill("#code", digits(phone))
    pc.page.click("#next")
    pc.page.wait_for_selector("#consent")


def test_a_code_that_somebody_else_scanned_is_replaced(visit: Visit) -> None:
    """One press: the phone that was faster can do nothing more, and another code is shown."""
    pc, stranger = visit("ja"), visit("ja", **PHONE)
    link = show_qr(pc)
    hold_to(stranger, link)
    expect(pc.page.locator("[data-state=scanned]")).to_be_visible()
    pc.page.click("#renew")
    expect(pc.page.locator(".qr")).to_be_visible()
    sign(stranger)
    expect(stranger.page.locator('[data-code="expired"]')).to_be_visible()


def test_declining_on_the_phone_brings_the_pc_back_to_the_service(visit: Visit) -> None:
    """The waiting page leaves by itself."""
    pc, phone = visit("ja"), visit("ja", **PHONE)
    hold_to(phone, show_qr(pc))
    phone.page.click("#decline")
    pc.page.wait_for_url(lambda url: url.startswith(pc.demo.home("library")))


def test_the_app_on_the_same_phone_returns_to_its_browser(visit: Visit) -> None:
    """By the button's handle: no digits to type, and the higher level's way back."""
    phone = visit("ja", **PHONE)
    phone.open_card_page()
    card_page = phone.page.url
    phone.page.click("#phone-app")
    phone.page.check(f"#phone-{OWNER}")
    phone.page.click("#open")
    sign(phone)
    expect(phone.page.locator("#digits")).to_be_hidden()
    with phone.profile.expect_page() as opened:
        phone.page.click("#go-on")
    opened.value.wait_for_url(re.compile("/consent$|/callback|" + re.escape(phone.demo.home("library"))))
    phone.page.goto(card_page)
    assert phone.page.locator("#code").count() == 0


def test_a_browser_that_does_not_go_on_is_helped_by_the_digits(visit: Visit, artefacts: Path) -> None:
    """The phone shows them when its owner says so; the page takes them, folded away until then."""
    phone = visit("ja", **PHONE)
    phone.open_card_page()
    waiting = phone.second_window(phone.page.url)
    phone.page.click("#phone-app")
    phone.page.check(f"#phone-{OWNER}")
    phone.page.click("#open")
    sign(phone)
    phone.page.click("#stuck summary")
    code = digits(phone)
    waiting.page.reload()
    waiting.page.click("details:has(#code) summary")
    keep(waiting.page, artefacts, "accepted-code-ja-phone")
    waiting.page.fill("#code", code)
    waiting.page.click("#next")
    waiting.page.wait_for_url(lambda url: "/login/" not in url or "/consent" in url)
