"""Every state of every resident's page, in every language and size: axe-core, keyboard, 400 % zoom, pictures.

At small scale each state is seen once, language and size taking turns; at full scale in all of them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.findings import Findings
from components.page_states import every_state
from components.scale import scaled
from components.stage import LANGUAGES, Stage
from playwright.sync_api import Browser

SCREENS: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
    "pc": {"viewport": {"width": 1100, "height": 1000}},
    "zoom": {"viewport": {"width": 320, "height": 256}},
}
"""`zoom`: 1280 by 1024 enlarged to 400 %, WCAG 2.2, success criterion 1.4.10."""
STATES = {state[0]: state for state in every_state()}
ALL = [(name, language, screen) for name in STATES for language in LANGUAGES for screen in SCREENS]
FEW = [name for turn, name in enumerate(STATES) if turn % 4 == 0 or not name.startswith(("refused ", "error "))]
"""States of one template that differ in words alone are thinned out."""
TURNS = [(name, LANGUAGES[turn % 3], list(SCREENS)[turn // 3 % 3]) for turn, name in enumerate(FEW)]
LONGEST_WALK = 60
"""Tab presses; no page has as many stops."""


@pytest.fixture(scope="module")
def stages(chromium: Browser) -> Iterator[dict[str, Stage]]:
    """One for each size of screen."""
    contexts = {name: chromium.new_context(locale="ja-JP", **options) for name, options in SCREENS.items()}
    yield {name: Stage(context) for name, context in contexts.items()}
    for context in contexts.values():
        context.close()


@pytest.mark.parametrize(("name", "language", "screen"), scaled(TURNS, ALL))
def test_a_state_is_accessible_and_fits(
    stages: dict[str, Stage], findings: Findings, artefacts: Path, name: str, language: str, screen: str
) -> None:
    """axe-core finds no violation, nothing scrolls sideways, and its picture is kept."""
    page = stages[screen].show(STATES[name], language)
    folder = artefacts / "states"
    folder.mkdir(exist_ok=True)
    page.screenshot(
        path=folder / f"{name.replace(' ', '-').replace(',', '')}-{language}-{screen}.png", full_page=True
    )
    assert findings.add(name, screen, Axe().run(page).response) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    findings.zoomed += screen == "zoom"


@pytest.mark.parametrize("name", scaled(FEW, list(STATES)))
def test_everything_is_reached_by_keyboard(stages: dict[str, Stage], findings: Findings, name: str) -> None:
    """Tab stops at every link, button and field in the order of the page, visibly, and leaves the page again.

    Of radio buttons the chosen one is a stop; arrows lead to the others.
    """
    page = stages["phone"].show(STATES[name], "ja")
    page.evaluate("document.body.tabIndex = -1; document.body.focus()")
    wanted = page.evaluate(
        """(stops) => [...document.querySelectorAll(stops)].filter((one) => one.checkVisibility())
              .filter((one) => one.type !== "radio" || one.checked)
          .map((one, at) => { one.dataset.stop = at; return String(at); })""",
        "a[href], button, input:not([type=hidden]), summary, pre[tabindex]",
    )
    met = []
    for _ in range(LONGEST_WALK):
        page.keyboard.press("Tab")
        stop, ring = page.evaluate(
            """() => { const one = document.activeElement;
              return [one.dataset.stop ?? null, parseFloat(getComputedStyle(one).outlineWidth)]; }"""
        )
        if stop is None or stop in met:
            break
        assert ring >= 2, "the focus cannot be seen"
        met.append(stop)
    assert met == wanted
    findings.keyboard.add(name)
