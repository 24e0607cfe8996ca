"""A whole login by keyboard alone, on a PC and enlarged to 400 %."""

import pytest
from browser.conftest import Visit
from browser.visitor import Visitor

MOST_STEPS = 80
"""Tab presses to anything on any page."""


def press(visitor: Visitor, selector: str) -> None:
    """Tab to it and press Enter; nothing is clicked."""
    reach(visitor, selector)
    visitor.page.keyboard.press("Enter")


def reach(visitor: Visitor, selector: str) -> None:
    """Wait for the page that holds it, and tab to it."""
    visitor.page.wait_for_selector(selector)
    visitor.page.wait_for_load_state()
    for _ in range(MOST_STEPS):
        if visitor.page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
        visitor.page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by Tab")


@pytest.mark.parametrize("size", [(1100, 1000), (320, 256)])
def test_a_login_by_keyboard_alone(visit: Visit, size: tuple[int, int]) -> None:
    """From the service's button to the way back: card, PIN, and the refusal of consent."""
    visitor = visit(viewport={"width": size[0], "height": size[1]})
    visitor.open_service("parking")
    press(visitor, "#login")
    press(visitor, "#card-tray")
    press(visitor, "#card-hanako")
    reach(visitor, "#pin")
    visitor.page.keyboard.type(visitor.demo.resident("hanako")["auth_pin"])
    visitor.page.keyboard.press("Enter")
    press(visitor, '#consent button[value="deny"]')
    visitor.page.wait_for_url(lambda url: "/consent" not in url)
    assert visitor.page.url.startswith(visitor.demo.home("parking"))


def test_the_language_and_help_by_keyboard(visit: Visit) -> None:
    """Easy Japanese, without readings, then the answer about PINs."""
    visitor = visit()
    visitor.page.goto(visitor.demo.tenant()["issuer"] + "/help")
    press(visitor, 'a[hreflang="ja-simple"]')
    visitor.page.wait_for_selector("rt")
    press(visitor, "a.furigana")
    visitor.page.wait_for_selector("html:not(:has(rt))")
    press(visitor, 'main a[href$="/help/pin"]')
    visitor.page.wait_for_selector(".pins")
    assert visitor.page.locator("rt").count() == 0
