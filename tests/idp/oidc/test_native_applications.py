"""An application on the resident's phone, answered at a scheme of its own (RFC 8252 section 7.1)."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from components.registering import Own, invited, register
from components.town import BASE_URL, REDIRECT_URI

from idp.registration import NotAllowed

HERE = "jp.example.app:/callback"
PUBLIC = {"token_endpoint_auth_method": "none", "require_pkce": True}


@pytest.fixture(scope="module")
def native(shared_town):
    """Registered by its municipality."""
    return shared_town.register("aoba", "phone-app", redirect_uris=(HERE,), **PUBLIC)


def test_it_signs_a_resident_in(shared_town, native):
    """The consent page may end there, the code comes there, and is redeemed with that URI alone."""
    town = shared_town
    login = town.begin(native, redirect_uri=HERE)
    asked = town.get(login.browser, town.accept(login)).headers["Location"]
    policy = town.get(login.browser, asked).headers["Content-Security-Policy"]
    assert "form-action 'self' https: http://localhost:* http://127.0.0.1:* jp.example.app:;" in f"{policy};"
    location = town.consent(login, asked).headers["Location"]
    assert location.startswith(f"{HERE}?")
    form = {"grant_type": "authorization_code", "code": parse_qs(urlsplit(location).query)["code"][0]}
    form |= {"client_id": native.client_id, "redirect_uri": HERE, "code_verifier": login.verifier}
    assert town.post(town.browser(), f"{BASE_URL}/t/aoba/token", data=form).status_code == 200


def test_nothing_comes_there_unasked(shared_town, native):
    """Another application may have taken the scheme: whoever is signed in is asked each time (section 8.6)."""
    town, browser = shared_town, shared_town.browser()
    login, url = town.come(native, browser, redirect_uri=HERE)
    form = {"grant_type": "authorization_code", "code": parse_qs(urlsplit(url).query)["code"][0]}
    form |= {"client_id": native.client_id, "redirect_uri": HERE, "code_verifier": login.verifier}
    assert town.post(browser, f"{BASE_URL}/t/aoba/token", data=form).status_code == 200
    _, silent = town.ask(native, browser, redirect_uri=HERE, prompt="none")
    assert parse_qs(urlsplit(silent).query)["error"] == ["consent_required"]
    _, asked = town.ask(native, browser, redirect_uri=HERE)
    assert asked.endswith("/consent")
    assert 'name="decision"' in town.get(browser, asked).text


@pytest.mark.parametrize("mode", ["form_post", "form_post.jwt"])
def test_no_browser_posts_there(shared_town, native, mode):
    """Browsers would drop what they post: refused at once, in the query."""
    _, location = shared_town.ask(native, redirect_uri=HERE, response_mode=mode)
    assert location.startswith(f"{HERE}?")
    assert parse_qs(urlsplit(location).query)["error"] == ["invalid_request"]


@pytest.mark.parametrize(
    "uri", [HERE + "/", "jp.example.app:/", "jp.example.app://callback", "JP.example.app:/callback"]
)
def test_nothing_of_it_may_differ(shared_town, native, uri):
    """Byte by byte, as everywhere: our own page, and no redirect."""
    query = {"client_id": native.client_id, "redirect_uri": uri, "response_type": "code", "scope": "openid"}
    got = shared_town.browser().get("/t/aoba/authorize", base_url=BASE_URL + "/", query_string=query)
    assert (got.status_code, got.headers.get("Location")) == (400, None)


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"redirect_uris": (HERE,)}, "native"),
        ({"redirect_uris": (HERE,), **PUBLIC, "application_type": "web"}, "native"),
        ({"redirect_uris": ("app:/callback",), **PUBLIC}, "https"),
        ({"redirect_uris": ("javascript:alert(1)",), **PUBLIC}, "https"),
        ({"redirect_uris": (HERE, "jp.example.other:/callback"), **PUBLIC}, "several hosts"),
        ({"redirect_uris": (HERE, REDIRECT_URI), **PUBLIC}, "several hosts"),
        ({"redirect_uris": ("https://jp.example.app/callback", HERE), **PUBLIC}, "several hosts"),
        ({"redirect_uris": ("jp.example.app://[/callback",), **PUBLIC}, "does not parse"),
        (
            {"redirect_uris": (HERE,), **PUBLIC, "frontchannel_logout_uri": "https://jp.example.app/out"},
            "origin of a redirect URI",
        ),
    ],
)
def test_who_may_not_register_one(shared_town, wishes, words):
    """What keeps a secret, what says that it is a site, a scheme without a dot, two applications in one,
    a site with a scheme that reads like it, an address that does not parse, a page where there is no site."""
    with pytest.raises(NotAllowed, match=words):
        shared_town.register("aoba", "no-such-app", **wishes)


def test_residents_are_told_a_scheme_as_one(shared_town):
    """Of an application that nobody has looked at: anybody may take a scheme that reads like somebody's host."""
    town = shared_town
    said = {"redirect_uris": ["portal.aoba.example:/callback"], "application_type": "native"}
    made = register(town, invited(town), **said, token_endpoint_auth_method="none")
    login = town.begin(Own(town, made.json).service, redirect_uri=said["redirect_uris"][0])
    page = town.get(login.browser, town.get(login.browser, town.accept(login)).headers["Location"])
    assert "portal.aoba.example: のページ" in unescape(re.sub("<[^>]*>", "", page.text))


def test_it_registers_itself_as_what_it_is(shared_town):
    """Who says nothing is a site (OpenID Connect Dynamic Client Registration, section 2)."""
    said = {"redirect_uris": [HERE], "token_endpoint_auth_method": "none"}
    token = invited(shared_town)
    assert register(shared_town, token, **said).json["error"] == "invalid_redirect_uri"
    made = register(shared_town, token, **said, application_type="native")
    assert (made.status_code, made.json["redirect_uris"]) == (201, [HERE])
