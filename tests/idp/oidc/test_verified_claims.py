"""`verified_claims` (OpenID Identity Assurance): told where a terminal read them, and never otherwise."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from components.counter import enrol
from components.town import BASE_URL, id_token_claims

from idp.login.attributes import Read, Source
from idp.oidc import attribute_claims
from idp.oidc.attribute_claims import TRUST_FRAMEWORK
from idp.oidc.claims_request import Asked

SCOPES = ("openid", "name", "birthdate", "gender")
ANY = {"trust_framework": None}
READ = {"name": "髙橋　花子", "birthdate": "19850615", "gender": "2"}
VERIFIED = {"verification": {"trust_framework": TRUST_FRAMEWORK}, "claims": {"name": "髙橋　花子"}}


def request(verification=ANY, *names, **claims):
    """A request for verified claims."""
    return {"verification": verification, "claims": {**dict.fromkeys(names), **claims}}


def told(request, source=Source.TERMINAL, values=READ):
    """What UserInfo says of verified claims."""
    return attribute_claims.of(Read(source, values), ("openid",), Asked(verified=request)).get("verified_claims")


@pytest.mark.parametrize(
    "verification",
    [
        ANY,
        {"trust_framework": {"value": TRUST_FRAMEWORK}},
        {"trust_framework": {"values": ["jp_aml", TRUST_FRAMEWORK]}},
        {"trust_framework": None, "time": None},
        {"trust_framework": {"essential": True}, "assurance_level": {"essential": False}},
    ],
)
def test_a_condition_that_holds(verification):
    """Any framework, ours, ours among others; what is merely asked about and unknown is left out."""
    assert told(request(verification, "name")) == VERIFIED


@pytest.mark.parametrize(
    "verification",
    [
        {},
        {"time": None},
        {"trust_framework": {"value": "jp_aml"}},
        {"trust_framework": {"values": []}},
        {"trust_framework": {"values": "jp_municipal_counter"}},
        {"trust_framework": TRUST_FRAMEWORK},
        {"trust_framework": {"something": "new"}},
        {"trust_framework": None, "assurance_level": {"value": "high"}},
        {"trust_framework": None, "time": {"max_age": 60}},
        {"trust_framework": None, "evidence": [{"type": {"value": "document"}}]},
    ],
)
def test_a_condition_that_does_not_hold_leaves_them_out(verification):
    """Never an error, and never another claim than the one that was asked for."""
    assert told(request(verification, "name")) is None


def test_a_resident_s_own_device_verifies_nothing():
    """`source: self` is in no verified claim."""
    assert told(request(ANY, "name"), Source.SELF) is None


def test_alternatives_are_answered_one_by_one():
    """An array of requests has an array of answers; those that cannot be met are left out."""
    alternatives = [
        request({"trust_framework": {"value": "jp_aml"}}, "name"),
        request(ANY, "name"),
        request(ANY, "x"),
    ]
    assert told(alternatives) == [VERIFIED]


def test_a_value_that_was_asked_for_must_be_the_one():
    """Of two claims with conditions the one that does not match is left out."""
    asked = request(ANY, name={"value": "髙橋　花子"}, gender={"values": ["male"]})
    assert told(asked) == VERIFIED
    assert told(request(ANY, gender={"value": "male"})) is None


@pytest.mark.parametrize("broken", [None, {}, {"verification": ANY}, {"claims": {"name": None}}, {"claims": []}])
def test_a_request_without_its_parts_asks_for_nothing(broken):
    """Both `verification` and `claims` belong to it."""
    assert told(broken) is None


def test_what_the_card_leaves_open_is_not_verified():
    """A day of birth that is not known, a gender that is neither."""
    values = {"birthdate": "19850600", "gender": "9"}
    assert told(request(ANY, "birthdate", "gender"), values=values) is None


@pytest.fixture(scope="module")
def clinic(shared_town):
    """A service that may have three of the four."""
    return shared_town.register("aoba", "clinic", scopes=SCOPES)


@pytest.fixture(scope="module")
def window(shared_town, clinic):
    """Its counter terminal."""
    return enrol(shared_town, clinic, terminal_id="mado-verified")


def asking(*names):
    """The `claims` parameter."""
    return json.dumps({"userinfo": {"verified_claims": request(ANY, *names)}})


def userinfo(town, service, login, answer):
    """UserInfo and the ID token after an accepted proof."""
    location = town.get(login.browser, answer.json["return_url"]).headers["Location"]
    if location.endswith("/consent"):
        location = town.consent(login, location).headers["Location"]
    tokens = town.redeem(parse_qs(urlsplit(location).query)["code"][0], login).json
    return town.userinfo(service, tokens["access_token"]).json, id_token_claims(tokens["id_token"])


def test_at_a_counter_they_are_verified(shared_town, clinic, window):
    """Asked for there alone, beside what the scope gives; the ID token says nothing of it; no address."""
    login = shared_town.begin(clinic, scope="openid gender", claims=asking("name", "address"))
    assert window.challenge(login).json["attributes"] == ["name", "gender"]
    claims, id_token = userinfo(shared_town, clinic, login, window.prove(login, "pin"))
    assert claims == {"sub": id_token["sub"], "gender": "female", "verified_claims": VERIFIED}
    assert not id_token.keys() & {"name", "gender", "verified_claims"}


def test_at_home_they_are_not_even_read(shared_town, clinic):
    """The challenge asks for what the scope gives, and nothing is said to be verified."""
    login = shared_town.begin(clinic, scope="openid gender", claims=asking("name"))
    assert shared_town.challenge(login).json["attributes"] == ["gender"]
    answer = shared_town.prove(login, shared_town.sign(login))
    claims, id_token = userinfo(shared_town, clinic, login, answer)
    assert claims == {"sub": id_token["sub"], "gender": "female"}


def test_plain_claims_are_asked_for_one_by_one_too(shared_town, clinic):
    """`claims` gives what the scope would, of what the service may have; the ID token is asked in vain."""
    wish = json.dumps(
        {"userinfo": {"name": None, "address": None}, "id_token": {"birthdate": {"essential": True}}}
    )
    login = shared_town.begin(clinic, scope="openid", claims=wish)
    assert shared_town.challenge(login).json["attributes"] == ["name"]
    claims, id_token = userinfo(
        shared_town, clinic, login, shared_town.prove(login, shared_town.sign(login, "yoko"))
    )
    assert claims == {"sub": id_token["sub"], "name": "見本　陽子"}
    assert "birthdate" not in id_token


def test_what_is_published_of_it(shared_town):
    """Scopes, claims, and what Identity Assurance adds."""
    url = f"{BASE_URL}/t/aoba/.well-known/openid-configuration"
    metadata = shared_town.get(shared_town.browser(), url).json
    four = ["name", "address", "birthdate", "gender"]
    assert {*four, "profile"} <= set(metadata["scopes_supported"])
    assert {*four, "verified_claims"} <= set(metadata["claims_supported"])
    assert metadata["verified_claims_supported"] is True
    assert metadata["trust_frameworks_supported"] == [TRUST_FRAMEWORK]
    assert metadata["claims_in_verified_claims_supported"] == four
