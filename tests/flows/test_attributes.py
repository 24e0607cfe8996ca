"""Name and address from the card, from outside: a running demo, `idp-card`, stock client software, sockets."""

import json
import subprocess
from datetime import date, timedelta
from pathlib import Path

import pytest
import requests
from components.demo import IDP
from components.stock_client import IDP_CARD, CardRefused, await_known, begin, follow, link_of

REDIRECT_URI = "http://127.0.0.1:8901/callback"
JUN = {"name": "見本　じゅん", "birthdate": "1988-10-10"}
VERIFIED = {"userinfo": {"verified_claims": {"verification": {"trust_framework": None}, "claims": {"name": None}}}}


def run(*words):
    """A command of ours; its standard output. Raises CardRefused with what it said instead."""
    result = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120)
    if result.returncode != 0:
        raise CardRefused(json.loads(result.stdout or result.stderr))
    return result.stdout


def userinfo(demo, service, use, scope, **more):
    """A whole login; what UserInfo tells, and the pages that the browser saw on the way."""
    browser, pages = requests.Session(), []
    browser.hooks["response"].append(lambda answer, **_: pages.append(answer.text))
    client, metadata, verifier, page = begin(demo.tenant(), service, browser, scope=scope, **more)
    callback = follow(browser, use(link_of(page))["return_url"])
    client.fetch_token(
        metadata["token_endpoint"], authorization_response=callback, code_verifier=verifier, timeout=20
    )
    claims = client.get(metadata["userinfo_endpoint"], timeout=10).json()
    return {name: value for name, value in claims.items() if name not in ("sub", "revocation")}, "".join(pages)


def at_home(resident, folder, lines):
    """`idp-card login` with a PIN file."""

    def use(link):
        (folder / "pin").write_text(lines)
        words = ("login", link, "--dev", "--no-open", "--json", "--card", resident["card"], "--pin-file")
        return json.loads(run(IDP_CARD, *words, folder / "pin"))

    return use


@pytest.mark.parametrize("lines", ["1234", "1234\n1234\n"])
def test_they_travel_from_the_card_to_userinfo(demo, tmp_path, lines):
    """The library asks for two of the four, and receives two; a consent that covers them is not asked again."""
    library, jun = demo.service("library"), demo.resident("jun")
    claims, _ = userinfo(demo, library, at_home(jun, tmp_path, lines), "openid name birthdate address gender")
    assert claims == JUN
    again, pages = userinfo(demo, library, at_home(jun, tmp_path, lines), "openid name birthdate")
    assert (again, 'id="consent"' in pages) == (JUN, False)


def test_a_wrong_input_support_pin_is_the_card_s_refusal(demo, tmp_path):
    """Nothing is sent: the provider hears of no proof, and the right one still goes on."""
    sora, library = demo.resident("sora"), demo.service("library")
    with pytest.raises(CardRefused, match="tries left: 2"):
        userinfo(demo, library, at_home(sora, tmp_path, "1234\n9999\n"), "openid name")
    claims, _ = userinfo(demo, library, at_home(sora, tmp_path, "1234\n"), "openid name")
    assert claims == {"name": "見本　そら"}


@pytest.fixture(scope="module")
def desk(demo, tmp_path_factory):
    """A service with a counter terminal: its client, and the terminal's key."""
    common = ("--data", demo.data, "--json")
    folder = tmp_path_factory.mktemp("terminal")
    key, public = folder / "terminal.key", folder / "public.pem"
    public.write_text(run(IDP_CARD, "counter", "key", key))
    run(IDP, "tenant", "settings", "aoba", "--kazashi", *common)
    wish = (
        "--name-ja",
        "証明書の窓口",
        "--redirect-uri",
        REDIRECT_URI,
        "--minimum-acr",
        "aal1",
        "--method",
        "kazashi",
    )
    scope = ("--purpose-ja", "証明書の交付のため", "--scope", "openid name address")
    made = json.loads(run(IDP, "service", "create", "papers", "--tenant", "aoba", *wish, *scope, *common))
    await_known(demo.tenant()["issuer"], made["client_id"], REDIRECT_URI)
    last_day = (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011 - a month hence, in any zone
    where = ("--place", "1階", "--service", "papers", "--last-day", last_day, "--public-key", public)
    run(IDP, "terminal", "enrol", "mado-papers", "--tenant", "aoba", *where, *common)
    return made | {"redirect_uris": [REDIRECT_URI]}, key


def at_counter(key, resident, folder, mode, lines, *more):
    """`idp-card counter login`."""

    def use(link):
        (folder / "pin").write_text(lines)
        named = ("--terminal", "mado-papers", "--key", key, "--mode", mode, "--card", resident["card"])
        words = ("counter", "login", link, *named, "--pin-file", folder / "pin", "--dev", "--json", *more)
        return json.loads(run(IDP_CARD, *words))

    return use


def test_only_a_counter_terminal_verifies(demo, desk, tmp_path):
    """Self: plain claims alone. With the PIN and held over: the same, and the name as verified."""
    (service, key), yoko = desk, demo.resident("yoko")
    asked = {"claims": json.dumps(VERIFIED)}
    home, _ = userinfo(demo, service, at_home(yoko, tmp_path, "1234"), "openid address", **asked)
    assert home.keys() == {"address"}
    chip = json.loads(Path(yoko["card"]).read_text(encoding="utf-8"))["chip"]
    number_b = chip["pins"]["input_support_number_b"]["pin"]
    ways = [("pin", "1234\n1234\n", ()), ("kazashi", f"\n{number_b}\n", ("--number-b",))]
    for mode, lines, more in ways:
        use = at_counter(key, yoko, tmp_path, mode, lines, *more)
        claims, _ = userinfo(demo, service, use, "openid address", **asked)
        assert claims["address"] == home["address"]
        assert claims["verified_claims"]["claims"] == {"name": "見本　陽子"}
        assert claims["verified_claims"]["verification"].keys() == {"trust_framework"}
