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
