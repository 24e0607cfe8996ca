"""The offline collector: one file in a browser without network, from the first record to the deletion."""

import csv
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.conftest import PATIENCE
from components.demo import IDP, Demo
from playwright.sync_api import Browser, BrowserContext, Page, expect

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
PC = {"viewport": {"width": 1100, "height": 1000}}
SCREENS: dict[str, dict[str, Any]] = {
    "ja-phone": PHONE,
    "ja-pc": PC,
    "en-phone": PHONE,
    "ja-phone-dark": {**PHONE, "color_scheme": "dark"},
}


def idp(*words: object) -> subprocess.CompletedProcess[str]:
    """A command with --json."""
    return subprocess.run([IDP, *map(str, words), "--json"], capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def page_file(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a municipality, as its office writes it for a tablet."""
    folder = tmp_path_factory.mktemp("collect")
    key, page = folder / "key.json", folder / "collect.html"
    assert idp("collect", "key", "--tenant", "aoba", "--data", demo.data, "--out", key).returncode == 0
    assert idp("collect", "page", "--key", key, "--out", page).returncode == 0
    return page


@pytest.fixture
def tablet(chromium: Browser):
    """Make browsers that have no network; what a page asks of it or complains about fails the test."""
    made: list[BrowserContext] = []
    complaints: list[str] = []

    def make(**options: Any) -> BrowserContext:
        context = chromium.new_context(locale="ja-JP", offline=True, accept_downloads=True, **options)
        context.set_default_timeout(PATIENCE)
        context.on("request", lambda request: _keep(complaints, request.url, request.url.startswith("file:")))
        context.on("console", lambda message: _keep(complaints, message.text, message.type != "error"))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()
    assert complaints == []


def opened(context: BrowserContext, file: Path) -> Page:
    """The page, open."""
    page = context.new_page()
    page.goto(file.as_uri())
    expect(page.locator("#usable")).to_be_visible()
    return page


def _keep(complaints: list[str], what: str, allowed: bool) -> None:
    if not allowed and not what.startswith("blob:"):
        complaints.append(what)


def record(page: Page, serial: str, place: str = "青葉小学校 体育館") -> None:
    """Type and press."""
    page.fill("#place", place)
    page.fill("#serial", serial)
    page.click("#entry button")


def exported(page: Page, to: Path) -> Path:
    """Write the file."""
    with page.expect_download() as download:
        page.click("#export")
    download.value.save_as(to / download.value.suggested_filename)
    return to / download.value.suggested_filename


def test_records_made_without_network_are_verified_later(tablet, page_file, demo, tmp_path):
    """Typed in hexadecimal and decimal, exported, opened by the municipality: all are there, with their places."""
    page = opened(tablet(), page_file)
    record(page, "1A:2B 3C")
    expect(page.locator("#said")).to_have_text("1 件目を記録しました。")
    page.check("input[value=signature]")
    page.check("input[value=decimal]")
    record(page, "255", place="公民館 <b>")
    expect(page.locator("#count")).to_have_text("2")
    file = exported(page, tmp_path)
    assert file.name.endswith("-2.jwel")
    assert "1a2b3c" not in file.read_text(encoding="ascii")
    result = tmp_path / "result.csv"
    found = idp("collect", "verify", file, "--tenant", "aoba", "--data", demo.data, "--out", result)
    counts = json.loads(found.stdout)
    assert (counts["records"], counts["broken_lines"], counts["missing_lines"]) == (2, 0, 0), found.stderr
    rows = list(csv.DictReader(result.read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["kind"], row["serial"], row["place"]) for row in rows] == [
        ("user", "1a2b3c", "青葉小学校 体育館"),
        ("signature", "ff", "公民館 <b>"),
    ]


def test_wrong_and_repeated_numbers_are_not_recorded(tablet, page_file):
    """The form says what is wrong, in words and to programs that read aloud."""
    page = opened(tablet(), page_file)
    record(page, "1a", place=" ")
    expect(page.locator("#said")).to_have_text("場所を書いてください。")
    for serial in ("", "0", "xyz", "-1", "8" + "0" * 39):
        record(page, serial)
        expect(page.locator("#serial")).to_have_attribute("aria-invalid", "true")
        expect(page.locator("#serial")).to_be_focused()
    record(page, "00ff")
    expect(page.locator("#serial")).to_have_value("")
    record(page, "0xFF")
    expect(page.locator("#said")).to_have_text("この番号はすでに記録しました。")
    expect(page.locator("#count")).to_have_text("1")


def test_records_outlive_the_page_and_are_deleted_only_after_export(tablet, page_file, tmp_path):
    """Closed and opened again they are counted; deletion is offered after an export of all of them."""
    context = tablet()
    page = opened(context, page_file)
    record(page, "1")
    record(page, "2")
    expect(page.locator("#count")).to_have_text("2")
    number = page.text_content("#file")
    page.close()
    page = opened(context, page_file)
    expect(page.locator("#count")).to_have_text("2")
    expect(page.locator("#removal")).to_be_hidden()
    assert page.text_content("#file") == number
    exported(page, tmp_path)
    expect(page.locator("#remove")).to_be_disabled()
    record(page, "3")
    expect(page.locator("#removal")).to_be_hidden()
    exported(page, tmp_path)
    page.check("#confirmed")
    page.click("#remove")
    expect(page.locator("#count")).to_have_text("0")
    assert page.text_content("#file") != number
    expect(page.locator("#removal")).to_be_hidden()


def test_what_the_browser_keeps_is_encrypted(tablet, page_file):
    """IndexedDB holds lines, a random number, and no serial number."""
    page = opened(tablet(), page_file)
    record(page, "c0ffee1234", place="避難所カナリア")
    expect(page.locator("#count")).to_have_text("1")
    kept = page.evaluate(
        """async () => {
          const ended = (request) => new Promise((done) => { request.onsuccess = () => done(request.result); });
          const [{ name }] = await indexedDB.databases();
          const database = await ended(indexedDB.open(name));
          const stores = [...database.objectStoreNames];
          const all = stores.map((store) => ended(database.transaction(store).objectStore(store).getAll()));
          const others = [localStorage.length, sessionStorage.length, document.cookie];
          return JSON.stringify([await Promise.all(all), ...others]);
        }"""
    )
    (lines, state), *others = json.loads(kept)
    assert lines[0].count(".") == 4
    assert [len(one) for one in state] == [32]
    assert others == [0, 0, ""]
    assert "c0ffee1234" not in kept
    assert "カナリア" not in kept


def test_two_open_pages_share_one_file(tablet, page_file, tmp_path, demo):
    """Both take numbers from one sequence; neither overwrites the other's record."""
    context = tablet()
    one, other = opened(context, page_file), opened(context, page_file)
    record(one, "1")
    expect(one.locator("#count")).to_have_text("1")
    record(other, "2")
    expect(other.locator("#count")).to_have_text("2")
    record(one, "3")
    expect(one.locator("#count")).to_have_text("3")
    file = exported(other, tmp_path)
    counts = json.loads(idp("collect", "verify", file, "--tenant", "aoba", "--data", demo.data).stdout)
    assert (counts["records"], counts["duplicate_lines"], counts["conflicting_lines"]) == (3, 0, 0)


ONE_COMMITTED_WHILE_THE_OTHER_IS_SEALED = """() => {
  const encrypt = crypto.subtle.encrypt.bind(crypto.subtle), counted = document.getElementById("count");
  let calls = 0;
  const until = async (held) => { while (!held()) await new Promise((done) => setTimeout(done, 5)); };
  crypto.subtle.encrypt = async (...given) => {
    const call = ++calls, secret = await encrypt(...given);
    if (call === 1) await until(() => calls > 1);
    if (call === 2) await until(() => counted.textContent === "1");
    return secret;
  };
}"""


def test_a_record_made_while_another_is_stored_has_a_place_of_its_own(tablet, page_file, tmp_path, demo):
    """Two typed so fast that both are sealed for the first place: the later one is sealed anew for the second."""
    page = opened(tablet(), page_file)
    page.evaluate(ONE_COMMITTED_WHILE_THE_OTHER_IS_SEALED)
    record(page, "1")
    record(page, "2")
    expect(page.locator("#count")).to_have_text("2")
    file = exported(page, tmp_path)
    counts = json.loads(idp("collect", "verify", file, "--tenant", "aoba", "--data", demo.data).stdout)
    places = (counts["duplicate_lines"], counts["conflicting_lines"], counts["missing_lines"])
    assert (counts["records"], places) == (2, (0, 0, 0))


@pytest.mark.parametrize("screen", SCREENS)
def test_the_page_is_accessible_and_fits(tablet, page_file, artefacts, tmp_path, screen):
    """axe-core finds no violation, nothing scrolls sideways, and its pictures are kept."""
    page = opened(tablet(**SCREENS[screen]), page_file)
    if screen.startswith("en"):
        page.click("button[lang=en]")
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.locator("h1")).to_have_text("Record a certificate's number")
    page.screenshot(path=artefacts / f"collect-{screen}.png", full_page=True)
    record(page, "1a2b3c")
    expect(page.locator("#count")).to_have_text("1")
    exported(page, tmp_path)
    page.check("#confirmed")
    page.screenshot(path=artefacts / f"collect-exported-{screen}.png", full_page=True)
    violations = Axe().run(page).response["violations"]
    assert [f"{one['id']}: {one['nodes'][0]['html']}" for one in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
