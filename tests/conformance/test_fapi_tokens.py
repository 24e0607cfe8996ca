"""FAPI 2.0, the token endpoint: to whom a code and a refresh token are worth anything, and who is believed."""

import re
import secrets

import pytest
from components.dpop import new_key
from components.fapi_party import WAYS
from components.relying_party import entropy

BY_KEY = [name for name, way in WAYS.items() if way.by == "key"]
by_key = pytest.mark.parametrize("way", BY_KEY)
OFFLINE = {"scope": "openid offline_access", "prompt": "consent"}


def refused(answer):
    """The error of a token request, or of a push (RFC 6749, section 5.2)."""
    assert (answer.status_code, answer.mimetype) in ((400, "application/json"), (401, "application/json"))
    assert answer.json.keys() <= {"error", "error_description", "error_uri"}
    assert not re.search(r"[\r\n\t]", answer.json.get("error_description", ""))
    assert answer.status_code == 400 or answer.json["error"] == "invalid_client"
    return answer.json["error"]


def test_another_services_name(strict, second):
    """...-ensure-client-id-in-token-endpoint: the second's name, with the first's key or certificate."""
    code = strict.ask_well().code
    who = second.service.client_id
    if strict.way.by == "key":
        theirs = strict.authentication(iss=who, sub=who) | {"client_id": who}
    else:
        theirs = {"client_id": who}
    assert refused(strict.redeem(code, authentication=theirs)) == "invalid_client"


def test_a_code_with_nothing_that_it_could_be_bound_to(strict):
    """...-ensure-holder-of-key-required: no proof, or no certificate."""
    shown = {"proving": False} if strict.way.bound == "dpop" else {"certificate": False}
    error = refused(strict.redeem(strict.ask_well().code, how=shown))
    assert error == ("invalid_client" if strict.way.by == strict.way.bound == "mtls" else "invalid_request")


def test_another_services_code(strict, second):
    """...-ensure-authorization-code-is-bound-to-client: the second's own credentials do not help."""
    code = strict.ask_well().code
    second.verifier, second.redirect_uri = strict.verifier, strict.redirect_uri
    assert refused(second.redeem(code)) == "invalid_grant"


def test_a_code_used_again(strict):
    """...-attempt-reuse-authorization-code-after-one-second: refused, and what it gave is worth nothing."""
    answer = strict.ask_well()
    tokens = strict.tokens(answer)
    strict.town.clock.set_offset(strict.town.clock.offset + 1)
    assert refused(strict.redeem(answer.code)) == "invalid_grant"
    assert strict.resource(tokens["access_token"]).status_code == 401


def test_a_code_after_a_minute(strict):
    """...-token-endpoint-fails-with-expired-auth-code: 62 seconds are too many."""
    code = strict.ask_well().code
    strict.town.clock.set_offset(strict.town.clock.offset + 62)
    assert refused(strict.redeem(code)) == "invalid_grant"


@pytest.mark.parametrize("verifier", [None, "another"])
def test_the_verifier(strict, verifier):
    """...-ensure-pkce-code-verifier-required, -incorrect-pkce-code-verifier-rejected."""
    wrong = secrets.token_urlsafe(48) if verifier else None
    assert refused(strict.redeem(strict.ask_well().code, code_verifier=wrong)) == "invalid_grant"


WRONG = {
    "by RS256": {"header": {"alg": "RS256"}},
    "over for five minutes": {"exp": -300},
    "for another server": {"aud": "https://other.example"},
    "without sub": {"sub": None},
}


@pytest.mark.parametrize("name", WRONG)
@by_key
def test_an_assertion_that_is_wrong(strict, name):
    """...-client-assertion-with-RS256-fails, -exp-is-5-minutes-in-past-, -wrong-aud-, -no-sub-fails."""
    changes = dict(WRONG[name])
    if "exp" in changes:
        changes["exp"] += strict.moment()
    code = strict.ask_well().code
    assert refused(strict.redeem(code, authentication=strict.authentication(**changes))) == "invalid_client"
    assert strict.redeem(code).status_code == 200


@by_key
def test_no_assertion(strict):
    """...-ensure-client-assertion-in-token-endpoint: the name alone is nobody's."""
    alone = {"client_id": strict.service.client_id}
    assert refused(strict.redeem(strict.ask_well().code, authentication=alone)) == "invalid_client"


@by_key
def test_an_assertion_of_a_clock_ahead(strict):
    """...-assertions-nbf-8-seconds-in-the-future-is-accepted, -nbf-over-60-seconds-in-the-future-fails: at PAR."""
    now = strict.moment()
    ahead = strict.authentication(iat=now + 8, nbf=now + 8)
    assert strict.push(strict.request(), authentication=ahead).status_code == 201
    far = strict.authentication(iat=now + 62, nbf=now + 62, exp=now + 122)
    assert refused(strict.push(strict.request(), authentication=far)) == "invalid_client"


@pytest.mark.parametrize("audience", ["list", "/par", "/token"])
@by_key
def test_the_audience_of_an_assertion(strict, audience):
    """...-par-test-array-as-audience-fails, -par-endpoint-url-as-, -token-endpoint-url-as-audience-fails."""
    aud = [strict.issuer, "https://other.example"] if audience == "list" else strict.issuer + audience
    told = strict.authentication(aud=aud)
    assert refused(strict.push(strict.request(), authentication=told)) == "invalid_client"


def refreshed(party, *, scope=None):
    """A login that asks to come back, and two refreshes with new keys; what the last gave."""
    first = party.log_in(**OFFLINE)
    token = first["refresh_token"]
    assert re.fullmatch(r"[\x20-\x7e]+", token)
    assert entropy(token) >= 96
    form = {"grant_type": "refresh_token", "refresh_token": token} | ({"scope": scope} if scope else {})
    for _ in range(2):
        party.town.clock.set_offset(party.town.clock.offset + 1)
        party.proof_key = new_key()
        again = party.checked(party.token_request(**form))
        assert again["refresh_token"] == token
    _, claims = party.verified(again["id_token"])
    for name in ("iss", "sub", "aud", "auth_time", "azp"):
        assert claims.get(name) == first["claims"].get(name)
    assert claims["iat"] > first["claims"]["iat"]
    assert again["access_token"] != first["access_token"]
    assert party.user_info(again)["sub"] == claims["sub"]
    return again


def test_refresh_tokens(strict, second):
    """...-refresh-token: by any new key, never by none, and the second's is nothing to the first."""
    assert "refresh_token" in strict.metadata["grant_types_supported"]
    own = refreshed(strict, scope=OFFLINE["scope"])
    form = {"grant_type": "refresh_token", "refresh_token": own["refresh_token"]}
    shown = {"proving": False} if strict.way.bound == "dpop" else {"certificate": False}
    bare = strict.token_request(**form, how=shown)
    assert refused(bare) in ("invalid_client", "invalid_grant", "invalid_request")
    theirs = refreshed(second)
    assert strict.resource(theirs["access_token"]).status_code == 401
    stolen = {"grant_type": "refresh_token", "refresh_token": theirs["refresh_token"]}
    answer = strict.token_request(**stolen, scope=OFFLINE["scope"])
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")
