"""The Basic 4 in an ID token: only what `claims` asks for there, by the rules of UserInfo, encrypted or not."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from components.assertions import jwks
from components.counter import enrol
from components.identity_assurance import ANSWER, ANY, SCOPES, at_counter, request
from components.jose import opened
from components.refreshing import refresh
from components.town import id_token_claims
from joserfc.jwk import ECKey

from idp.oidc.authorization.claims_request import MAX_KEPT
from idp.oidc.claims.vouching import TRUST_FRAMEWORK

KEY = ECKey.generate_key("P-256", {"kid": "enc", "use": "enc"})
OURS = {"trust_framework": TRUST_FRAMEWORK}
FOUR = {"name", "address", "birthdate", "gender"}


@pytest.fixture(scope="module")
def office(shared_town):
    """A service that may have three of the four, and come back."""
    grants = ("authorization_code", "refresh_token")
    return shared_town.register("aoba", "id-office", scopes=(*SCOPES, "offline_access"), grant_types=grants)


@pytest.fixture(scope="module")
def window(shared_town, office):
    """Its counter terminal."""
    return enrol(shared_town, office, terminal_id="mado-id-token")


def asking(id_token, userinfo=None):
    """The `claims` parameter: verified claims for the ID token, and what UserInfo is asked for."""
    return json.dumps({"id_token": {"verified_claims": id_token}, "userinfo": userinfo or {}})


def verified(*names, **verification):
    """An answer with nothing but the trust framework and those claims of Hanako's."""
    told = {"name": "髙橋　花子", "birthdate": "1985-06-15", "gender": "female"}
    return {"verification": {**OURS, **verification}, "claims": {name: told[name] for name in names}}


def test_each_place_holds_what_was_asked_of_it(office, window):
    """Other claims there, plain ones beside them, and nothing of the one in the other."""
    plain = {"birthdate": None, "verified_claims": request(ANY, "gender")}
    info, id_token = at_counter(window, office, asking(request(ANY, "name"), plain))
    assert id_token["verified_claims"] == verified("name")
    assert not id_token.keys() & FOUR
    assert info == {"sub": id_token["sub"], "birthdate": "1985-06-15", "verified_claims": verified("gender")}


UNMET = {
    "another framework": request({"trust_framework": {"value": "jp_aml"}}, "name"),
    "another value": request(ANY, name={"value": "髙橋"}),
    "evidence of another kind": request({**ANY, "evidence": [{"type": {"value": "vouch"}}]}, "name"),
    "an unknown claim": request(ANY, claim_of_tomorrow={"essential": True}),
    "what it is not registered for": request(ANY, "address"),
    "an empty array of answers": [request({"trust_framework": {"value": "jp_aml"}}, "name")],
}


@pytest.mark.parametrize("name", UNMET)
def test_what_cannot_be_met_is_left_out_as_in_userinfo(office, window, name):
    """Never an error, never a part of it."""
    info, id_token = at_counter(window, office, asking(UNMET[name]))
    assert ("verified_claims" in id_token, info.keys()) == (False, {"sub"})


def test_alternatives_and_evidence_are_answered_as_in_userinfo(office, window):
    """The same request has the same answer in both places."""
    evidence = [{"type": {"value": "document"}, "document_details": {"type": None}}]
    alternatives = [
        request({"trust_framework": {"value": "jp_aml"}}, "name"),
        request({**ANY, "time": {"max_age": 86400}, "evidence": evidence}, "name", "gender"),
    ]
    info, id_token = at_counter(window, office, asking(alternatives, {"verified_claims": alternatives}))
    assert id_token["verified_claims"] == info["verified_claims"]
    (answer,) = id_token["verified_claims"]
    assert answer["claims"] == {"name": "髙橋　花子", "gender": "female"}
    assert answer["verification"]["evidence"][0]["document_details"] == {"type": "jp_individual_number_card"}


def test_at_home_plain_claims_are_told_and_nothing_is_verified(shared_town, office):
    """What the resident's own device reads; the resident is asked for what goes there, as for UserInfo."""
    both = {"name": None, "verified_claims": request(ANY, "name")}
    login = shared_town.begin(office, scope="openid", claims=json.dumps({"id_token": both}))
    assert shared_town.challenge(login).json["attributes"] == ["name"]
    accepted = shared_town.prove(login, shared_town.sign(login, "yoko"))
    back = shared_town.get(login.browser, accepted.json["return_url"]).headers["Location"]
    page = shared_town.get(login.browser, back)
    assert "見本　陽子" in page.text
    sent = urlsplit(shared_town.consent(login, back).headers["Location"]).query
    given = shared_town.redeem(parse_qs(sent)["code"][0], login).json
    id_token = id_token_claims(given["id_token"])
    assert (id_token["name"], "verified_claims" in id_token) == ("見本　陽子", False)
    assert shared_town.userinfo(office, given["access_token"]).json.keys() == {"sub"}


def test_by_scope_they_are_in_no_id_token_not_even_an_encrypted_one(shared_town):
    """A scope gives them to UserInfo; `claims` puts them into the encrypted ID token as well."""
    service = shared_town.register(
        "aoba",
        "sealed-office",
        scopes=(*SCOPES, "address", "profile"),
        jwks=jwks(KEY),
        encryption={"id_token_encrypted_response_alg": "ECDH-ES"},
    )
    scope = "openid name birthdate gender address profile"
    wish = json.dumps({"id_token": {"address": None, "gender": {"essential": True}}})
    for claims, told in ((None, set()), (wish, {"address", "gender"})):
        given = shared_town.redeem(*shared_town.code(service, scope=scope, claims=claims)).json
        said = id_token_claims(opened(given["id_token"], KEY)[1])
        info = shared_town.userinfo(service, given["access_token"]).json
        assert (said.keys() & FOUR, FOUR - info.keys()) == (told, set())
        assert {name: said[name] for name in told} == {name: info[name] for name in told}


def test_a_claim_asked_for_does_not_take_another_s_place(office, window):
    """Whatever is asked for, the ID token's own claims are ours."""
    wish = {"sub": None, "iss": {"value": "x"}, "aud": None, "name": None}
    _, id_token = at_counter(window, office, json.dumps({"id_token": wish}))
    assert (id_token["aud"], id_token["name"]) == (office.client_id, "髙橋　花子")


def test_a_refreshed_id_token_holds_them_no_longer(shared_town, office):
    """They are kept for ten minutes, for one answer; who comes back later receives none."""
    claims = json.dumps({"id_token": {"name": None}})
    code, login = shared_town.code(office, scope="openid offline_access", claims=claims)
    given = shared_town.redeem(code, login).json
    again = refresh(shared_town, office, given["refresh_token"]).json
    first, second = (id_token_claims(one["id_token"]) for one in (given, again))
    assert (first["name"], "name" in second) == ("髙橋　花子", False)


def test_both_places_together_are_bounded(shared_town, office):
    """They travel in the code: what is too much for a URL is refused at once."""
    half = {"verified_claims": request({"trust_framework": {"value": "x" * (MAX_KEPT // 2)}}, "name")}
    assert ANSWER.is_valid({"verified_claims": verified("name")})
    login, url = shared_town.ask(office, claims=json.dumps({"id_token": half, "userinfo": half}))
    assert "error=invalid_request" in url
    assert login.state in url
    _, url = shared_town.ask(office, claims=json.dumps({"id_token": half}))
    assert "error=" not in url
