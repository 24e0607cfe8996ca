"""The demo's service of the strictest profile: its site, and a client of another hand that holds its keys."""

import re
from html import unescape
from urllib.parse import urljoin

import pytest
import requests
from components.fapi_client import FapiClient, sign_in_strictly
from components.stock_client import at_tray, follow, link_of

CALLBACK = "http://127.0.0.1:8901/callback"


@pytest.fixture
def town(demo):
    """The municipality, the service, somebody with a card, and the tray."""
    tray = at_tray(demo.ready["sandbox"]["tray"])
    return demo.tenant(), demo.service("medical"), demo.resident("midori"), tray


def test_the_site_signs_in_with_pushed_requests_and_bound_tokens(demo, town, tmp_path):
    """By clicks: the page shows a number of its own and what was agreed to, and the address held no request."""
    _, _, midori, tray = town
    home, browser = demo.home("medical"), requests.Session()
    began = browser.get(f"{home}login", allow_redirects=False, timeout=20)
    assert re.fullmatch(r".*/authorize\?client_id=[^&]+&request_uri=[^&]+", began.headers["Location"])
    page = browser.get(began.headers["Location"], timeout=20)
    consent = browser.get(tray(link_of(page), midori, tmp_path)["return_url"], timeout=20)
    form = re.search(r'<form id="consent".*?</form>', consent.text, re.S)[0]
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    action = urljoin(consent.url, unescape(re.search(r'action="([^"]+)"', form)[1]))
    shown = browser.post(action, {**fields, "decision": "allow"}, timeout=20)
    assert shown.url == home
    assert "見本　みどり" in shown.text
    number = re.search(r'id="sub">([^<]+)<', shown.text)[1]
    assert sign_in_strictly(*town[:3], tmp_path, tray).claims["sub"] == number


def test_a_token_of_it_is_worth_nothing_without_its_key(town, tmp_path):
    """Shown as a bearer's, or by another key, UserInfo does not answer; by its own key it does."""
    tenant, service, midori, tray = town
    client, browser = FapiClient(tenant, service), requests.Session()
    page = browser.get(client.address(CALLBACK), timeout=20)
    token = client.redeem(follow(browser, tray(link_of(page), midori, tmp_path)["return_url"]))
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    assert requests.get(client.metadata["userinfo_endpoint"], headers=bearer, timeout=20).status_code == 401
    assert FapiClient(tenant, service).userinfo(token).status_code == 401
    assert client.userinfo(token).json()["sub"] == client.claims(token["id_token"])["sub"]


def test_it_cannot_ask_by_the_address_nor_by_a_secret(town):
    """A request that was not pushed is answered with an error, and no secret was given out."""
    tenant, service, _, _ = town
    assert (service["client_secret"], service["profile"]) == (None, "fapi2")
    asked = {
        "client_id": service["client_id"],
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid",
    }
    answer = requests.get(f"{tenant['issuer']}/authorize", asked, allow_redirects=False, timeout=20)
    assert "error=invalid_request" in answer.headers["Location"]
