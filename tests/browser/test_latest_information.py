"""The latest-information service as a resident meets it: agreed to once by signing, a move, taken back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.conftest import Visit
from browser.visitor import Visitor
from components.demo import Demo
from components.virtual_reader import await_condition

from connectors.sandbox.world import World

RESIDENT, SERVICE = "hanako", "childcare"
BEFORE, AFTER = "見本県青葉市見本町一丁目２－３", "見本県若葉市見本町一丁目２－３"
VOUCHED = "最新の利用者情報（J-LIS）"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A town of its own: somebody moves house in it."""
    running = Demo(tmp_path_factory.mktemp("latest"))
    try:
        yield running.start()
    finally:
        running.stop()


def at_j_lis(demo: Demo) -> list[str]:
    """Who agreed to what there."""
    found = World.open(demo.data / "sandbox").state.latest
    return [f"{one.resident}: {' '.join(one.items)}" for one in found]


def begin(visitor: Visitor, button: str = "#login-latest") -> None:
    """From the service's button to where the card leads, in a browser where nobody is signed in."""
    visitor.page.context.clear_cookies()
    visitor.open_service(SERVICE)
    visitor.page.click(button)
    visitor.read_card(RESIDENT)


def received(visitor: Visitor) -> str:
    """What the service shows besides the number, empty for nothing."""
    visitor.page.wait_for_selector("#sub")
    shown = visitor.page.locator("#received")
    return shown.inner_text() if shown.count() else ""


def agreed_if_asked(visitor: Visitor) -> str:
    """The same, past a page that asks whether values may be handed over."""
    visitor.page.wait_for_selector("#consent, #sub")
    if visitor.page.locator("#consent").count():
        visitor.consent()
    return received(visitor)


def agree_by_signing(visitor: Visitor) -> str:
    """From the statement to what the service shows."""
    visitor.sign(RESIDENT)
    visitor.page.wait_for_selector("#consent")
    visitor.consent()
    return received(visitor)


def test_from_the_button_through_a_move_to_the_withdrawal(visit: Visit, demo: Demo, artefacts: Path) -> None:
    """Without JavaScript: one signature; nothing new before the new certificate, the new address after it."""
    visitor = visit(java_script_enabled=False)
    page = visitor.page
    begin(visitor)
    page.wait_for_selector("#statement")
    assert all(word in visitor.text for word in ("最新の内容", "いつでも取り消せます", "負担はありません"))
    shown = agree_by_signing(visitor)
    assert all(word in shown for word in ("橋　花子", BEFORE, VOUCHED))
    number = visitor.number()
    await_condition(lambda: at_j_lis(demo) == [f"{RESIDENT}: name address birthdate gender"])

    begin(visitor)  # no signature, and nothing asked
    shown = received(visitor)
    assert all(word in shown for word in (BEFORE, VOUCHED))

    demo.control(do="move", resident=RESIDENT)
    demo.control(do="tick")
    begin(visitor)
    page.wait_for_selector("#signature")
    assert "新しい署名用電子証明書" in visitor.heading.replace("\n", "")
    page.screenshot(path=artefacts / "latest-moved.png", full_page=True)
    page.click('#signature button[value="without"]')
    shown = agreed_if_asked(visitor)  # from the card itself, for which nobody vouches
    assert (AFTER in shown, VOUCHED in shown) == (False, False)

    demo.control(do="renew", resident=RESIDENT, certificate="sign")
    demo.control(do="tick")
    begin(visitor)
    page.wait_for_selector("#consent")
    assert AFTER in visitor.text
    assert BEFORE not in visitor.text
    visitor.consent()
    shown = received(visitor)
    assert all(word in shown for word in (AFTER, VOUCHED))
    assert visitor.number() == number

    take_back(visitor)
    page.screenshot(path=artefacts / "latest-taken-back.png", full_page=True)
    await_condition(lambda: at_j_lis(demo) == [])
    begin(visitor)
    assert VOUCHED not in agreed_if_asked(visitor)


def take_back(visitor: Visitor) -> None:
    """On the resident's own page, which says until when, at what cost, and how it ends."""
    page = visitor.page
    page.click("#my-page")
    page.click("#my-sign-in")
    visitor.read_card(RESIDENT)
    page.click(f'a[href$="/services/{SERVICE}"]')
    page.click(f'a[href$="/services/{SERVICE}/consent"]')
    assert all(word in visitor.text for word in ("まで続きます", "費用はかかりません", "いつでもやめられます"))
    page.click('#withdraw button[value="latest"]')
    page.wait_for_selector("[role=status]")
    assert not visitor.shows('#withdraw button[value="latest"]')


def test_whoever_uses_the_service_already_agrees_later_by_a_link(visit: Visit) -> None:
    """The service's link asks them once, in their language; axe-core finds nothing on the way."""
    visitor = visit()
    begin(visitor, "#login")
    assert VOUCHED not in agreed_if_asked(visitor)
    visitor.page.click("#latest-again")
    visitor.read_card(RESIDENT)
    visitor.page.wait_for_selector("#statement")
    assert Axe().run(visitor.page).response["violations"] == []
    shown = agree_by_signing(visitor)
    assert all(word in shown for word in (AFTER, VOUCHED))
