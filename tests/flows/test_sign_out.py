"""One login for two services of a sector, and its end, from outside: stock software, a real back channel."""

import json
import re
import subprocess
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from components.backs import BackChannels
from components.demo import IDP
from components.stock_client import await_known, follow, link_of, use_card
from components.virtual_reader import await_condition
from joserfc import jwk, jwt

REDIRECT_URI = "http://127.0.0.1:8901/callback"
BYE = "http://127.0.0.1:8901/bye"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
VERIFIER = "v" * 50


class Service:
    """A service of the sector `money`, registered by command, with stock client software."""

    def __init__(self, demo, service_id, back):
        words = [
            *("--tenant", "aoba", "--data", demo.data, "--json", "--name-ja", f"見本の{service_id}"),
            *("--purpose-ja", "料金のお知らせのため"),
            *("--sector", "money", "--sector-purpose", "料金のため", "--redirect-uri", REDIRECT_URI),
            *("--post-logout-redirect-uri", BYE, "--backchannel-logout-uri", back.uri),
        ]
        command = [str(word) for word in (IDP, "service", "create", service_id, *words)]
        made = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert made.returncode == 0, made.stderr
        registered = json.loads(made.stdout)
        issuer = demo.tenant()["issuer"]
        self.client_id = registered["client_id"]
        self.alg = registered["id_token_signed_response_alg"]
        await_known(issuer, self.client_id, REDIRECT_URI)
        self.metadata = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=10).json()
        self._client = OAuth2Session(
            self.client_id,
            registered["client_secret"],
            scope="openid",
            redirect_uri=REDIRECT_URI,
            code_challenge_method="S256",
        )
        self.id_token = ""

    def request(self, **more):
        """Where it sends a browser."""
        endpoint = self.metadata["authorization_endpoint"]
        return self._client.create_authorization_url(endpoint, code_verifier=VERIFIER, **more)[0]

    def sign_in(self, callback):
        """Redeem the code of an answer; the ID token's claims."""
        endpoint = self.metadata["token_endpoint"]
        token = self._client.fetch_token(
            endpoint, authorization_response=callback, code_verifier=VERIFIER, timeout=20
        )
        self.id_token = token["id_token"]
        return self.read(self.id_token).claims

    def read(self, token):
        """A token that the provider signed."""
        keys = jwk.KeySet.import_key_set(requests.get(self.metadata["jwks_uri"], timeout=10).json())
        return jwt.decode(token, keys, algorithms=[self.alg])


@pytest.fixture
def back():
    """The other service's back channel."""
    with BackChannels() as made:
        yield made


def end(service, browser):
    """Log out at a service, and say yes on the provider's page; the page that follows."""
    asked = {"id_token_hint": service.id_token, "post_logout_redirect_uri": BYE}
    page = browser.get(service.metadata["end_session_endpoint"], params=asked, timeout=20).text
    form = re.search(r'<form id="sign-out".*?</form>', page, re.S)[0]
    fields = dict(re.findall(r'<input[^>]*type="hidden" name="([^"]+)" value="([^"]*)"', form))
    action = unescape(re.search(r'action="([^"]+)"', form)[1])
    return browser.post(action, {**fields, "decision": "leave"}, timeout=20)


def test_one_login_for_two_services_ends_at_both(demo, back, tmp_path):
    """The second needs no card; logging out at the first tells it in its own words; nobody is signed in then."""
    tax, water = (Service(demo, service_id, back) for service_id in ("tax", "water"))
    browser = requests.Session()
    card_page = browser.get(tax.request(), timeout=20)
    answer = use_card(link_of(card_page), demo.resident("hanako"), tmp_path)
    at_tax = tax.sign_in(follow(browser, answer["return_url"]))
    at_water = water.sign_in(follow(browser, water.request()))
    assert at_water["sub"] == at_tax["sub"]
    assert at_water["sid"] != at_tax["sid"]
    assert "code=" in follow(browser, water.request(prompt="none"))

    assert "見本のwater" in end(tax, browser).text
    await_condition(lambda: len(back.tokens()) == 2)
    heard = {token.claims["aud"]: token for token in map(water.read, back.tokens())}
    token = heard[water.client_id]
    assert (token.header["typ"], token.claims["iss"]) == ("logout+jwt", demo.tenant()["issuer"])
    assert token.claims["events"] == {EVENT: {}}
    assert (token.claims["sub"], token.claims["sid"]) == (at_water["sub"], at_water["sid"])
    assert 0 < token.claims["exp"] - token.claims["iat"] <= 120
    assert token.claims["jti"] != heard[tax.client_id].claims["jti"]
    assert "nonce" not in token.claims

    for service in (tax, water):
        answered = parse_qs(urlsplit(follow(browser, service.request(prompt="none"))).query)
        assert answered["error"] == ["login_required"]
