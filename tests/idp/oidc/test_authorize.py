"""The authorization endpoint: nothing is sent anywhere before client and redirect URI are proven."""

from urllib.parse import parse_qs, urlsplit

import pytest
from components.town import BASE_URL, REDIRECT_URI, whereto

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def authorize(town, *, method="GET", drop=(), **parameters):
    """An authorization request that is right but for what the test changes."""
    query = {
        "response_type": "code",
        "client_id": town.library.client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": "openid",
        "state": "abc",
        **parameters,
    }
    query = {name: value for name, value in query.items() if name not in drop and value is not None}
    options = {"query_string": query} if method == "GET" else {"data": query}
    return town.browser().open("/t/aoba/authorize", method=method, base_url=BASE_URL + "/", **options)


def error_of(answer):
    """The error of a redirect, whose state and iss must be there."""
    assert answer.status_code == 303
    location = answer.headers["Location"]
    assert location.startswith(REDIRECT_URI + "?")
    query = parse_qs(urlsplit(location).query)
    assert query["iss"] == [f"{BASE_URL}/t/aoba"]
    return query["error"][0], query.get("state")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_right_request_begins_a_login(shared_town, method):
    """The card page, with a cookie of this transaction; a POST is kept, and taken up by a GET."""
    answer = authorize(shared_town, method=method, state="x")
    if method == "POST":
        assert answer.status_code == 303
        answer = shared_town.get(shared_town.browser(), answer.headers["Location"])
    assert answer.status_code == 200
    assert whereto(answer).startswith(f"{BASE_URL}/t/aoba/login/")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("aoba-tx-")
    for attribute in ("HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in cookie


@pytest.mark.parametrize(
    "uri",
    [
        None,
        "",
        REDIRECT_URI + "/",
        REDIRECT_URI + "?",
        REDIRECT_URI + "#",
        REDIRECT_URI.upper(),
        REDIRECT_URI.replace("127.0.0.1", "localhost"),
        REDIRECT_URI.replace("8901", "8902"),
        REDIRECT_URI.replace("http", "https"),
        REDIRECT_URI + "/../callback",
        REDIRECT_URI.replace("127.0.0.1", "user@127.0.0.1"),
        REDIRECT_URI.replace("callback", "%63allback"),
        "http://127.0.0.1:8901/call\x00back",
        "//evil.example/",
        "javascript:alert(1)",
        "https://evil.example/callback",
        REDIRECT_URI + " ",
        " " + REDIRECT_URI,
    ],
)
def test_a_redirect_uri_is_compared_byte_by_byte(shared_town, uri):
    """Anything else than a registered one is answered on our own page."""
    answer = authorize(shared_town, redirect_uri=uri)
    assert (answer.status_code, answer.headers.get("Location")) == (400, None)
    assert "text/html" in answer.content_type


@pytest.mark.parametrize("client_id", [None, "", "nobody", "\x00", "x" * 5000])
def test_an_unknown_client_gets_our_page(shared_town, client_id):
    """No redirect, whatever the redirect URI says."""
    answer = authorize(shared_town, client_id=client_id)
    assert (answer.status_code, answer.headers.get("Location")) == (400, None)


def test_another_tenants_client_is_unknown(shared_town):
    """A client of wakaba is nobody at aoba."""
    answer = authorize(shared_town, client_id=shared_town.parking.client_id)
    assert (answer.status_code, answer.headers.get("Location")) == (400, None)


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"code_challenge": CHALLENGE}, "invalid_request"),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
        ({"code_challenge_method": "S256"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "create"}, "invalid_request"),
        ({"prompt": "login LOGIN"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"request": "x.y.z"}, "request_not_supported"),
        ({"request_uri": "https://evil.example/"}, "invalid_request_uri"),
        ({"request": "x.y.z", "request_uri": "https://evil.example/"}, "invalid_request"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"nonce": "x" * 5000}, "invalid_request"),
        ({"nonce": "x" * 513}, "invalid_request"),
    ],
)
def test_other_faults_go_back_to_the_client(shared_town, parameters, error):
    """With the error, the state and iss."""
    assert (error, ["abc"]) == error_of(authorize(shared_town, state="abc", **parameters))


