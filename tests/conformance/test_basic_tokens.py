"""Basic OP and Form Post OP, what is tried at the end: used codes, refresh tokens, unsigned request objects."""

import re

from components.relying_party import RelyingParty, entropy, unsigned
from components.town import REDIRECT_URI


def refused(response):
    """The error of a token request (RFC 6749, section 5.2)."""
    assert (response.status_code, response.mimetype) == (400, "application/json")
    assert response.json.keys() <= {"error", "error_description", "error_uri"}
    assert not re.search(r"[\r\n\t]", response.json.get("error_description", ""))
    return response.json["error"]


def test_a_code_used_again(party):
    """oidcc-codereuse: refused at once."""
    answer = party.ask_well()
    party.tokens(answer)
    assert refused(party.redeem(answer.code)) == "invalid_grant"


def test_a_code_used_again_after_30_seconds(party):
    """oidcc-codereuse-30seconds: refused, and what the code gave is worth nothing any more."""
    answer = party.ask_well()
    tokens = party.tokens(answer)
    party.town.clock.set_offset(party.town.clock.offset + 30)
    assert refused(party.redeem(answer.code)) == "invalid_grant"
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    dead = party.town.get(party.town.browser(), party.metadata["userinfo_endpoint"], headers=bearer)
    assert dead.status_code == 401


def refreshed(party, *, scope):
    """A login that asks to come back, and a refresh of it; what the refresh gave."""
    nonce = {"nonce": "n" * 43} if scope is None else {}
    first = party.log_in(scope="openid offline_access", prompt="consent", **nonce)
    assert re.fullmatch(r"[\x20-\x7e]+", first["refresh_token"])
    party.town.clock.set_offset(party.town.clock.offset + 1)
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    again = party.checked(party.token_request(**form, **({"scope": scope} if scope else {})))
    _, claims = party.verified(again["id_token"])
    for name in ("iss", "sub", "aud", "auth_time", "azp"):
        assert claims.get(name) == first["claims"].get(name)
    assert claims["iat"] > first["claims"]["iat"]
    assert again["access_token"] != first["access_token"]
    assert len(again["refresh_token"]) * 6 >= 128
    assert entropy(again["refresh_token"]) >= 96
    assert party.user_info(again)["sub"] == claims["sub"]
    return again


def test_refresh_tokens(plan_town, services, mode, party):
    """oidcc-refresh-token: each of two services refreshes its own; one's token is nothing to the other."""
    assert "refresh_token" in party.metadata["grant_types_supported"]
    assert "offline_access" in party.metadata["scopes_supported"]
    refreshed(party, scope="openid offline_access")
    second = refreshed(RelyingParty(plan_town, services["second"], mode), scope=None)
    stolen = {"grant_type": "refresh_token", "refresh_token": second["refresh_token"]}
    assert refused(party.token_request(**stolen, scope="openid offline_access")) == "invalid_grant"


def unsigned_object(party, **changes):
    """The whole request in an object of algorithm none, and outside it what OAuth cannot do without."""
    inside = party.request(**changes)
    inside |= {"iss": party.service.client_id, "aud": party.issuer}
    return inside, {"state": None, "nonce": None}


def test_an_unsigned_request_object(party):
    """oidcc-unsigned-request-object-...: `none` is not published, which ends the module; who sends one is told."""
    assert "none" not in party.metadata["request_object_signing_alg_values_supported"]
    inside, outside = unsigned_object(party)
    answer = party.ask(request=unsigned(inside), **outside)
    assert answer.members["error"] in ("request_not_supported", "invalid_request_object")
    assert answer.asked == []


def test_a_reference_to_an_unsigned_request_object(party):
    """oidcc-request-uri-unsigned-...: the same by reference, and refused before anything is fetched."""
    assert "none" not in party.metadata["request_object_signing_alg_values_supported"]
    answer = party.ask(request_uri="https://suite.example/request#f3a1c2", state=None, nonce=None)
    by_reference = party.metadata["request_uri_parameter_supported"]
    errors = {"invalid_request_uri", "invalid_request_object"} if by_reference else {"request_uri_not_supported"}
    assert answer.members["error"] in errors
    assert answer.asked == []


def test_a_request_object_and_another_redirect_uri_outside(party):
    """oidcc-ensure-request-object-with-redirect-uri: by an unsigned object nobody is sent to either of the two."""
    inside, outside = unsigned_object(party)
    answer = party.ask(request=unsigned(inside), redirect_uri=REDIRECT_URI + "/f3a1c2", **outside)
    assert (answer.page.status_code, answer.members) == (400, {})
    assert REDIRECT_URI not in answer.page.text
