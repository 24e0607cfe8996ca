"""The question whose a phone is, answered in a real browser without JavaScript."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from browser.visitor import Visitor
from components.demo import Demo

Visit = Callable[..., Visitor]


def known_by_card(visit: Visit, resident: str) -> str:
    """Sign in at the bicycle park with the card; the number that it shows."""
    visitor = visit()
    visitor.open_card_page("parking")
    visitor.read_card(resident)
    visitor.page.wait_for_selector("#consent")
    visitor.consent()
    return visitor.number()


def read_phone(visitor: Visitor, resident: str) -> None:
    """From the card page to the page after the phone was read."""
    visitor.open_tray()
    visitor.choose_card(resident, device="phone")
    visitor.type_pin(visitor.demo.resident(resident)["auth_pin"])


def test_a_phone_without_link_is_linked_by_the_card(visit: Visit, demo: Demo, artefacts: Path) -> None:
    """The page asks, the earlier card is read, and the service shows the number that it knew."""
    number = known_by_card(visit, "ichiro")
    demo.control(do="add-phone", resident="ichiro")
    demo.control(do="unlink", resident="ichiro", certificate="phone")
    visitor = visit(java_script_enabled=False)
    visitor.open_card_page("parking")
    read_phone(visitor, "ichiro")
    visitor.page.wait_for_selector("#question")
    assert visitor.heading == "前に、別のカードやスマートフォンを使いましたか"
    keep(visitor, artefacts, "question")
    visitor.page.click('button[value="counter"]')
    visitor.page.wait_for_selector("#reference")
    keep(visitor, artefacts, "question-counter")
    visitor.page.click(".leave a")
    visitor.page.click('button[value="code"]')
    visitor.page.fill("#code", "0000 0000 0000")
    visitor.page.click("#next")
    visitor.page.wait_for_selector("[role=alert]")
    keep(visitor, artefacts, "question-code")
    visitor.page.click(".leave a")
    visitor.page.click('button[value="other"]')
    visitor.page.wait_for_selector("#card-tray")
    assert visitor.heading == "前に使ったものを読み取ってください"
    keep(visitor, artefacts, "question-other")
    visitor.read_card("ichiro")
    visitor.page.wait_for_selector("#sub")
    assert visitor.number() == number


def test_after_six_digits_the_page_says_where_to_link(visit: Visit, demo: Demo, artefacts: Path) -> None:
    """A phone without link, read by QR code: a new number or the counter, and in words where a card can link."""
    demo.control(do="add-phone", resident="yoko")
    demo.control(do="unlink", resident="yoko", certificate="phone")
    pc, phone = (visit(java_script_enabled=False) for _ in range(2))
    pc.open_card_page("parking")
    pc.page.click("#phone-qr")
    link = pc.page.locator('link[rel="jpki-login-qr"]').get_attribute("href")
    phone.page.goto(f"{demo.ready['sandbox']['tray']}/phone?link={link}")
    phone.page.check("#phone-yoko")
    phone.page.click("#open")
    phone.type_pin(demo.resident("yoko")["auth_pin"])
    code = phone.page.locator("#digits").inner_text()
    pc.page.reload()
    pc.page.fill("#code", code)
    pc.page.click("#next")
    pc.page.wait_for_selector("#after-digits")
    assert "カードリーダーをつないだパソコン" in pc.text
    answers = [button.get_attribute("value") for button in pc.page.locator("#question button").all()]
    assert answers == ["counter", "none"]
    keep(pc, artefacts, "question-after-digits")
    pc.page.click('button[value="none"]')
    pc.page.wait_for_selector("#consent")
    pc.consent()
    assert len(pc.number()) > 20


def keep(visitor: Visitor, artefacts: Path, name: str) -> None:
    """A picture for people to look at; axe-core finds nothing."""
    visitor.page.screenshot(path=artefacts / f"{name}.png", full_page=True)
    with_scripts: Any = visitor.profile.browser
    page = with_scripts.new_context(locale="ja-JP").new_page()
    page.set_content(visitor.page.content())
    assert Axe().run(page).response["violations"] == []
    page.context.close()
