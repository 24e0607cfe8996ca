"""A whole login at a counter in its own Chromium, on a display as wide as two screens, by keyboard alone."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.own_page import take_back
from browser.visitor import Visitor
from components.demo import IDP, Demo
from components.display import Display, display
from components.ports import free_port
from components.process import Server
from components.virtual_reader import await_condition
from playwright.sync_api import Browser, BrowserContext, Error, Page

IDP_CARD = Path(sys.executable).with_name("idp-card")
TERMINAL, PLACE = "mado-window", "本庁舎1階 市民課2番窓口"
SECONDS = 30_000


@pytest.fixture
def screens(tmp_path: Path) -> Iterator[Display]:
    """The staff's screen, 1280 pixels wide, and the resident's beside it."""
    with display(tmp_path, "2560x900") as running:
        yield running


@pytest.fixture(scope="module")
def terminal(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A terminal of the childcare service; its key file."""
    folder = tmp_path_factory.mktemp("terminal")
    key = folder / "terminal.key"
    public = subprocess.run([IDP_CARD, "counter", "key", key], capture_output=True, text=True, check=True).stdout
    (folder / "public.pem").write_text(public)
    last_day = (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011 - a month hence, in any zone
    wish = [
        "--place",
        PLACE,
        "--service",
        "childcare",
        "--last-day",
        last_day,
        "--public-key",
        folder / "public.pem",
    ]
    command = [IDP, "terminal", "enrol", TERMINAL, "--tenant", "aoba", *wish, "--data", demo.data, "--json"]
    subprocess.run([str(word) for word in command], capture_output=True, check=True, timeout=120)
    return key


class Counter:
    """The program, and whatever browser it runs just now."""

    def __init__(self, chromium: Browser, server: Server, port: int) -> None:
        self._chromium, self._server, self._port = chromium, server, port
        self._connected: Browser | None = None

    def connect(self) -> BrowserContext:
        """The profile of the browser that runs now, once both of its windows are there."""
        found: list[Browser] = []

        def tried() -> bool:
            try:
                one = self._chromium.browser_type.connect_over_cdp(f"http://127.0.0.1:{self._port}")
            except Exception:  # noqa: BLE001 it is being opened
                return False
            if one.contexts and len(one.contexts[0].pages) >= 3:
                found.append(one)
                return True
            one.close()
            return False

        await_condition(tried)
        profile = found[0].contexts[0]
        profile.set_default_timeout(SECONDS)
        return profile


def page_at(profile: BrowserContext, part: str) -> Page:
    """The page whose address has that part."""
    await_condition(lambda: any(part in page.url for page in profile.pages))
    return next(page for page in profile.pages if part in page.url)


@pytest.fixture
def counter(demo: Demo, chromium: Browser, terminal: Path, screens: Display, tmp_path: Path) -> Iterator[Counter]:
    """`idp-card counter serve` with a card on its reader, and a Chromium that tests may look into."""
    port, program = free_port(), tmp_path / "browser"
    words = f"--no-sandbox --disable-gpu --remote-debugging-port={port}"
    program.write_text(f'#!/bin/sh\nexec /usr/bin/chromium {words} "$@"\n')
    program.chmod(0o755)
    areas = ["--staff-screen", "0,0,1280,900", "--resident-screen", "1280,0,1280,900"]
    pages = ["--browser", program, "--service-page", demo.home("childcare"), *areas]
    here = ["--terminal", TERMINAL, "--key", terminal, "--place", PLACE, "--card", demo.resident("yoko")["card"]]
    command = [IDP_CARD, "counter", "serve", *here, *pages, "--dev", "--json"]
    server = Server(command, tmp_path / "serve.log", env=screens.environment)
    yield Counter(chromium, server, port)
    server.stop()


def press(page: Page, selector: str) -> None:
    """Tab to it and press Enter; nothing is clicked."""
    page.wait_for_selector(selector)
    page.bring_to_front()
    for _ in range(40):
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            page.keyboard.press("Enter")
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by Tab")


def prove(profile: BrowserContext, pin: str) -> Page:
    """From the service's button to the provider's question, on the resident's screen: that page."""
    service, staff = page_at(profile, "localhost"), page_at(profile, "/staff/")
    resident = page_at(profile, "/resident/")
    press(service, "#login")
    service.wait_for_selector('link[rel="jpki-login"]', state="attached")
    link = service.locator('link[rel="jpki-login"]').get_attribute("href")
    staff.bring_to_front()
    staff.fill("#link", str(link))
    staff.keyboard.press("Enter")
    press(resident, ".yes")
    resident.wait_for_selector("#secret:focus")
    resident.keyboard.type(pin)
    resident.keyboard.press("Tab")
    resident.keyboard.type("1234")  # for name and address, which this service asks for
    resident.keyboard.press("Enter")
    press(resident, "#go-on")
    resident.wait_for_selector("#consent")
    return resident


def next_person(counter: Counter, staff: Page) -> BrowserContext:
    """The staff press the last button: the browser is closed, and there is another."""
    with staff.expect_event("close", timeout=SECONDS), suppress(Error):  # gone before the key is up again
        press(staff, "form[action$=clear] button")
    return counter.connect()


def taken_back_at_home(demo: Demo, chromium: Browser) -> str:
    """What the same service shows to the same resident after an ordinary login; then all consent is taken back."""
    profile = chromium.new_context(locale="ja-JP")
    visitor = Visitor(demo, profile)
    visitor.open_card_page("childcare")
    visitor.read_card("yoko")
    visitor.page.wait_for_selector("#sub")
    number = visitor.number()
    take_back(visitor, "yoko", "childcare", "all")
    profile.close()
    return number


def look(page: Page, name: str, artefacts: Path) -> None:
    """A picture for people to judge, no violation, nothing that scrolls sideways."""
    page.screenshot(path=artefacts / f"counter-login-{name}.png")
    assert [one["id"] for one in Axe().run(page).response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_who_walked_away_leaves_nothing_to_agree_to(counter: Counter, demo: Demo) -> None:
    """The staff end it: the question that stands on the second screen is answered to nobody."""
    profile = counter.connect()
    resident = prove(profile, demo.resident("yoko")["auth_pin"])
    asked = resident.url
    cookies = profile.cookies()
    fresh = next_person(counter, page_at(profile, "/staff/"))
    fresh.add_cookies(
        [{k: v for k, v in one.items() if k in ("name", "value", "url", "domain", "path")} for one in cookies]
    )
    page = fresh.new_page()
    page.goto(asked)
    assert page.locator("#consent").count() == 0


def test_a_login_at_the_counter_and_the_next_person(
    counter: Counter, demo: Demo, screens: Display, chromium: Browser, artefacts: Path
) -> None:
    """Consent in large type on the second screen, the number as at home, and nothing is left for the next."""
    profile = counter.connect()
    resident = prove(profile, demo.resident("yoko")["auth_pin"])
    staff = page_at(profile, "/staff/")
    staff.get_by_text("同意を待っています").wait_for()
    look(resident, "consent", artefacts)
    look(staff, "staff-consent", artefacts)
    assert resident.locator("html.counter").count() == 1
    assert resident.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 20
    assert {screens.place(window)[0] for window in screens.windows("chromium")} == {0, 1280}
    consent = resident.url
    press(resident, '#consent button[value="allow"]')
    resident.wait_for_selector("#sub")
    shown = resident.locator("#received").inner_text()
    assert all(word in shown for word in ("見本　陽子", "見本町一丁目２－３", "counter terminal"))
    assert resident.locator("#sub").inner_text() == taken_back_at_home(demo, chromium)
    press(resident, "#again")
    resident.wait_for_selector("#over")
    staff.get_by_text("選び終わり").wait_for()
    names = {cookie["name"] for cookie in profile.cookies(demo.tenant()["issuer"])}
    assert names.isdisjoint({"aoba-sess", "aoba-seen", "aoba-lang"})
    for _ in range(2):  # back over the service's own page
        resident.go_back()
    assert resident.locator("#consent").count() == 0
    resident.goto(consent)
    assert resident.locator("h1").inner_text() == "This login is already over"
    look(resident, "over", artefacts)
    fresh = next_person(counter, staff)
    assert fresh.cookies() == []
    page_at(fresh, "/resident/").get_by_text("職員の案内をお待ちください").wait_for()
