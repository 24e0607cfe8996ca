"""A person at their own pages, in a real browser: in with the card, what stands there, and out."""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.conftest import Visit
from browser.visitor import Visitor

SCREENS: dict[str, dict[str, Any]] = {
    "320": {"viewport": {"width": 320, "height": 700}, "has_touch": True},
    "1100": {"viewport": {"width": 1100, "height": 1000}},
}
PAGES = (
    "",
    "/history",
    "/history/not-me",
    "/sessions",
    "/certificate",
    "/codes",
    "/codes/resident",
    "/agents",
    "/agents/offer",
    "/agents/accept",
    "/data",
    "/leaving",
)


def _enter(visitor: Visitor, resident: str) -> str:
    """From the door to the first page; its address."""
    mine = visitor.demo.tenant()["issuer"] + "/my"
    visitor.page.goto(mine)
    visitor.page.click("#my-sign-in")
    visitor.page.wait_for_selector("#card-tray")
    visitor.read_card(resident)
    visitor.page.wait_for_selector(".parts")
    return mine


def _use(visitor: Visitor, service: str, resident: str) -> None:
    """Sign in at a service."""
    visitor.open_card_page(service)
    visitor.read_card(resident)
    visitor.page.wait_for_selector("#consent, #sub")
    if visitor.page.locator("#consent").count():
        visitor.consent()
    visitor.page.wait_for_selector("#sub")


@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_of_ones_own(visit: Visit, artefacts: Path, screen: str) -> None:
    """By links alone and without JavaScript; nothing scrolls sideways, axe-core finds nothing."""
    visitor = visit("ja", java_script_enabled=screen == "1100", **SCREENS[screen])
    _use(visitor, "school", "ichiro")
    mine = _enter(visitor, "ichiro")
    for path in (*PAGES, "/services/school", "/services/school/consent", "/services/school/stop"):
        visitor.page.goto(mine + path)
        name = path.strip("/").replace("/", "-") or "home"
        visitor.page.screenshot(path=artefacts / f"my-{name}-{screen}.png", full_page=True)
        assert visitor.page.locator(".parts").count() == 1, path
        if screen == "1100":
            found = Axe().run(visitor.page).response["violations"]
            assert [f"{one['id']}: {one['nodes'][0]['html']}" for one in found] == []
            assert visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    visitor.page.goto(mine + "/sign-out")
    visitor.page.click("#out button")
    assert "閉じました" in visitor.heading
    visitor.page.goto(mine)
    assert visitor.page.locator("#my-sign-in").count() == 1


def test_a_login_elsewhere_is_seen_and_ended(visit: Visit) -> None:
    """Two browsers of one person: what one opened the other ends, and the service knows it."""
    there, here = visit(), visit()
    _use(there, "childcare", "yoko")
    mine = _enter(here, "yoko")
    here.page.goto(mine + "/sessions")
    here.page.locator(".open li", has_text="子育て").first.locator("button").click()
    assert "終わらせました" in here.text
    there.second_window(f"{mine.removesuffix('/my')}/logout")
    assert there.profile.pages[-1].locator("#sign-out").count() == 0  # nobody is signed in there any more
