"""Where name and address come from, each from the service's button to its claims and to their withdrawal.

At the counter: `test_counter_login.py`; the latest-information service: `test_latest_information.py`.
"""

import json
import subprocess
from pathlib import Path

from browser.conftest import Visit
from browser.own_page import received, take_back, told
from components.stock_client import IDP_CARD
from components.virtual_reader import await_condition

SERVICE = "childcare"


def test_read_from_ones_own_card(visit: Visit) -> None:
    """Nobody vouches for it; an item that was taken back is received no more, and the service hears of it."""
    visitor = visit()
    visitor.open_card_page(SERVICE)
    visitor.read_card("hinata")
    visitor.page.wait_for_selector("#consent")
    assert "見本　ひなた" in visitor.text
    visitor.consent()
    shown = visitor.page.locator("#received").inner_text()
    assert all(word in shown for word in ("見本　ひなた", "見本町一丁目２－３", "1999-09-09", "女"))
    assert "確かめられた方法" not in shown
    take_back(visitor, "hinata", SERVICE, "gender")
    after = received(visitor)
    assert ("見本　ひなた" in after, "女" in after) == (True, False)
    await_condition(lambda: told(visitor, SERVICE) == ["consent-withdrawn"])


def test_read_by_the_card_program_with_the_pin_for_input_support(visit: Visit, tmp_path: Path) -> None:
    """`idp-card` reads the card's memory while the browser waits; what is open there reaches no service."""
    waiting = visit()
    waiting.open_card_page(SERVICE)
    jun = waiting.demo.resident("jun")
    (tmp_path / "pins").write_text(f"{jun['auth_pin']}\n1234\n")
    words = ("--dev", "--no-open", "--json", "--card", jun["card"], "--pin-file", tmp_path / "pins")
    command = [str(word) for word in (IDP_CARD, "login", waiting.link(), *words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    visitor = waiting.second_window(json.loads(done.stdout)["return_url"])
    visitor.page.wait_for_selector("#consent")
    visitor.consent()
    shown = visitor.page.locator("#received").inner_text()
    assert all(word in shown for word in ("見本　じゅん", "見本県若葉市見本町一丁目２－３", "1988-10-10"))
    assert "性別" not in shown  # neither man nor woman stands on this card
    assert visitor.page.locator("#signature").inner_text() == "失効（氏名・住所などの変更）"
    take_back(visitor, "jun", SERVICE, "all")
    assert received(visitor).startswith("もう受け取れません")


def test_vouched_for_by_the_signature_certificate(visit: Visit) -> None:
    """Without JavaScript: signed for, told who vouches; after all was taken back only the number is left."""
    visitor = visit(java_script_enabled=False)
    visitor.open_service(SERVICE)
    visitor.page.click("#login-signed")
    visitor.read_card("namesake")
    visitor.sign("namesake")
    visitor.page.wait_for_selector("#consent")
    assert "見本　あおい" in visitor.text
    visitor.consent()
    shown = visitor.page.locator("#received").inner_text()
    assert all(word in shown for word in ("見本　あおい", "見本町一丁目２－３", "署名用電子証明書"))
    number = visitor.number()
    take_back(visitor, "namesake", SERVICE, "all")
    assert received(visitor).startswith("もう受け取れません")
    assert visitor.number() == number


def test_a_child_has_no_signature_certificate(visit: Visit) -> None:
    """The tray says so before any PIN; the login goes on without, and the service reads that there is none."""
    visitor = visit(java_script_enabled=False)
    visitor.open_service(SERVICE)
    visitor.page.click("#login-signed")
    visitor.read_card("sora")
    visitor.page.wait_for_selector("#statement")
    address = visitor.page.url
    visitor.open_tray()
    visitor.choose_card("sora")
    assert visitor.page.locator("#pin").count() == 0
    assert "署名用電子証明書" in visitor.text
    visitor.page.goto(address)
    visitor.page.click("#unsigned")
    visitor.page.click('#signature button[value="without"]')
    visitor.page.wait_for_selector("#consent, #sub")
    if visitor.page.locator("#consent").count():  # where nobody has asked this child before
        visitor.consent()
    assert visitor.page.locator("#signature").inner_text() == "なし"
    assert visitor.page.locator("#received").count() == 0 or "確かめられた方法" not in visitor.text
