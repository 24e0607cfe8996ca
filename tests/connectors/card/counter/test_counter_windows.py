"""The counter's own browser on a display as wide as two screens."""

import os
import signal
from pathlib import Path

import pytest
from components.display import Display, display
from components.serving import served
from components.virtual_reader import await_condition
from werkzeug.wrappers import Request, Response

from connectors.card.counter.windows import Area, BrowserUnusable, CounterBrowser

STAFF, RESIDENT = Area(0, 0, 1200, 780), Area(1280, 0, 1360, 800)


@pytest.fixture
def screens(tmp_path):
    """One screen of 1280 pixels beside one of 1360."""
    with display(tmp_path, "2640x800") as running:
        yield running


@pytest.fixture
def site():
    """Pages whose title is their address, and that give a cookie to whoever has none."""

    @Request.application
    def page(request):
        kept = request.cookies.get("kept", "nothing")
        answer = Response(f"<title>{request.path} {kept}</title>", mimetype="text/html")
        answer.set_cookie("kept", "something")
        return answer

    with served(page) as base:
        yield base


@pytest.fixture
def browser(tmp_path, screens, site, monkeypatch):
    """Chromium as `idp-card counter serve --browser` starts it."""
    monkeypatch.setenv("DISPLAY", screens.name)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    made = CounterBrowser(
        program=str(chromium(tmp_path)),
        pages=(f"{site}/staff", f"{site}/service"),
        resident=f"{site}/resident/secret",
        staff_area=STAFF,
        resident_area=RESIDENT,
    )
    yield made
    made.close()


def chromium(folder: Path) -> Path:
    """Chromium for a machine without a graphics card whose tests may run as root."""
    program = folder / "browser"
    program.write_text('#!/bin/sh\nexec /usr/bin/chromium --no-sandbox --disable-gpu "$@"\n')
    program.chmod(0o755)
    return program


def shown(screens: Display) -> dict[str, tuple[int, ...]]:
    """Where each window stands, by the first word of its title."""
    return {
        screens.title(window).partition(" ")[0]: screens.place(window) for window in screens.windows("chromium")
    }


def await_windows(screens: Display) -> dict[str, tuple[int, ...]]:
    """Both windows, once their pages are there."""
    await_condition(lambda: len({"/resident/secret", "/staff", "/service"} & shown(screens).keys()) == 2)
    return shown(screens)


def test_each_window_stands_on_its_screen(browser, screens):
    """The resident's without tabs or address bar, the staff's as a browser; and both again for the next person."""
    browser.open()
    first = await_windows(screens)
    assert first["/resident/secret"] == (1280, 0, 1360, 800)
    assert next(place for title, place in first.items() if title != "/resident/secret") == (0, 0, 1200, 780)
    browser.renew()
    assert await_windows(screens)["/resident/secret"] == (1280, 0, 1360, 800)


def test_nothing_of_a_person_is_left(browser, screens, tmp_path):
    """The profile is another, and the one before is gone from the disk: a page meets no cookie of its own."""
    browser.open()
    await_windows(screens)
    profile = next(tmp_path.glob("idp-counter-*"))
    browser.renew()
    await_windows(screens)
    assert not profile.exists()
    await_condition(
        lambda: any("/resident/secret nothing" in screens.title(w) for w in screens.windows("chromium"))
    )
    browser.close()
    assert list(tmp_path.glob("idp-counter-*")) == []


def test_a_browser_that_was_closed_is_opened_for_the_next_person(browser, screens):
    """Whoever closed the windows, or however it ended."""
    browser.open()
    await_windows(screens)
    os.kill(browser._process.pid, signal.SIGKILL)
    browser.renew()
    await_windows(screens)


@pytest.mark.parametrize("text", ["", "1,2,3", "0,0,0,0", "a,b,c,d", "1,2,3,4,5", "0,0,100,100\n", "1;2;300;400"])
def test_what_is_no_area(text):
    """Said before anything is started."""
    with pytest.raises(BrowserUnusable):
        Area.parse(text)


def test_areas_left_of_the_first_screen():
    """A screen may stand left of the first, or above it."""
    assert Area.parse("-1280,-200,1280,1024") == Area(-1280, -200, 1280, 1024)


def test_a_program_that_is_none(browser):
    """One sentence."""
    browser.program = "/nothing/here"
    with pytest.raises(BrowserUnusable, match="cannot be started"):
        browser.open()
