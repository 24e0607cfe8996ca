"""Debian's Chromium, driven headless against one demo; every test opens browsers of its own in it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from browser.findings import Findings
from browser.visitor import Visitor
from components.demo import Demo
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 60_000
"""Milliseconds for what does come on a machine that halts for a while; nothing waits for it in vain."""
LOCALES = {"ja": "ja-JP", "en": "en-GB"}

Visit = Callable[..., Visitor]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The sample town, shared: a test that gives consent does so with a resident whom no other test uses."""
    running = Demo(tmp_path_factory.mktemp("demo"))
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser program."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def visit(demo: Demo, chromium: Browser) -> Iterator[Visit]:
    """Make a visitor with a browser profile of their own: nothing is shared between two."""
    profiles: list[BrowserContext] = []

    def make(language: str = "ja", **options: Any) -> Visitor:
        profile = chromium.new_context(locale=LOCALES[language], **options)
        profile.set_default_timeout(PATIENCE)
        profiles.append(profile)
        return Visitor(demo, profile)

    yield make
    for profile in profiles:
        profile.close()


@pytest.fixture(scope="session")
def findings(chromium: Browser, artefacts: Path) -> Iterator[Findings]:
    """What the accessibility runs find; written where a new statement may be copied from."""
    gathered = Findings(browser=f"Chromium {chromium.version.partition('.')[0]}")
    yield gathered
    gathered.write(artefacts / "accessibility.json", datetime.now(UTC).date())


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where pictures are kept for people to look at; not under version control."""
    folder = Path(__file__).parents[1] / "artefacts"
    folder.mkdir(exist_ok=True)
    return folder