def test_an_unusable_state_is_not_sent_back(shared_town):
    """Too long or not printable: invalid_request without it."""
    assert error_of(authorize(shared_town, state="x" * 5000)) == ("invalid_request", None)
    assert error_of(authorize(shared_town, state="a\nb")) == ("invalid_request", None)


@pytest.mark.parametrize("state", ["x" * 4096, "s t&ate=\"'<>", "%41+b"])
def test_a_usable_state_comes_back_as_it_was(shared_town, state):
    """Byte for byte, long ones too."""
    assert [state] == error_of(authorize(shared_town, state=state, prompt="none"))[1]


def test_pkce_is_demanded_where_the_registration_says_so(shared_town):
    """A confidential client with the flag, and every public client."""
    for wishes in ({"require_pkce": True}, {"token_endpoint_auth_method": "none"}):
        name = "strict-" + str(len(wishes)) + next(iter(wishes)).replace("_", "-")
        service = shared_town.register("aoba", name, **wishes)
        answer = authorize(shared_town, client_id=service.client_id, state="x")
        assert error_of(answer) == ("invalid_request", ["x"])


PREFERENCES = [{"display": display} for display in ("page", "popup", "touch", "wap", "hologram")] + [
    {"claims_locales": "se ja-Kana-JP"},
    {"claims": '{"userinfo": {"name#ja-Kana-JP": null}}'},
]


@pytest.mark.parametrize("preference", PREFERENCES, ids=lambda preference: "-".join(preference.values())[:20])
def test_a_preference_is_never_an_error(shared_town, preference):
    """Whether we can follow it or not (OpenID Connect Core section 15.1)."""
    assert "/login/" in whereto(authorize(shared_town, **preference))


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("wish", "language"),
    [
        ("fr en-GB ja", "en"),
        ("ja en", "ja"),
        ("JA-JP", "ja"),
        ("ja-simple", "ja-simple"),
        ("fr", None),
        ("", None),
    ],
)
def test_a_login_speaks_the_first_language_of_the_services_list_that_we_have(shared_town, method, wish, language):
    """For its length, and unless the resident has chosen one here."""
    browser, client_id = shared_town.browser(), shared_town.library.client_id
    query = {"response_type": "code", "client_id": client_id, "redirect_uri": REDIRECT_URI, "scope": "openid"}
    options = {"query_string" if method == "GET" else "data": query | {"ui_locales": wish}}

    def asked():
        answer = browser.open("/t/aoba/authorize", method=method, base_url=BASE_URL + "/", **options)
        return answer if method == "GET" else shared_town.get(browser, answer.headers["Location"])

    begun = asked()
    assert f'<html lang="{language or "ja"}"' in begun.text
    cookies = [cookie for cookie in begun.headers.getlist("Set-Cookie") if cookie.startswith("aoba-lang=")]
    assert [cookie.split(";")[0] for cookie in cookies] == ([f"aoba-lang={language}"] if language else [])
    shared_town.get(browser, f"{BASE_URL}/t/aoba/help?lang=en")
    assert "aoba-lang=" not in str(asked().headers.getlist("Set-Cookie"))


def test_a_login_hint_is_neither_shown_nor_written_down(shared_town, capfd):
    """It may name a resident: it is on no page, in no URL of ours and in no log."""
    hint = "hanako.aoba@example.jp"
    login = shared_town.begin(shared_town.library, login_hint=hint)
    page = shared_town.get(login.browser, login.page_url)
    assert page.status_code == 200
    assert hint not in page.text + login.page_url + login.link
    assert "hanako.aoba" not in "".join(capfd.readouterr())


def test_unknown_parameters_and_scopes_are_ignored(shared_town):
    """As OpenID Connect asks; the granted scope is told in the token response."""
    assert authorize(shared_town, state="x", scope="openid email phone", foo="bar").status_code == 200
    answer = shared_town.redeem(*shared_town.code(shared_town.library, scope="openid email jpki_status"))
    assert answer.json["scope"] == "openid jpki_status"
