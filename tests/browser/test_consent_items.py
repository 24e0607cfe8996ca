"""The consent page item by item, in a browser: by keyboard alone, narrow, in three languages."""

import json
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from browser.conftest import Visit
from browser.test_keyboard import press, reach
from browser.visitor import Visitor
from components.demo import Demo
from components.stock_client import await_known

REDIRECT = "http://127.0.0.1:8901/callback"
SCREENS = {"narrow": {"width": 320, "height": 700}, "pc": {"width": 1100, "height": 1000}}
LAW = {
    "purpose": {"ja": "貸出カードを作るため", "en": "To make your library card"},
    "kept": {"ja": "退会から1年", "en": "One year after you leave"},
    "law": {"ja": "青葉市（見本）図書館条例", "en": "Library Ordinance (sample)"},
    "article": {"ja": "第5条", "en": "Article 5"},
}
CHOICE = {
    "purpose": {"ja": "お知らせを送るため", "en": "To send you letters"},
    "kept": {"ja": "年度の終わりまで", "en": "Until the end of March"},
    "required": False,
}
TERMS = {"name": LAW, "address": CHOICE, "age_over_65": CHOICE, "municipality_code": CHOICE}
WORDS = {
    "ja": ("法令による", "任意", "65歳以上かどうか", "お知らせを送るため", "退会から1年"),
    "ja-simple": ("選べます", "65歳になっているか", "サービスが持っている期間"),
    "en": ("By law", "Your choice", "Whether 65 or older", "To send you letters", "One year after you leave"),
}


@pytest.fixture(scope="module")
def service(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A service that says why, with one item by law and three to choose."""
    file = tmp_path_factory.mktemp("terms") / "terms.json"
    file.write_text(json.dumps(TERMS), encoding="utf-8")
    wish = ("--name-ja", "青葉市 図書カード", "--name-en", "Aoba City Library Cards", "--redirect-uri", REDIRECT)
    scope = ("--scope", "openid name address profile", "--claim-terms", file)
    made: dict[str, str] = demo.idp("service", "create", "library-cards", *wish, *scope)
    await_known(demo.tenant()["issuer"], made["client_id"], REDIRECT)
    return made


def asked(visitor: Visitor, service: dict[str, str]) -> None:
    """From the service's request to its question, by keyboard alone."""
    query = {
        "response_type": "code",
        "client_id": service["client_id"],
        "redirect_uri": REDIRECT,
        "scope": "openid profile address",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",  # of RFC 7636, appendix B
        "code_challenge_method": "S256",
    }
    visitor.page.goto(f"{visitor.demo.tenant()['issuer']}/authorize?{urlencode(query)}")
    press(visitor, "#card-tray")
    press(visitor, "#card-sora")
    reach(visitor, "#pin")
    visitor.page.keyboard.type(visitor.demo.resident("sora")["auth_pin"])
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_selector("#consent")


def received(visitor: Visitor, service: dict[str, str], answer: str) -> dict[str, object]:
    """What UserInfo tells the service beside the number, by the code in the answer's address."""
    issuer = visitor.demo.tenant()["issuer"]
    form = {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(answer).query)["code"][0],
        "redirect_uri": REDIRECT,
        "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    }
    secret = (service["client_id"], service["client_secret"])
    token = requests.post(f"{issuer}/token", form, auth=secret, timeout=20).json()["access_token"]
    told = requests.get(f"{issuer}/userinfo", headers={"Authorization": f"Bearer {token}"}, timeout=20).json()
    return {name: value for name, value in told.items() if name != "sub"}


def test_what_is_chosen_by_keyboard_is_what_the_service_receives(
    visit: Visit, service: dict[str, str], artefacts: Path
) -> None:
    """Read in three languages, narrow and wide; one box by Space, and nothing of the others."""
    visitor = visit()
    asked(visitor, service)
    _looked_at(visitor, artefacts)
    reach(visitor, 'input[name="item"][value="age_over_65"]')
    visitor.page.keyboard.press("Space")
    with visitor.page.expect_request(f"{REDIRECT}**") as answered:  # where nobody listens
        press(visitor, '#consent button[value="allow"]')
    assert received(visitor, service, answered.value.url) == {"name": "見本　そら", "age_over_65": False}


def _looked_at(visitor: Visitor, artefacts: Path) -> None:
    address = visitor.page.url.partition("?")[0]
    for screen, size in SCREENS.items():
        visitor.page.set_viewport_size(size)  # type: ignore[arg-type]
        for language, words in WORDS.items():
            visitor.page.goto(f"{address}?lang={language}")
            visitor.page.screenshot(path=artefacts / f"consent-items-{language}-{screen}.png", full_page=True)
            shown = visitor.page.locator("main").evaluate(
                "main => { main.querySelectorAll('rt, rp').forEach(one => one.remove()); return main.innerText }"
            )
            assert [word for word in words if word not in shown] == []
            found = Axe().run(visitor.page).response["violations"]
            assert [f"{one['id']}: {one['nodes'][0]['html']}" for one in found] == []
            assert visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
