"""A login by the card program `idp-card` while the browser waits (card login protocol, sections 2 to 4)."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from browser.conftest import Visit
from browser.visitor import Visitor
from components.demo import Demo

IDP_CARD = Path(sys.executable).with_name("idp-card")


@pytest.fixture
def sign_in(demo: Demo, tmp_path: Path) -> Any:
    """Run the card program as a person would, and return its JSON answer."""

    def run(link: str, resident: str) -> dict[str, str]:
        known = demo.resident(resident)
        pin_file = tmp_path / "pin"
        pin_file.write_text(known["auth_pin"] + "\n")
        options = ["--dev", "--card", known["card"], "--pin-file", pin_file, "--no-open", "--json"]
        done = subprocess.run(
            [IDP_CARD, "login", link, *options], capture_output=True, text=True, timeout=60, check=True
        )
        answer: dict[str, str] = json.loads(done.stdout)
        return answer

    return run


def test_the_waiting_page_says_where_to_go_on(visit: Visit, sign_in: Any) -> None:
    """When the proof is accepted, the page changes by itself and points to the window that the program opened."""
    waiting = visit()
    waiting.open_card_page()
    sign_in(waiting.link(), "ichiro")
    waiting.page.wait_for_selector(".ended")
    assert "カードの確認ができました" in waiting.heading
    assert "カードを読み取るプログラムが開いた、新しい画面で続けてください。" in waiting.text


def test_the_return_address_completes_in_the_same_browser(visit: Visit, sign_in: Any) -> None:
    """A second window of the browser that waits goes on to consent and to the service with its number."""
    visitor = visit()
    visitor.open_card_page()
    answer = sign_in(visitor.link(), "ichiro")
    second = visitor.second_window(answer["return_url"])
    second.page.wait_for_selector("#consent")
    second.consent()
    assert len(second.number()) == 43


def test_the_link_for_installed_programs_is_accepted_as_well(visit: Visit, sign_in: Any) -> None:
    """The button's `jpki-login:` address leads the program to the same login."""
    visitor = visit()
    visitor.open_card_page()
    address = visitor.page.locator("#card-reader").get_attribute("href")
    assert sign_in(str(address), "jun")["return_url"].startswith(visitor.demo.tenant()["issuer"])


def test_another_browser_is_turned_away_and_uses_nothing_up(visit: Visit, sign_in: Any) -> None:
    """A return address opened elsewhere shows a plain page; the browser that began can still use it."""
    visitor, stranger = visit(), visit()
    visitor.open_card_page()
    answer = sign_in(visitor.link(), "midori")
    turned_away = stranger.page.goto(answer["return_url"])
    assert turned_away is not None
    assert turned_away.status == 403
    assert "ログインをはじめたブラウザではありません" in stranger.heading
    assert stranger.profile.cookies() == []
    visitor.page.goto(answer["return_url"])
    assert visitor.page.locator("#consent").count() == 1


def test_the_return_address_completes_once(visit: Visit, sign_in: Any) -> None:
    """The same address, followed again in the same browser, says that this login is over."""
    visitor = visit("en")
    visitor.open_card_page()
    answer = sign_in(visitor.link(), "midori")
    visitor.page.goto(answer["return_url"])
    visitor.page.goto(answer["return_url"])
    assert visitor.heading == "This login is already over"


def test_the_link_opened_in_a_browser_explains_itself(visit: Visit, sign_in: Any) -> None:
    """LINK as a page names no service and changes nothing: the card program can still use it."""
    visitor: Visitor = visit()
    visitor.open_card_page()
    link = visitor.link()
    curious = visit()
    curious.page.goto(link)
    assert "アドレスです" in curious.heading
    assert "図書館" not in curious.text
    assert sign_in(link, "jun")["status"] == "accepted"
