"""Every page on a phone and on a PC, in both languages: a picture for people to judge, and axe-core's findings.

At small scale each page is seen on two screens, which take turns; at full scale on all.
"""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.conftest import Visit
from browser.views import VIEWS
from browser.visitor import Visitor
from components.scale import scaled

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
PC = {"viewport": {"width": 1100, "height": 1000}}
SCREENS: dict[str, tuple[str, dict[str, Any]]] = {
    "ja-phone": ("ja", PHONE),
    "ja-pc": ("ja", PC),
    "en-phone": ("en", PHONE),
    "en-pc": ("en", PC),
    "ja-phone-dark": ("ja", {**PHONE, "color_scheme": "dark"}),
}
ALL = [(view, screen) for view in VIEWS for screen in SCREENS]
TURNS = [pair for turn, pair in enumerate(ALL) if turn % 5 in (turn // 5 % 5, (turn // 5 + 2) % 5)]


@pytest.mark.parametrize(("view", "screen"), scaled(TURNS, ALL))
def test_a_page_is_accessible_and_fits(visit: Visit, artefacts: Path, view: str, screen: str) -> None:
    """axe-core finds no violation, the page does not scroll sideways, and its picture is kept."""
    language, options = SCREENS[screen]
    visitor = visit(language, **options)
    VIEWS[view](visitor)
    visitor.page.screenshot(path=artefacts / f"{view}-{screen}.png", full_page=True)
    assert _violations(visitor) == []
    assert visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert visitor.page.locator("html").get_attribute("lang") == language


@pytest.mark.parametrize("view", scaled(["card", "tray", "consent"], list(VIEWS)))
def test_a_page_fits_a_phone_whose_text_is_twice_as_large(visit: Visit, view: str) -> None:
    """To the page that is a phone of half the width: nothing scrolls sideways, no words stand letter by letter."""
    visitor = visit(viewport={"width": 180, "height": 320})
    VIEWS[view](visitor)
    assert visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    values = visitor.page.locator(".asking dd").evaluate_all("found => found.map(one => one.clientWidth)")
    assert all(width > 80 for width in values), values


def _violations(visitor: Visitor) -> list[str]:
    """Rule, then the first place where it is broken."""
    found = Axe().run(visitor.page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']} {one['nodes'][0]['failureSummary']}" for one in found]
