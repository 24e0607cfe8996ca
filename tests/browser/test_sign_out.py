"""One card, several services, and out again: what a person sees of single sign-on, step-up and logging out."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.conftest import Visit
from browser.visitor import Visitor

SCREENS: dict[str, dict[str, Any]] = {
    "390": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
    "1100": {"viewport": {"width": 1100, "height": 1000}},
}
NEXT = "#card-tray, #consent, #sub"


def _enter(visitor: Visitor, service: str, resident: str) -> bool:
    """Press "log in" at a service and do what is asked; whether a card was."""
    visitor.open_service(service)
    visitor.page.click("#login")
    visitor.page.wait_for_selector(NEXT)
    with_card = visitor.page.locator("#card-tray").count() > 0
    if with_card:
        visitor.read_card(resident)
        visitor.page.wait_for_selector("#consent, #sub")
    if visitor.page.locator("#consent").count():
        visitor.consent()
    visitor.page.wait_for_selector("#sub")
    return with_card


def _is_signed_in(visitor: Visitor, service: str) -> bool:
    visitor.open_service(service)
    return visitor.page.locator("#sub").count() > 0


def _keep(visitor: Visitor, artefacts: Path, name: str) -> None:
    """Its picture, no violation that axe-core finds, and nothing that scrolls sideways."""
    visitor.page.screenshot(path=artefacts / f"{name}.png", full_page=True)
    found = Axe().run(visitor.page).response["violations"]
    assert [f"{one['id']}: {one['nodes'][0]['html']}" for one in found] == []
    assert visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def _again(visitor: Visitor, service: str) -> str:
    """Where the service sends people whom it wants to prove themselves anew."""
    registered = next(one for one in visitor.demo.tenant()["services"] if one["id"] == service)
    asked = {
        "response_type": "code",
        "client_id": registered["client_id"],
        "redirect_uri": registered["redirect_uris"][0],
        "scope": "openid",
        "prompt": "login",
    }
    return f"{visitor.demo.tenant()['issuer']}/authorize?{urlencode(asked)}"


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_in_with_one_card_and_out_everywhere(visit: Visit, artefacts: Path, language: str, screen: str) -> None:
    """Two services with one card; a third page that wants the card again; out at one, and the other knows."""
    visitor = visit(language, **SCREENS[screen])
    assert _enter(visitor, "childcare", "hanako")
    assert not _enter(visitor, "school", "hanako")
    visitor.page.goto(_again(visitor, "school"))
    assert visitor.page.locator("#card-tray").count() == 1
    _keep(visitor, artefacts, f"step-up-{language}-{screen}")
    visitor.open_service("school")
    visitor.page.click("#logout")
    visitor.page.wait_for_selector("#sign-out")
    _keep(visitor, artefacts, f"sign-out-{language}-{screen}")
    visitor.page.click('#sign-out button[value="leave"]')
    visitor.page.wait_for_selector(".told li")
    _keep(visitor, artefacts, f"signed-out-telling-{language}-{screen}")
    visitor.page.wait_for_selector(".told li.is-told >> nth=1")
    visitor.page.wait_for_selector("#waiting", state="detached")
    _keep(visitor, artefacts, f"signed-out-{language}-{screen}")
    visitor.page.click("#back")
    assert visitor.page.url == visitor.demo.home("school")
    assert not _is_signed_in(visitor, "school")
    assert not _is_signed_in(visitor, "childcare")
    assert _enter(visitor, "childcare", "hanako")


def test_out_without_javascript(visit: Visit) -> None:
    """The page that shows who was told reloads by itself."""
    visitor = visit(java_script_enabled=False)
    _enter(visitor, "childcare", "hanako")
    _enter(visitor, "school", "hanako")
    visitor.page.click("#logout")
    visitor.page.click('#sign-out button[value="leave"]')
    visitor.page.wait_for_selector(".told li.is-told >> nth=1")
    visitor.page.click("#back")
    assert not _is_signed_in(visitor, "childcare")


def test_a_person_may_stay(visit: Visit) -> None:
    """The service has forgotten them, the login goes on: the next press of the button needs no card."""
    visitor = visit()
    _enter(visitor, "school", "hanako")
    visitor.page.click("#logout")
    visitor.page.click('#sign-out button[value="stay"]')
    visitor.page.wait_for_selector("#login")
    assert not _enter(visitor, "school", "hanako")


def test_at_a_shared_computer_every_login_needs_the_card(visit: Visit, artefacts: Path) -> None:
    """Chosen with a button of the card page, which then says so."""
    visitor = visit("ja", **SCREENS["390"])
    visitor.open_card_page("childcare")
    visitor.page.click("#shared-computer")
    visitor.page.wait_for_selector("#own-computer")
    _keep(visitor, artefacts, "shared-computer-ja-390")
    visitor.read_card("hanako")
    visitor.page.wait_for_selector("#consent, #sub")
    if visitor.page.locator("#consent").count():
        assert visitor.page.locator("#shared-computer").is_checked()
        visitor.consent()
    visitor.page.wait_for_selector("#sub")
    assert _enter(visitor, "school", "hanako")
