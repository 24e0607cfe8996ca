"""The sample service when a session is over: where it sends people, and what it takes of the provider's word."""

import time
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from idp.developer.sample import create_sample

HOME = "http://localhost:8001"
EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture
def tell(provider, browser):
    """Tell the service that a session is over: `tell(header={...}, claims={...}, key=...)`."""
    told = iter(range(1000))

    def send(*, header=None, claims=None, key=None, token=None):
        said = {
            "iss": provider.issuer,
            "aud": "c1",
            "iat": int(time.time()),
            "exp": int(time.time()) + 120,
            "jti": f"j{next(told)}",
            "sid": "s1",
            "events": {EVENT: {}},
            **(claims or {}),
        }
        said = {name: value for name, value in said.items() if value is not None}
        protected = {"alg": "RS256", "kid": "k1", "typ": "logout+jwt", **(header or {})}
        body = token if token is not None else jwt.encode(protected, said, key or provider.key)
        return browser.post("/backchannel-logout", data={"logout_token": body}, base_url=HOME)

    return send


@pytest.fixture
def signed_in(browser, provider):
    """A browser in which somebody signed in by the session `s1`."""
    provider.more_metadata = {"end_session_endpoint": f"{provider.issuer}/logout"}
    provider.claims = {"sid": "s1"}
    to = browser.get("/login", base_url=HOME).headers["Location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(to).query).items()}
    provider.nonce = asked["nonce"]
    query = {"code": "the-code", "state": asked["state"]}
    assert browser.get("/callback", base_url=HOME, query_string=query).status_code == 303
    return browser


def is_signed_in(browser):
    """Whether the home page shows a number."""
    return 'id="sub"' in browser.get("/", base_url=HOME).text


def test_the_session_that_is_over_is_forgotten(signed_in, tell):
    """At the next page; another session of the provider's ends nothing here."""
    assert tell(claims={"sid": "s2"}).status_code == 200
    assert is_signed_in(signed_in)
    answer = tell()
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert not is_signed_in(signed_in)


REFUSED = {
    "an ID token": {"header": {"typ": "JWT"}},
    "another issuer": {"claims": {"iss": "https://other.example"}},
    "another audience": {"claims": {"aud": "c2"}},
    "with a nonce": {"claims": {"nonce": "n"}},
    "no event": {"claims": {"events": {}}},
    "another event": {"claims": {"events": {"x": {}}}},
    "no session": {"claims": {"sid": None}},
    "no name": {"claims": {"jti": None}},
    "over": {"claims": {"iat": 1, "exp": 121}},
    "without an end": {"claims": {"exp": None}},
    "no token": {"token": ""},
    "rubbish": {"token": "rubbish"},
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_token_that_is_not_one_ends_nothing(signed_in, tell, what):
    """400, and whoever is signed in stays so."""
    assert tell(**REFUSED[what]).status_code == 400
    assert is_signed_in(signed_in)


@pytest.mark.prove_oidc
def test_a_token_of_another_signer_or_one_met_before_is_refused(signed_in, tell):
    """By the keys that the provider publishes, and once."""
    stranger = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
    assert tell(key=stranger).status_code == 400
    assert is_signed_in(signed_in)
    assert [tell(claims={"jti": "same"}).status_code for _ in range(2)] == [200, 400]


def test_without_the_providers_keys_it_says_later(service, tell):
    """503, which is tried again: nothing was judged."""
    deaf = create_sample(replace(service, issuer="http://localhost:1/t/aoba")).test_client()
    answer = deaf.post("/backchannel-logout", data={"logout_token": "x.y.z"}, base_url=HOME)
    assert answer.status_code == 503


def test_logging_out_leads_to_the_provider_where_it_has_a_place_for_that(signed_in, provider):
    """With the ID token and the way home; the page allows its form to end there."""
    page = signed_in.get("/", base_url=HOME)
    assert f"form-action 'self' http://localhost:{provider.port};" in page.headers["Content-Security-Policy"]
    to = urlsplit(signed_in.post("/logout", base_url=HOME).headers["Location"])
    asked = parse_qs(to.query)
    assert f"{to.scheme}://{to.netloc}{to.path}" == f"{provider.issuer}/logout"
    assert asked["post_logout_redirect_uri"] == [f"{HOME}/"]
    assert asked["id_token_hint"][0].count(".") == 2
    assert not is_signed_in(signed_in)
