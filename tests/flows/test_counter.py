"""A counter from outside: a running demo, `idp terminal`, `idp-card counter`, and a stock client."""

import json
import re
import subprocess
from datetime import date, timedelta

import pypdfium2
import pytest
import requests
from components.demo import IDP
from components.process import Server
from components.stock_client import IDP_CARD, CardRefused, begin, link_of, sign_in

REDIRECT_URI = "http://127.0.0.1:8901/callback"
TERMINAL = "mado-flow"


def run(*words):
    """A command of ours; its standard output. Raises CardRefused with what it said instead."""
    result = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120)
    if result.returncode != 0:
        raise CardRefused(json.loads(result.stdout or result.stderr))
    return result.stdout


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    """The terminal's key, made on the terminal, and its public half."""
    folder = tmp_path_factory.mktemp("terminal")
    (folder / "public.pem").write_text(run(IDP_CARD, "counter", "key", folder / "terminal.key"))
    return folder / "terminal.key"


@pytest.fixture(scope="module")
def desk(demo, key):
    """A service that takes kazashi, at a tenant that has switched it on; the terminal serves it alone."""
    common = ("--data", demo.data, "--json")
    run(IDP, "tenant", "settings", "aoba", "--kazashi", *common)
    wish = ("--name-ja", "窓口の見本", "--purpose-ja", "窓口の手続きのため", "--redirect-uri", REDIRECT_URI)
    level = ("--minimum-acr", "aal1", "--method", "kazashi", "--sector", "family", "--scope", "openid jpki_status")
    made = json.loads(run(IDP, "service", "create", "desk", "--tenant", "aoba", *wish, *level, *common))
    last_day = (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011 - a month hence, in any zone
    where = ("--place", "1階2番窓口", "--service", "desk", "--last-day", last_day)
    public = ("--public-key", key.with_name("public.pem"))
    run(IDP, "terminal", "enrol", TERMINAL, "--tenant", "aoba", *where, *public, *common)
    return made | {
        "redirect_uris": [REDIRECT_URI],
        "token_endpoint_auth_method": "client_secret_basic",
        "id_token_signed_response_alg": "ES256",
    }


def at_counter(key, mode, terminal=TERMINAL):
    """How a card is used at the terminal, in the place of `use_card`."""

    def use(link, resident, folder):
        pin = folder / "pin"
        pin.write_text(resident["auth_pin"])
        named = ("--terminal", terminal, "--key", key, "--mode", mode)
        card = ("--card", resident["card"], "--pin-file", pin, "--dev", "--json")
        return json.loads(run(IDP_CARD, "counter", "login", link, *named, *card))

    return use


def test_pin_and_kazashi_give_one_number_and_two_levels(demo, desk, key, tmp_path):
    """The same number as online in that sector; never first by kazashi; and the counter's two levels."""
    tenant, jun = demo.tenant(), demo.resident("jun")
    with pytest.raises(CardRefused) as refused:
        sign_in(tenant, desk, jun, tmp_path, at_counter(key, "kazashi"))
    assert refused.value.answer["code"] == "level_insufficient"
    online = sign_in(tenant, demo.service("childcare"), jun, tmp_path).claims
    typed = sign_in(tenant, desk, jun, tmp_path, at_counter(key, "pin")).claims
    held = sign_in(tenant, desk, jun, tmp_path, at_counter(key, "kazashi")).claims
    assert online["sub"] == typed["sub"] == held["sub"]
    assert (typed["acr"], typed["amr"]) == ("aal3", ["hwk", "sc", "pin", "mfa"])
    assert (held["acr"], held["amr"]) == ("aal1", ["kazashi"])


def test_who_is_no_terminal_here(demo, desk, key, tmp_path):
    """A service that it is not listed for, an id that is none, and a terminal that was revoked meanwhile."""
    tenant, hanako = demo.tenant(), demo.resident("hanako")
    tries = [(demo.service("library"), TERMINAL), (desk, "mado-other")]
    for service, terminal in tries:
        with pytest.raises(CardRefused) as refused:
            sign_in(tenant, service, hanako, tmp_path, at_counter(key, "pin", terminal))
        assert refused.value.answer["code"] == "terminal_refused"


def test_two_screens_on_this_computer(demo, desk, key, tmp_path):
    """Staff begin, the resident agrees and types: the login ends in the browser where the service was opened."""
    command = [IDP_CARD, "counter", "serve", "--terminal", TERMINAL, "--key", key, "--place", "1階2番窓口"]
    log = tmp_path / "serve.log"
    screens = Server([*command, "--card", demo.resident("yoko")["card"], "--dev", "--json"], log)
    try:
        screens.wait_until(lambda: log.exists() and "\n" in log.read_text(), 30.0)
        addresses = json.loads(log.read_text().splitlines()[0])

        def use(link, resident, _folder):
            staff, person = addresses["staff"], addresses["resident"]
            assert requests.post(f"{staff}/login", data={"link": link, "mode": "pin"}, timeout=20).ok
            turn = re.search(r'name="turn" value="([^"]+)"', requests.get(person, timeout=20).text)[1]
            requests.post(f"{person}/agree", data={"turn": turn}, timeout=20)
            form = {"turn": turn, "secret": resident["auth_pin"]}
            done = requests.post(f"{person}/present", data=form, timeout=30).text
            return {"return_url": re.search(r'id="go-on" href="([^"]+)"', done)[1].replace("&amp;", "&")}

        claims = sign_in(demo.tenant(), desk, demo.resident("yoko"), tmp_path, use).claims
        assert claims["acr"] == "aal3"
        slip = requests.get(f"{addresses['staff']}/slip.pdf", timeout=30).content
        assert TERMINAL in pypdfium2.PdfDocument(slip)[0].get_textpage().get_text_bounded()
    finally:
        screens.stop()


def test_a_form_by_command(demo, tmp_path):
    """Filled from the card's input-support application."""
    pin, out, hanako = tmp_path / "pin", tmp_path / "form.pdf", demo.resident("hanako")
    pin.write_text("\n1234\n")
    run(
        IDP_CARD, "counter", "form", "--out", out, "--place", "1階2番窓口", "--card", hanako["card"],
        "--pin-file", pin,
    )  # fmt: skip
    assert "髙橋　花子" in pypdfium2.PdfDocument(out)[0].get_textpage().get_text_bounded()


def test_a_revoked_terminal_stops_at_once(demo, desk, key):
    """The running server refuses its next request. The module's last test: it ends the terminal."""
    _, _, _, page = begin(demo.tenant(), desk, requests.Session())
    url = f"{link_of(page)}?terminal={TERMINAL}"
    ask = {"Accept": "application/json"}
    assert requests.get(url, headers=ask, timeout=10).json()["modes"] == ["pin", "kazashi"]
    run(IDP, "terminal", "revoke", TERMINAL, "--tenant", "aoba", "--data", demo.data, "--json")
    answer = requests.get(url, headers=ask, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (403, "terminal_refused")
