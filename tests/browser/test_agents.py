"""From the sample service's button to its token with `act`: a mandate made, taken up, used, seen and ended."""

import time
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from browser.conftest import Visit
from browser.visitor import Visitor

SERVICE = "school"
PRINCIPAL, AGENT = "hinata", "aoi"
TOLD_SECONDS = 60
"""Far over the delay after which the demo tells services."""
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def _enter(visitor: Visitor, resident: str, path: str) -> None:
    """To a page of somebody's own, with the card."""
    visitor.page.goto(f"{visitor.demo.tenant()['issuer']}/my{path}")
    visitor.page.click("#my-sign-in")
    visitor.page.wait_for_selector("#card-tray")
    visitor.read_card(resident)
    visitor.page.wait_for_selector(".parts")


def _keep(visitor: Visitor, artefacts: Path, name: str) -> None:
    """Its picture, no violation that axe-core finds, and nothing that scrolls sideways."""
    visitor.page.screenshot(path=artefacts / f"agents-{name}.png", full_page=True)
    found = Axe().run(visitor.page).response["violations"]
    assert [f"{one['id']}: {one['nodes'][0]['html']}" for one in found] == []
    assert visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_mandate_from_the_button_to_the_token_and_its_end(visit: Visit, artefacts: Path) -> None:
    """Hinata lets Aoi act at the school office, which knows both by its own numbers until Hinata ends it."""
    principal, agent = visit("ja", **PHONE), visit("ja")
    _enter(principal, PRINCIPAL, "/agents/offer")
    _keep(principal, artefacts, "offer")
    principal.page.fill("#label", "姉")
    principal.page.check(f'input[name="service"][value="{SERVICE}"]')
    principal.page.check('input[name="times"][value="often"]')
    principal.page.click("#next")
    code = principal.page.locator("#code").inner_text()
    _keep(principal, artefacts, "code")

    _enter(agent, AGENT, "/agents/accept")
    agent.page.fill("#code", code.lower().replace("-", " "))
    agent.page.click("#next")
    _keep(agent, artefacts, "terms")
    agent.page.fill("#label", "妹のひなた")
    agent.page.click("#next")
    assert "代理を引き受けました" in agent.text

    agent.open_service(SERVICE)
    agent.page.click("#login-agent")
    agent.page.wait_for_selector("#by-agent")
    agent.read_card(AGENT)
    agent.page.wait_for_selector("#for-whom")
    _keep(agent, artefacts, "for-whom")
    agent.page.get_by_role("button", name="妹のひなた").click()
    agent.page.wait_for_selector("#acting")
    assert "「妹のひなた」の代理として手続をしています" in agent.text
    _keep(agent, artefacts, "consent")
    agent.consent()
    agent.page.wait_for_selector("#act")
    acted_for, acting = agent.number(), agent.page.locator("#act").inner_text()
    assert acted_for != acting

    principal.page.goto(f"{principal.demo.tenant()['issuer']}/my/agents")
    assert "学" in principal.text
    _keep(principal, artefacts, "seen")
    principal.page.locator('button[name="end"]').click()
    assert "代理を終わらせました" in principal.text
    ends = time.monotonic() + TOLD_SECONDS
    while agent.page.locator("#login").count() == 0:
        assert time.monotonic() < ends, "the service was not told"
        agent.open_service(SERVICE)
    agent.page.click("#login-agent")
    agent.page.wait_for_selector("#card-tray")
    agent.read_card(AGENT)
    agent.page.wait_for_selector("#for-whom")
    assert "代理できる方がいません" in agent.heading
    _keep(agent, artefacts, "nobody")
    agent.page.click('button[value="leave"]')
    agent.page.wait_for_url(lambda url: "/for" not in url)

    alone = visit("ja")
    alone.open_service(SERVICE)
    alone.page.click("#login")
    alone.page.wait_for_selector("#card-tray")
    alone.read_card(AGENT)
    alone.page.wait_for_selector("#consent, #sub")
    if alone.page.locator("#consent").count():
        alone.consent()
    assert alone.number() == acting
