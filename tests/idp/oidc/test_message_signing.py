"""FAPI 2.0 Message Signing: what a service of the strictest profile pushes as a signed request object."""

import pytest
from components.assertions import ISSUER, jwks, signer
from components.town import BASE_URL, REDIRECT_URI
from joserfc.jwk import ECKey, RSAKey

EC, RSA = ECKey.generate_key("P-256", {"kid": "ec"}), RSAKey.generate_key(2048, {"kid": "rsa"})
STRANGER = ECKey.generate_key("P-256", {"kid": "ec"})
MINUTE = 60


@pytest.fixture(scope="module")
def by(shared_town):
    """A service whose requests all come so, and which has an RSA key beside the one that it authenticates by."""
    wishes = {"profile": "fapi2", "require_signed_request_object": True, "jwks": jwks(EC, RSA)}
    return signer(shared_town, "strict", EC, **wishes, token_endpoint_auth_signing_alg="ES256")


def request_of(by, *, key=None, header=None, **changes):
    """A request object that is right but for what is given; a member of None is left out."""
    claims = {
        "sub": None,
        "jti": None,
        "client_id": by.service.client_id,
        "nbf": by.moment(),
        "exp": by.moment() + 300,
        "response_type": "code",
        "redirect_uri": REDIRECT_URI,
        "scope": "openid",
        "state": "inside",
        "code_challenge": "A" * 43,
        "code_challenge_method": "S256",
    }
    return by.assertion(key=key, header=header, **{**claims, **changes})


def pushed(by, request):
    """Status and error of a push of that object, beside which nothing but the client's assertion stands."""
    url, form = f"{ISSUER}/par", by.pushed(request=request)
    data = {name: value for name, value in form.items() if name.startswith(("client_", "request"))}
    answer = by.town.post(by.town.browser(), url, data=data)
    return answer.status_code, answer.json.get("error")


RIGHT = {
    "as usual": {},
    "of several audiences": {"aud": ["https://other.example", ISSUER]},
    "valid in 8 seconds": {"nbf": 8, "exp": 300},
    "almost an hour old": {"nbf": -59 * MINUTE, "exp": 30},
    "valid for an hour": {"nbf": 0, "exp": 60 * MINUTE},
    "valid for an hour from in 8 seconds": {"nbf": 8, "exp": 60 * MINUTE + 8},
    "with its type": {"header": {"typ": "oauth-authz-req+jwt"}},
    "by PS256": {"key": RSA, "header": {"alg": "PS256", "kid": "rsa"}},
    "answered in a JWT": {"response_mode": "jwt"},
}
WRONG = {
    "without exp": {"exp": None},
    "without nbf": {"nbf": None},
    "over": {"nbf": -300, "exp": -1},
    "valid for more than an hour": {"nbf": 0, "exp": 61 * MINUTE},
    "valid for an hour and a half, half of it over": {"nbf": -45 * MINUTE, "exp": 45 * MINUTE},
    "more than an hour old": {"nbf": -61 * MINUTE, "exp": 30},
    "of in two minutes": {"nbf": 2 * MINUTE, "exp": 300},
    "for somebody else": {"aud": "https://other.example"},
    "for somebody else in a list": {"aud": ["https://other.example"]},
    "for our endpoint": {"aud": f"{ISSUER}/par"},
    "for nobody": {"aud": None},
    "by RS256": {"key": RSA, "header": {"alg": "RS256", "kid": "rsa"}},
    "by none": {"header": {"alg": "none"}, "unsigned": True},
    "by a stranger": {"key": STRANGER},
    "with a reference inside": {"request_uri": "urn:ietf:params:oauth:request_uri:" + "A" * 43},
}


def built(by, changes):
    """The object of one row; times are seconds from now."""
    changes = dict(changes)
    unsigned = changes.pop("unsigned", False)
    for name in ("nbf", "exp"):
        if changes.get(name) is not None:
            changes[name] = by.moment() + changes[name]
    if not unsigned:
        return request_of(by, **changes)
    _, body, _ = request_of(by).split(".")
    return f"eyJhbGciOiJub25lIn0.{body}."


@pytest.mark.parametrize("name", RIGHT)
def test_a_request_object_that_keeps_the_rules_is_taken(by, name):
    """201, with nothing of the request beside it."""
    assert pushed(by, built(by, RIGHT[name])) == (201, None)


@pytest.mark.parametrize("name", WRONG)
def test_a_request_object_that_breaks_one_is_refused(by, name):
    """With the error of request objects, in JSON."""
    assert pushed(by, built(by, WRONG[name])) == (400, "invalid_request_object")


@pytest.mark.parametrize("missing", ["redirect_uri", "code_challenge", "response_type"])
def test_what_stands_outside_makes_no_request_whole(by, missing):
    """The parameters beside the object are those that it lacks, and do not count."""
    answer = by.push(request=request_of(by, **{missing: None}))
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


def test_a_push_without_object_is_refused(by):
    """And so is a request that the browser brings, with or without one."""
    assert (by.push().status_code, by.push().json["error"]) == (400, "invalid_request")
    query = {name: value for name, value in by.pushed().items() if not name.startswith("client_")}
    for request in ({}, {"request": request_of(by)}):
        asked = {"client_id": by.service.client_id, "state": "inside", **query, **request}
        answer = by.town.browser().get("/t/aoba/authorize", base_url=BASE_URL + "/", query_string=asked)
        assert "error=invalid_request&" in answer.headers["Location"]


def test_one_algorithm_is_registered_and_holds(shared_town):
    """Another one of the same service counts for nothing (OpenID Connect Registration section 2)."""
    wishes = {"jwks": jwks(EC, RSA), "token_endpoint_auth_signing_alg": "ES256"}
    narrow = signer(shared_town, "narrow", EC, request_object_signing_alg="PS256", **wishes)
    by_rsa = request_of(narrow, key=RSA, header={"alg": "PS256", "kid": "rsa"})
    assert pushed(narrow, by_rsa) == (201, None)
    assert pushed(narrow, request_of(narrow)) == (400, "invalid_request_object")
