"""A counter from outside: a running demo, `idp terminal`, `idp-card counter`, and a stock client."""

import itertools
import json
import re
import secrets
import subprocess
from datetime import date, timedelta
from pathlib import Path

import pypdfium2
import pytest
import requests
from components.demo import IDP, Demo
from components.process import Server
from components.stock_client import IDP_CARD, CardRefused, await_known, begin, link_of, sign_in
from components.virtual_reader import await_condition
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from connectors.card import link as links
from connectors.card.agent import Agent, RefusedByServer
from connectors.card.counter.agent import CounterAgent
from connectors.card.counter.key import load
from connectors.card.counter.message import Mode
from connectors.http import Outbound

REDIRECT_URI = "http://127.0.0.1:8901/callback"
TERMINAL = "mado-flow"


def run(*words):
    """A command of ours; its standard output. Raises CardRefused with what it said instead."""
    result = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120)
    if result.returncode != 0:
        raise CardRefused(json.loads(result.stdout or result.stderr))
    return result.stdout


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A demo of this module's own: here it matters who has never signed in before."""
    running = Demo(tmp_path_factory.mktemp("counter"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    """The terminal's key, made on the terminal, and its public half; a passphrase keeps it."""
    folder = tmp_path_factory.mktemp("terminal")
    (folder / "passphrase").write_text(secrets.token_urlsafe(32) + "\n")
    made = run(IDP_CARD, "counter", "key", folder / "terminal.key", *passphrase(folder / "terminal.key"))
    (folder / "public.pem").write_text(made)
    return folder / "terminal.key"


def passphrase(key):
    """The option that names the passphrase of a terminal's key."""
    return ("--passphrase-file", key.with_name("passphrase"))


@pytest.fixture(scope="module")
def desk(demo, key):
    """A service that takes kazashi, at a tenant that has switched it on; the terminal serves it alone."""
    common = ("--data", demo.data, "--json")
    run(IDP, "tenant", "settings", "aoba", "--kazashi", *common)
    wish = ("--name-ja", "窓口の見本", "--purpose-ja", "窓口の手続きのため", "--redirect-uri", REDIRECT_URI)
    level = ("--minimum-acr", "aal1", "--method", "kazashi", "--sector", "family", "--scope", "openid jpki_status")
    made = json.loads(run(IDP, "service", "create", "desk", "--tenant", "aoba", *wish, *level, *common))
    await_known(demo.tenant()["issuer"], made["client_id"], REDIRECT_URI)
    enrol(demo, key, TERMINAL, "desk")
    return made | {"redirect_uris": [REDIRECT_URI]}


def enrol(demo, key, terminal, service, tenant="aoba"):
    """Let the holder of that key be a terminal for one service."""
    last_day = (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011 - a month hence, in any zone
    where = ("--tenant", tenant, "--place", "1階2番窓口", "--service", service, "--last-day", last_day)
    public = ("--public-key", key.with_name("public.pem"))
    run(IDP, "terminal", "enrol", terminal, *where, *public, "--data", demo.data, "--json")


def at_counter(key, mode, terminal=TERMINAL):
    """How a card is used at the terminal, in the place of `use_card`."""

    def use(link, resident, folder):
        pin = folder / "pin"
        pin.write_text(resident["auth_pin"])
        named = ("--terminal", terminal, "--key", key, *passphrase(key), "--mode", mode)
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
    """A service that it is not listed for, an id that is none, another tenant's terminal; in both modes."""
    tenant, hanako = demo.tenant(), demo.resident("hanako")
    enrol(demo, key, "mado-wakaba", "parking", "wakaba")
    tries = [(demo.service("library"), TERMINAL), (desk, "mado-other"), (desk, "mado-wakaba")]
    for (service, terminal), mode in itertools.product(tries, ("pin", "kazashi")):
        with pytest.raises(CardRefused) as refused:
            sign_in(tenant, service, hanako, tmp_path, at_counter(key, mode, terminal))
        assert refused.value.answer["code"] == "terminal_refused"


def offered_modes(demo, service, terminal):
    """LINK of a new login at that service, and how its challenge lets the terminal ask."""
    _, _, _, page = begin(demo.tenant(), service, requests.Session())
    link = link_of(page)
    ask = {"Accept": "application/json"}
    return link, requests.get(f"{link}?terminal={terminal}", headers=ask, timeout=10).json()["modes"]


def force_kazashi(link, key, terminal, resident):
    """What a terminal gets that sends the certificate alone, whatever it was offered."""
    secret = key.with_name("passphrase").read_bytes().strip()
    parsed = links.parse(link, dev=True)
    agent = CounterAgent(agent=Agent(parsed, Outbound([parsed.origin])), terminal=load(terminal, key, secret))
    pem = Path(resident["auth_certificate"]).read_bytes()
    certificate = x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
    with pytest.raises(RefusedByServer) as refused:
        agent.prove_held_over(agent.challenge(Mode.PIN), certificate)
    return refused.value.code


def test_a_service_of_the_ordinary_level_never_offers_kazashi(demo, desk, key, tmp_path):
    """Its challenge names the PIN alone, our program does not begin, and a proof sent all the same is refused."""
    enrol(demo, key, "mado-library", "library")
    library, hanako = demo.service("library"), demo.resident("hanako")
    link, modes = offered_modes(demo, library, "mado-library")
    assert modes == ["pin"]
    with pytest.raises(CardRefused):
        sign_in(demo.tenant(), library, hanako, tmp_path, at_counter(key, "kazashi", "mado-library"))
    sign_in(demo.tenant(), library, hanako, tmp_path)
    assert force_kazashi(link, key, "mado-library", hanako) == "level_insufficient"


def test_a_level_that_is_raised_ends_kazashi_in_the_running_server(demo, desk, key):
    """`idp service change`: within seconds nothing weaker is offered, a login under way included; and back."""
    change = (IDP, "service", "change", "desk", "--tenant", "aoba", "--data", demo.data, "--json")
    link, modes = offered_modes(demo, desk, TERMINAL)
    assert modes == ["pin", "kazashi"]
    run(*change, "--minimum-acr", "aal2")
    await_condition(lambda: offered_modes(demo, desk, TERMINAL)[1] == ["pin"])
    assert force_kazashi(link, key, TERMINAL, demo.resident("jun")) == "level_insufficient"
    run(*change, "--minimum-acr", "aal1", "--method", "kazashi")
    await_condition(lambda: offered_modes(demo, desk, TERMINAL)[1] == ["pin", "kazashi"])


def test_two_screens_on_this_computer(demo, desk, key, tmp_path):
    """Staff begin, the resident agrees and types: the login ends in the browser where the service was opened."""
    where = ("--place", "1階2番窓口")
    command = [IDP_CARD, "counter", "serve", "--terminal", TERMINAL, "--key", key, *passphrase(key), *where]
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


def test_a_revoked_terminal_stops_at_once(demo, desk, key, tmp_path):
    """The running server refuses its next request in either mode. The module's last test: it ends the terminal."""
    assert offered_modes(demo, desk, TERMINAL)[1] == ["pin", "kazashi"]
    run(IDP, "terminal", "revoke", TERMINAL, "--tenant", "aoba", "--data", demo.data, "--json")
    for mode in ("pin", "kazashi"):
        with pytest.raises(CardRefused) as refused:
            sign_in(demo.tenant(), desk, demo.resident("jun"), tmp_path, at_counter(key, mode))
        assert refused.value.answer["code"] == "terminal_refused"
