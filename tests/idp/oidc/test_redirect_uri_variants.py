"""A redirect URI in a thousand other spellings: none of them is the registered one (security O5, O6)."""

import random
from urllib.parse import quote

import pytest
from components.town import BASE_URL, REDIRECT_URI

ENDINGS = (
    "",
    "/",
    "?",
    "#",
    "?x=1",
    "#x",
    "/..",
    "/%2e%2e/callback",
    ";x",
    "%00",
    "%20",
    "%2f",
    "\\",
    "@evil.example",
)
HOSTS = (
    "127.0.0.1", "127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "[::ffff:127.0.0.1]", "127.0.0.1.",
    "localhost", "127.0.0.1@evil.example", "evil.example#127.0.0.1", "evil.example\\127.0.0.1",
    "127.0.0.1.evil.example", "①27.0.0.1", "127。0。0。1",
)  # fmt: skip
SCHEMES = ("http", "HTTP", "https", "javascript", "data", "http:http", "view-source:http")
PATHS = (
    "/callback",
    "/Callback",
    "/callback/",
    "//callback",
    "/./callback",
    "/x/../callback",
    "/%63allback",
    "/cb2x",
)
WHITE = ("", " ", "\t", "\r\n", "\x00", "\u200b")


def spelled_otherwise(random_):
    """Something that is nearly the registered URI."""
    kind = random_.randrange(4)
    if kind == 0:  # composed of parts that parsers disagree about
        parts = (
            random_.choice(SCHEMES),
            random_.choice(HOSTS),
            random_.choice(("8901", "08901", "8901 ", "80", "")),
        )
        scheme, host, port = parts
        return f"{scheme}://{host}:{port}{random_.choice(PATHS)}{random_.choice(ENDINGS)}"
    if kind == 1:  # one character replaced, left out or doubled
        at = random_.randrange(len(REDIRECT_URI))
        put = random_.choice(
            ("", REDIRECT_URI[at] * 2, chr(random_.randrange(33, 127)), random_.choice(WHITE[1:]))
        )
        return REDIRECT_URI[:at] + put + REDIRECT_URI[at + 1 :]
    if kind == 2:  # one character written as an escape
        at = random_.randrange(len(REDIRECT_URI))
        return REDIRECT_URI[:at] + f"%{ord(REDIRECT_URI[at]):02x}" + REDIRECT_URI[at + 1 :]
    return random_.choice(WHITE) + REDIRECT_URI + random_.choice(ENDINGS) + random_.choice(WHITE[1:])


@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_a_thousand_spellings_are_answered_on_our_page(shared_town, mode):
    """400, no Location, and no word of it on the page, though prompt=none asks for an error at once."""
    random_, browser, tried = random.Random(20261126), shared_town.browser(), 0
    while tried < 500:
        uri = spelled_otherwise(random_)
        if uri == REDIRECT_URI:
            continue
        tried += 1
        query = {
            "client_id": shared_town.library.client_id,
            "redirect_uri": uri,
            "response_type": "code",
            "scope": "openid",
            "prompt": "none",
            "response_mode": mode,
        }
        got = browser.get("/t/aoba/authorize", base_url=BASE_URL + "/", query_string=query)
        assert (got.status_code, got.headers.get("Location")) == (400, None), uri
        assert "evil.example" not in got.text
        assert quote(uri, safe="") not in got.text


def test_the_registered_one_is_taken(shared_town):
    """Or the others would prove nothing."""
    login, location = shared_town.ask(shared_town.library, prompt="none")
    assert location.startswith(f"{REDIRECT_URI}?")
    assert login.state in location


HERE, HERE6 = "http://127.0.0.1/cb?a=b", "http://[::1]:7000"
ELSEWHERE = (
    "http://127.0.0.1/cb", "http://127.0.0.1:7000/", "http://127.0.0.1:7000/cb?a=c", "http://127.0.0.1:7000/cb/?a=b",
    "http://127.0.0.1:0/cb?a=b", "http://127.0.0.1:65536/cb?a=b", "http://127.0.0.1:07000/cb?a=b",
    "http://127.0.0.1:/cb?a=b", "http://127.0.0.1:70 00/cb?a=b", "http://127.0.0.1:７０００/cb?a=b",
    "http://127.0.0.1:7000/cb?a=b#", "http://127.0.0.1:7000/cb?a=b\n", " http://127.0.0.1:7000/cb?a=b",
    "http://127.0.0.1:7000@evil.example/cb?a=b", "http://127.0.0.1:7000.evil.example/cb?a=b",
    "http://127.0.0.1.evil.example:7000/cb?a=b", "http://user@127.0.0.1:7000/cb?a=b",
    "http://127.0.0.2:7000/cb?a=b", "http://localhost:7000/cb?a=b", "https://127.0.0.1:7000/cb?a=b",
    "HTTP://127.0.0.1:7000/cb?a=b", "http://[::1]:7000/", "http://[::1]:7000/cb?a=b", "http://[::2]:7000",
)  # fmt: skip


def answered_at(town, service, uri):
    """Whether a request with this redirect URI is answered there."""
    query = {"client_id": service.client_id, "redirect_uri": uri, "response_type": "code", "scope": "openid"}
    query |= {"prompt": "none", "code_challenge": "A" * 43, "code_challenge_method": "S256"}
    got = town.browser().get("/t/aoba/authorize", base_url=BASE_URL + "/", query_string=query)
    there = got.headers.get("Location", "")
    assert got.status_code == (303 if there else 400)
    assert there == "" or there.startswith(uri), there
    return bool(there)


def test_a_native_application_listens_at_any_port(shared_town):
    """RFC 8252 section 7.3: a public client at an address of this computer; nothing but the port may differ."""
    uris = (HERE, HERE6, "http://localhost:7000/cb")
    native = shared_town.register(
        "aoba", "native", redirect_uris=uris, token_endpoint_auth_method="none", require_pkce=True
    )
    same = ("http://127.0.0.1:{}/cb?a=b", "http://[::1]:{}", "http://localhost:7000/cb")
    assert all(
        answered_at(shared_town, native, uri.format(port)) for uri in same for port in (1, 80, 51234, 65535)
    )
    assert answered_at(shared_town, native, HERE)
    for uri in ELSEWHERE:
        assert not answered_at(shared_town, native, uri), uri


def test_a_code_is_redeemed_with_the_port_at_which_it_came(shared_town):
    """Another one is another redirect URI (RFC 6749 section 4.1.3)."""
    native = shared_town.register(
        "aoba", "native-login", redirect_uris=(HERE,), token_endpoint_auth_method="none", require_pkce=True
    )
    for port, status in ((51234, 200), (51235, 400)):
        code, login = shared_town.code(native, redirect_uri="http://127.0.0.1:51234/cb?a=b")
        form = {"grant_type": "authorization_code", "code": code, "client_id": native.client_id}
        form |= {"redirect_uri": f"http://127.0.0.1:{port}/cb?a=b", "code_verifier": login.verifier}
        answer = shared_town.post(shared_town.browser(), f"{BASE_URL}/t/aoba/token", data=form)
        assert answer.status_code == status


def test_a_confidential_client_says_its_port(shared_town):
    """It is no application on the resident's computer, though the sandbox lets it be registered here."""
    web = shared_town.register("aoba", "with-a-secret", redirect_uris=(HERE,))
    assert answered_at(shared_town, web, HERE)
    assert not answered_at(shared_town, web, "http://127.0.0.1:7000/cb?a=b")
