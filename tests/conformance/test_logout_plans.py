"""The three logout plans, module by module: a login, the end session endpoint, and what the browser meets."""

import re
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from components.backs import BackChannels, read
from components.signing_out import BYE, LOGOUT, ask, decide, is_signed_in, tokens_of
from components.town import BASE_URL, id_token_claims
from joserfc import jwk, jwt

STATE = "sT4t3" * 25 + "End"
FRONT = "http://127.0.0.1:8901/frontchannel_logout"


@pytest.fixture(scope="module")
def back():
    """A service's back channel."""
    with BackChannels() as made:
        yield made


@pytest.fixture(scope="module")
def services(shared_town, back):
    """The service of the plans three times, each in a sector of its own: without channel, with either."""
    wishes = {
        "plain": {},
        "back": {"backchannel_logout_uri": back.uri, "backchannel_logout_session_required": True},
        "front": {"frontchannel_logout_uri": FRONT, "frontchannel_logout_session_required": True},
    }
    return {
        name: shared_town.register("aoba", f"rp-{name}", post_logout_redirect_uris=(BYE,), **wish)
        for name, wish in wishes.items()
    }


def signed_in(town, service):
    """A browser of its own that went through a login, and the ID token."""
    browser = town.browser()
    return browser, tokens_of(town, service, browser)["id_token"]


def returned(answer):
    """What the service's page receives: the answer must lead there."""
    assert answer.status_code == 303
    assert answer.headers["Location"].split("?")[0] == BYE
    return parse_qs(urlsplit(answer.headers["Location"]).query)


def test_a_logout_returns_with_its_state(shared_town, services):
    """128 characters of it and nothing else; the login is gone."""
    browser, id_token = signed_in(shared_town, services["plain"])
    page = ask(shared_town, browser, id_token_hint=id_token, post_logout_redirect_uri=BYE, state=STATE)
    assert len(STATE) == 128
    assert returned(decide(shared_town, browser, page)) == {"state": [STATE]}
    assert not is_signed_in(shared_town, services["plain"], browser)


def test_a_logout_without_state_returns_without_one(shared_town, services):
    """The page is called as it is registered."""
    browser, id_token = signed_in(shared_town, services["plain"])
    page = ask(shared_town, browser, id_token_hint=id_token, post_logout_redirect_uri=BYE)
    assert decide(shared_town, browser, page).headers["Location"] == BYE
    assert not is_signed_in(shared_town, services["plain"], browser)


def forged(id_token, service, *, alg):
    """The same claims, signed by somebody else: with the service's secret or with a key of the suite."""
    claims = id_token_claims(id_token)
    if alg == "none":
        return f"eyJhbGciOiJub25lIn0.{id_token.split('.')[1]}."
    if alg == "HS256":
        return jwt.encode({"alg": alg}, claims, jwk.OctKey.import_key(service.client_secret))
    return jwt.encode({"alg": alg}, claims, jwk.RSAKey.generate_key(2048))


ASKED = {
    "another page": lambda hint, service: {"id_token_hint": hint, "post_logout_redirect_uri": BYE + "/f3a1c2"},
    "a query behind the page": lambda hint, service: {
        "id_token_hint": hint,
        "post_logout_redirect_uri": BYE + "?foo=bar",
    },
    "no hint": lambda hint, service: {"post_logout_redirect_uri": BYE},
    "an unsigned hint": lambda hint, service: {
        "id_token_hint": forged(hint, service, alg="none"),
        "post_logout_redirect_uri": BYE,
    },
    "a forged hint": lambda hint, service: {
        "id_token_hint": forged(hint, service, alg="RS256"),
        "post_logout_redirect_uri": BYE,
    },
    "a hint signed with the secret": lambda hint, service: {
        "id_token_hint": forged(hint, service, alg="HS256"),
        "post_logout_redirect_uri": BYE,
    },
}


@pytest.mark.parametrize("request_of", ASKED.values(), ids=ASKED)
def test_the_browser_is_sent_nowhere(shared_town, services, request_of):
    """The resident is asked on our page; whatever they decide, the service's page is neither called nor linked."""
    browser, id_token = signed_in(shared_town, services["plain"])
    page = ask(shared_town, browser, state=STATE, **request_of(id_token, services["plain"]))
    assert (page.status_code, page.headers.get("Location")) == (200, None)
    assert BYE not in page.text
    done = decide(shared_town, browser, page)
    assert done.headers["Location"].startswith(LOGOUT)
    assert BYE not in shared_town.get(browser, done.headers["Location"]).text


@pytest.mark.parametrize("kind", ["nothing", "no page", "state alone"])
def test_a_page_says_that_it_is_done(shared_town, services, kind):
    """After the resident was asked: the login is gone, and the service's page is not called."""
    browser, id_token = signed_in(shared_town, services["plain"])
    wish = {"nothing": {}, "no page": {"id_token_hint": id_token, "state": STATE}, "state alone": {"state": STATE}}
    done = decide(shared_town, browser, ask(shared_town, browser, **wish[kind])).headers["Location"]
    assert done.startswith(LOGOUT)
    page = shared_town.get(browser, done)
    assert page.status_code == 200
    assert "ログアウトしました" in re.sub(r"<[^>]+>", "", page.text)
    assert BYE not in page.text
    assert not is_signed_in(shared_town, services["plain"], browser)


def test_the_back_channel_hears_of_a_logout(shared_town, services, back):
    """One form with a signed token about this login alone; the browser returns, and the login is gone."""
    service = services["back"]
    browser, id_token = signed_in(shared_town, service)
    page = ask(shared_town, browser, id_token_hint=id_token, post_logout_redirect_uri=BYE, state=STATE)
    assert returned(decide(shared_town, browser, page)) == {"state": [STATE]}
    shared_town.product.worker.once()
    (request,) = back.requests
    assert request.line.startswith("POST /backchannel-logout ")
    assert parse_qs(request.body.decode()).keys() == {"logout_token"}
    header, claims = read(shared_town, *back.tokens())
    mine = id_token_claims(id_token)
    now = shared_town.clock().timestamp()
    assert header["alg"] == "RS256"
    assert (claims["iss"], claims["aud"]) == (f"{BASE_URL}/t/aoba", service.client_id)
    assert (claims["sub"], claims["sid"]) == (mine["sub"], mine["sid"])
    assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert now - 60 < claims["iat"] <= now < claims["exp"]
    assert claims["jti"]
    assert "nonce" not in claims
    assert not is_signed_in(shared_town, service, browser)


def test_the_front_channel_hears_of_a_logout(shared_town, services):
    """A frame of the last page with iss and sid alone; from there the browser returns with the state."""
    service = services["front"]
    browser, id_token = signed_in(shared_town, service)
    page = ask(shared_town, browser, id_token_hint=id_token, post_logout_redirect_uri=BYE, state=STATE)
    done = shared_town.get(browser, decide(shared_town, browser, page).headers["Location"]).text
    frame = unescape(re.search(r'<iframe[^>]* src="([^"]+)"', done)[1])
    sid = id_token_claims(id_token)["sid"]
    assert frame == FRONT + "?" + urlencode({"iss": f"{BASE_URL}/t/aoba", "sid": sid})
    assert unescape(re.search(r'id="back" href="([^"]+)"', done)[1]) == f"{BYE}?state={STATE}"
    assert not is_signed_in(shared_town, service, browser)
