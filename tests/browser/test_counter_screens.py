"""The two screens of a counter terminal in Chromium: axe-core, 320 px, the keyboard, pictures of every state."""

import shutil
import threading

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.conftest import PATIENCE
from components.counter_desk import RESIDENT, STAFF, Counter
from components.counter_provider import CounterProvider
from components.town import Quiet
from werkzeug.serving import make_server

from connectors.card.counter import key as keys
from connectors.sandbox.world import World

SIZES = {"pc": (1100, 800), "narrow": (320, 640)}


@pytest.fixture
def counter(tmp_path, founded_world):
    """A desk on a free port, with Hanako's card on its reader and a provider that knows the terminal."""
    keys.create(tmp_path / "terminal.key")
    provider = CounterProvider(terminal=keys.load("mado-2", tmp_path / "terminal.key"))
    stop = provider.serve()
    shutil.copytree(founded_world, tmp_path / "world")
    hanako = next(r for r in World.open(tmp_path / "world").residents() if r.id == "hanako")
    made = Counter(provider, hanako.card)
    server = make_server("127.0.0.1", 0, made.screens, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    made.address = f"http://localhost:{server.server_port}"
    yield made
    server.shutdown()
    server.server_close()
    stop()


@pytest.fixture
def screens(counter, chromium):
    """The staff's and the resident's window of one browser."""
    profile = chromium.new_context(locale="ja-JP")
    profile.set_default_timeout(PATIENCE)
    staff, resident = profile.new_page(), profile.new_page()
    staff.goto(f"{counter.address}/staff/{STAFF}")
    resident.goto(f"{counter.address}/resident/{RESIDENT}")
    yield staff, resident
    profile.close()


def look(page, name, artefacts):
    """No violation, nothing scrolls sideways, a picture for people to judge; at each size."""
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=artefacts / f"counter-{name}-{size}.png", full_page=True)
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa"]}})
        assert [one["id"] for one in found.response["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_login_on_two_screens(counter, screens, artefacts):
    """Asked, agreed, a wrong PIN, done: by the keyboard where something is typed."""
    staff, resident = screens
    look(staff, "staff-idle", artefacts)
    look(resident, "resident-idle", artefacts)
    staff.fill("#link", counter.link)
    staff.keyboard.press("Enter")
    staff.get_by_text("住民が内容を確かめています").wait_for()
    resident.get_by_role("button", name="同意する").wait_for()
    look(resident, "resident-asked", artefacts)
    look(staff, "staff-asked", artefacts)
    resident.get_by_role("button", name="同意する").press("Enter")
    resident.locator("#secret").wait_for()
    look(resident, "resident-pin", artefacts)
    resident.keyboard.type("9999")
    resident.keyboard.press("Enter")
    resident.get_by_text("残りの回数: 2").wait_for()
    look(resident, "resident-wrong", artefacts)
    resident.keyboard.type("1234")
    resident.keyboard.press("Enter")
    resident.locator("#go-on").wait_for()
    look(resident, "resident-done", artefacts)
    staff.get_by_text("「続ける」を押すのを待っています").wait_for()
    look(staff, "staff-done", artefacts)


def test_a_form_on_two_screens(counter, screens, artefacts):
    """What will be read is said before anything is read."""
    staff, resident = screens
    staff.get_by_label("照合番号B").check()
    staff.get_by_role("button", name="住民の画面に出す").nth(1).click()
    resident.get_by_text("個人番号（マイナンバー）は読みません").wait_for()
    look(resident, "resident-form", artefacts)
    resident.get_by_role("button", name="やめる").click()
    resident.get_by_text("カードの中のことは").wait_for()
    look(resident, "resident-stopped", artefacts)
