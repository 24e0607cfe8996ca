"""Applications in browsers: whose pages may ask at which endpoints, and what nobody else is told."""

import pytest
from components.town import BASE_URL

ISSUER = "/t/aoba"
APPLICATION, CONFIDENTIAL = "http://127.0.0.1:4711", "http://127.0.0.1:4712"
SHARED = {"/token": ("POST",), "/userinfo": ("GET", "POST"), "/revoke": ("POST",), "/par": ("POST",)}
CLOSED = ("/introspect", "/register", "/authorize", "/logout", "/my/")
NAMES = ("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers")


@pytest.fixture(scope="module")
def town(shared_town):
    """With a public client and a confidential one, each at an origin of its own."""
    public = {"token_endpoint_auth_method": "none", "require_pkce": True}
    shared_town.register("aoba", "in-browser", redirect_uris=(f"{APPLICATION}/back",), **public)
    shared_town.register("aoba", "on-server", redirect_uris=(f"{CONFIDENTIAL}/back",))
    return shared_town


def asked(town, method, path, origin, **headers):
    """The answer to a request that a page of that origin sends."""
    browser = town.browser()
    return browser.open(ISSUER + path, base_url=BASE_URL, method=method, headers={"Origin": origin, **headers})


def preflight(town, path, origin, method="POST"):
    """The answer to a browser that asks whether it may."""
    return asked(town, "OPTIONS", path, origin, **{"Access-Control-Request-Method": method})


@pytest.mark.parametrize("path", SHARED)
def test_a_public_client_s_page_may_ask(town, path):
    """The browser is told which methods and headers there are, and that the page may read the answer."""
    answer = preflight(town, path, APPLICATION)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == APPLICATION
    assert answer.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type, DPoP"
    assert set(SHARED[path]) <= set(answer.headers["Access-Control-Allow-Methods"].split(", "))
    for method in SHARED[path]:
        refused = asked(town, method, path, APPLICATION)
        assert refused.status_code in (400, 401)
        assert refused.headers["Access-Control-Allow-Origin"] == APPLICATION
        assert "DPoP-Nonce" in refused.headers["Access-Control-Expose-Headers"]
        assert "Origin" in refused.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in refused.headers


@pytest.mark.parametrize("path", SHARED)
@pytest.mark.parametrize(
    "origin",
    [CONFIDENTIAL, "http://127.0.0.1:4713", "https://127.0.0.1:4711", "null", "", "*", "é"],
)
def test_nobody_else_s_page_may(town, path, origin):
    """Not a confidential client's, whose secret belongs into no browser; nor another port, scheme or no origin."""
    for answer in (preflight(town, path, origin), asked(town, "POST", path, origin)):
        assert answer.status_code in (200, 400, 401)
        assert not [name for name in NAMES if name in answer.headers]
        assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("path", CLOSED)
def test_other_endpoints_are_not_shared(town, path):
    """Least of all pages, which know residents by their cookies."""
    for answer in (preflight(town, path, APPLICATION), asked(town, "GET", path, APPLICATION)):
        assert not [name for name in NAMES if name in answer.headers]


def test_a_refusal_of_the_frame_can_be_read_too(town):
    """A body that is too large, a method that is none: the application is told, instead of a broken network."""
    large = town.browser().post(
        f"{ISSUER}/token", base_url=BASE_URL, data=b"a" * 200_000, headers={"Origin": APPLICATION}
    )
    assert (large.status_code, large.headers["Access-Control-Allow-Origin"]) == (413, APPLICATION)


def test_another_tenant_does_not_share(town):
    """An origin is a client's of one tenant alone."""
    answer = town.browser().open(
        "/t/wakaba/token", base_url=BASE_URL, method="OPTIONS", headers={"Origin": APPLICATION}
    )
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers
