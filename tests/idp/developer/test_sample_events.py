"""The sample service's receiver of events: what it takes, what it refuses, what its page shows."""

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from idp.developer.sample import create_sample

TYPE = "application/secevent+jwt"
SUB = "Zm9yIHRoaXMgc2VydmljZSBhbG9uZSwgZm9yIGV2ZXI"


@pytest.fixture
def push(provider, browser):
    """Push a token made by the provider: `push(header={...}, claims={...}, key=..., ...)`."""

    def send(*, header=None, claims=None, key=None, content_type=TYPE, token=None):
        said = {
            "iss": provider.issuer,
            "aud": "c1",
            "iat": 1,
            "jti": "j1",
            "sub_id": {"format": "iss_sub", "iss": provider.issuer, "sub": SUB},
            "events": {f"{provider.issuer}/events/consent-withdrawn": {"occurred_on": "2026-04-01"}},
            **(claims or {}),
        }
        protected = {"alg": "RS256", "kid": "k1", "typ": "secevent+jwt", **(header or {})}
        body = token or jwt.encode(protected, said, key or provider.key)
        return browser.post("/events", data=body, content_type=content_type, base_url="http://localhost:8001")

    return send


def test_an_event_is_accepted_and_shown(push, browser):
    """202 without a body; the page names the event, the day and the number, once however often it came."""
    assert "occurred" not in browser.get("/").text
    first, again = push(), push()
    assert (first.status_code, first.data, again.status_code) == (202, b"", 202)
    page = browser.get("/?lang=en").text
    assert page.count("consent-withdrawn") == 1
    assert page.count(SUB) == 1
    assert "2026-04-01" in page


REFUSED = {
    "another type of body": ({"content_type": "application/json"}, "invalid_request"),
    "no token": ({"token": b"rubbish"}, "invalid_key"),
    "an ID token": ({"header": {"typ": "JWT"}}, "invalid_request"),
    "another issuer": ({"claims": {"iss": "https://other.example"}}, "invalid_issuer"),
    "another audience": ({"claims": {"aud": "c2"}}, "invalid_audience"),
    "no subject": ({"claims": {"sub_id": None}}, "invalid_request"),
    "no events": ({"claims": {"events": {}}}, "invalid_request"),
    "events of another form": ({"claims": {"events": ["x"]}}, "invalid_request"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_wrong_is_refused_by_its_code(push, browser, what):
    """RFC 8935 section 2.3, and nothing is shown."""
    wrong, code = REFUSED[what]
    answer = push(**wrong)
    assert (answer.status_code, answer.mimetype, answer.json["err"]) == (400, "application/json", code)
    assert "consent-withdrawn" not in browser.get("/").text


def test_a_token_of_another_signer_is_refused(push):
    """By the keys that the provider publishes."""
    stranger = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
    assert push(key=stranger).json["err"] == "invalid_key"


def test_without_the_providers_keys_it_says_later(service, push):
    """503, which is tried again: nothing was judged."""
    from dataclasses import replace

    deaf = create_sample(replace(service, issuer="http://localhost:1/t/aoba")).test_client()
    assert deaf.post("/events", data=b"x", content_type=TYPE).status_code == 503
