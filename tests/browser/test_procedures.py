"""The ways without an account, from the sample service: two numbers (way 1), a signed application (way 3)."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.conftest import Visit
from browser.visitor import Visitor
from components.demo import Demo
from components.signed import Signer, cms
from playwright.sync_api import Page

SERVICE = "parking"
PLAIN = {"java_script_enabled": False}


@pytest.fixture
def at_service(visit: Visit) -> Visitor:
    """Somebody at the service, in a narrow window."""
    visitor = visit(viewport={"width": 320, "height": 800})
    visitor.open_service(SERVICE)
    return visitor


def looked_at(visitor: Visitor, name: str, artefacts: Path) -> None:
    """A picture of the service's page; nothing sideways, no violation of axe-core's, no button of one colour.

    axe-core takes letters of the colour behind them for hidden on purpose.
    """
    visitor.page.screenshot(path=artefacts / f"sample-{name}.png", full_page=True)
    found = Axe().run(visitor.page).response["violations"]
    assert [f"{one['id']}: {one['nodes'][0]['html']}" for one in found] == []
    assert visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    colours = "all => all.map(one => getComputedStyle(one)).map(how => [how.color, how.backgroundColor])"
    assert [pair for pair in visitor.page.locator(".button").evaluate_all(colours) if pair[0] == pair[1]] == []


def asked(page: Page, arrival: str, inquiry: str) -> str:
    """What the municipality's page says to both numbers."""
    page.fill("#arrival-number", arrival)
    page.fill("#inquiry-number", inquiry)
    page.click("#next")
    return page.locator("h1").inner_text()


def test_two_numbers_instead_of_a_login(at_service: Visitor, artefacts: Path) -> None:
    """Way 1: handed in without a name; both numbers tell how far it is, before and after the review began."""
    visitor, page = at_service, at_service.page
    looked_at(visitor, "home", artefacts)
    page.click("#procedure-report")
    looked_at(visitor, "report", artefacts)
    page.click("#send")
    arrival, inquiry = (page.locator(f"#{name}-number").inner_text() for name in ("arrival", "inquiry"))
    looked_at(visitor, "receipt", artefacts)
    with page.expect_popup() as opened:  # the numbers stay in sight
        page.click("#ask")
    window = opened.value
    assert asked(window, arrival, inquiry) == "受け付けました"
    assert "放置自転車の知らせ" in window.locator("main").inner_text()
    page.click("#review")
    page.wait_for_selector("#reviewed")
    window.click("#again")
    assert "審査" in asked(window, arrival, inquiry)
    assert "現地を確かめています" in window.locator("#note").inner_text()
    window.click("#again")
    asked(window, arrival, "0000-0000-0000-0000")
    window.wait_for_selector("#receipts-problem")


def test_an_application_is_signed_in_a_login(at_service: Visitor, artefacts: Path) -> None:
    """Way 3: the service's digits are those of the page where it is signed, and the ID token says them."""
    visitor, page = at_service, at_service.page
    page.click("#procedure-refund")
    page.fill("#content", "東口第一駐輪場の4月分を返してください。")
    page.click("#finish")
    looked_at(visitor, "application", artefacts)
    assert "4月分を返してください" in page.locator("#document").inner_text()
    digest = page.locator("#digest").inner_text()
    assert re.fullmatch(r"([0-9a-f]{4} ){15}[0-9a-f]{4}", digest)
    page.click("#sign-application")
    visitor.read_card("midori")
    page.wait_for_selector("#statement")
    assert digest in " ".join(page.locator(".statement").inner_text().split())
    visitor.sign("midori")
    page.wait_for_selector("#consent")
    visitor.consent()
    page.wait_for_selector("#signed-application")
    assert page.locator("#procedure").inner_text() == "定期利用料の払戻し"
    assert page.locator("#signed-digest").inner_text() == digest
    assert page.locator("#same-person").inner_text() == "はい"
    looked_at(visitor, "signed", artefacts)
    page.click("#logout")
    visitor.open_service(SERVICE)
    page.goto(visitor.demo.home(SERVICE) + "application")
    assert page.locator("#document").count() == 0  # whoever comes next reads nothing of it


def test_who_does_not_sign_has_no_signed_application(visit: Visit) -> None:
    """Without JavaScript: the login goes on without, and the service says nothing of a signature."""
    visitor = visit(**PLAIN)
    page = visitor.page
    visitor.open_service(SERVICE)
    page.click("#procedure-refund")
    page.click("#finish")
    page.click("#sign-application")
    visitor.read_card("aoi")
    page.click("#unsigned")
    page.click('#signature button[value="without"]')
    page.wait_for_selector("#consent")
    visitor.consent()
    assert page.locator("#procedure").inner_text() == "定期利用料の払戻し"
    assert page.locator("#signed-application").count() == 0


def signer(demo: Demo, resident: str) -> Signer:
    """The resident's signature certificate and key, for a program that is not ours."""
    folder = Path(demo.resident(resident)["auth_certificate"]).parent
    return Signer(folder / f"{resident}-sign.pem", folder / f"{resident}-sign.key")


def test_a_signed_file_is_judged_and_reported(at_service: Visitor, tmp_path: Path, artefacts: Path) -> None:
    """Way 3 without a login: signed by OpenSSL beside the saved application; altered and revoked: not taken."""
    visitor, page = at_service, at_service.page
    page.click("#procedure-refund")
    page.click("#finish")
    with page.expect_download() as saved:
        page.click("#download")
    document = Path(saved.value.path()).read_bytes()
    assert document.decode() == page.locator("#document").text_content()
    assert verdict(visitor, tmp_path, cms(signer(visitor.demo, "midori"), document)) == "署名を確かめました"
    report = page.locator("#report").inner_text()
    assert all(words in report for words in ("署名用電子証明書", "電子署名及び認証業務に関する法律"))
    assert "みどり" not in report
    looked_at(visitor, "verified", artefacts)
    arrival, inquiry = (page.locator(f"#{name}-number").inner_text() for name in ("arrival", "inquiry"))
    with page.expect_popup() as opened:
        page.click("#ask")
    assert asked(opened.value, arrival, inquiry) == "受け付けました"
    altered = cms(signer(visitor.demo, "midori"), document + b"!")
    assert verdict(visitor, tmp_path, altered) == "この署名では受け付けられません"
    moved = cms(signer(visitor.demo, "jun"), document)  # whose certificate is revoked
    assert verdict(visitor, tmp_path, moved) == "この署名では受け付けられません"
    assert "失効" in page.locator("#report").inner_text()
    assert page.locator("#arrival-number").count() == 0
    looked_at(visitor, "not-verified", artefacts)
    assert verdict(visitor, tmp_path, b"no signature at all") == "ファイルを読み取れませんでした"


def verdict(visitor: Visitor, folder: Path, signed: bytes) -> str:
    """What the service says to a file that is handed in beside its application."""
    (folder / "signed").write_bytes(signed)
    visitor.page.goto(visitor.demo.home(SERVICE) + "documents")
    visitor.page.set_input_files("#file", folder / "signed")
    visitor.page.check("#beside")
    visitor.page.click("#send")
    return visitor.heading
