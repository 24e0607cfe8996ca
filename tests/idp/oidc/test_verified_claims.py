"""`verified_claims` (OpenID Identity Assurance): told where a terminal read them, and never otherwise."""

import json

import pytest
from components.counter import enrol
from components.identity_assurance import (
    ANY,
    METADATA,
    SCOPES,
    answers,
    asking,
    metadata,
    request,
    told,
)

from idp.items import KANA
from idp.oidc.claims.vouching import (
    LATEST_FRAMEWORK,
    LATEST_RECORD,
    SIGNATURE_FRAMEWORK,
    SIGNATURE_RECORD,
    TRUST_FRAMEWORK,
)
from idp.sources.record import Source

VERIFIED = {"verification": {"trust_framework": TRUST_FRAMEWORK}, "claims": {"name": "髙橋　花子"}}


@pytest.mark.parametrize(
    "verification",
    [
        ANY,
        {"trust_framework": {}},
        {"trust_framework": {"value": TRUST_FRAMEWORK}},
        {"trust_framework": {"values": ["jp_aml", TRUST_FRAMEWORK]}},
        {"trust_framework": {"something": "new"}},
        {"trust_framework": None, "verification_process": None},
        {"trust_framework": None, "something": 5, "new": {"x": [None]}},
        {"trust_framework": {"essential": True}, "assurance_level": {"essential": True}},
    ],
)
def test_a_condition_that_holds(verification):
    """Any framework, ours, ours among others; what is merely asked about and unknown is left out."""
    assert told(request(verification, "name")) == VERIFIED


@pytest.mark.parametrize(
    "verification",
    [
        {"trust_framework": {"value": "jp_aml"}},
        {"trust_framework": {"values": ["jp_aml", "de_aml"]}},
        {"trust_framework": {"value": TRUST_FRAMEWORK, "max_age": 5}},
        {"trust_framework": None, "assurance_level": {"value": "high"}},
        {"trust_framework": None, "something": {"new": {"value": "x"}}},
        {"trust_framework": None, "evidence": [{"type": {"value": "vouch"}}]},
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
    assert told(alternatives[:1]) is None


def test_a_value_that_was_asked_for_must_be_the_one():
    """Of several claims with conditions those that do not match are left out."""
    asked = request(ANY, name={"value": "髙橋　花子"}, gender={"values": ["male"]}, birthdate={"max_age": 10})
    assert told(asked) == VERIFIED
    assert told(request(ANY, gender={"value": "male"})) is None


@pytest.mark.parametrize("claims", [None, {}, {"x": None}])
def test_a_request_for_no_claim_that_we_know_has_no_answer(claims):
    """An element without a claim would say nothing of the person."""
    assert told({"verification": ANY, "claims": claims}) is None


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


def test_at_a_counter_they_are_verified(shared_town, clinic, window):
    """Asked for there alone, beside what the scope gives; the ID token says nothing of it; no address."""
    login = shared_town.begin(clinic, scope="openid gender", claims=asking(request(ANY, "name", "address")))
    assert window.challenge(login).json["attributes"] == ["name", "gender"]
    claims, id_token = answers(shared_town, clinic, login, window.prove(login, "pin"))
    assert claims == {"sub": id_token["sub"], "gender": "female", "verified_claims": VERIFIED}
    assert not id_token.keys() & {"name", "gender", "verified_claims"}


def test_at_home_they_are_not_even_read(shared_town, clinic):
    """The challenge asks for what the scope gives, and nothing is said to be verified."""
    login = shared_town.begin(clinic, scope="openid gender", claims=asking(request(ANY, "name")))
    assert shared_town.challenge(login).json["attributes"] == ["gender"]
    answer = shared_town.prove(login, shared_town.sign(login))
    claims, id_token = answers(shared_town, clinic, login, answer)
    assert claims == {"sub": id_token["sub"], "gender": "female"}


def test_plain_claims_are_asked_for_one_by_one_too(shared_town, clinic):
    """`claims` gives what the scope would, of what the service may have, each where it was asked for."""
    wish = json.dumps(
        {"userinfo": {"name": None, "address": None}, "id_token": {"birthdate": {"essential": True}}}
    )
    login = shared_town.begin(clinic, scope="openid", claims=wish)
    assert shared_town.challenge(login).json["attributes"] == ["name", "birthdate"]
    claims, id_token = answers(
        shared_town, clinic, login, shared_town.prove(login, shared_town.sign(login, "yoko"))
    )
    assert claims == {"sub": id_token["sub"], "name": "見本　陽子"}
    assert id_token.keys() & {"name", "birthdate", "gender", "address"} == {"birthdate"}


def test_what_is_published_of_it(shared_town):
    """Scopes, claims, and what Identity Assurance adds, as its schema wants it."""
    published = metadata(shared_town)
    METADATA.validate(published)
    four = ["name", "address", "birthdate", "gender"]
    assert {*four, "profile"} <= set(published["scopes_supported"])
    assert {*four, "verified_claims"} <= set(published["claims_supported"])
    assert published["trust_frameworks_supported"] == [LATEST_FRAMEWORK, SIGNATURE_FRAMEWORK, TRUST_FRAMEWORK]
    assert published["electronic_records_supported"] == [LATEST_RECORD, SIGNATURE_RECORD]
    less = ["municipality_code", "age_over_18", "age_over_20", "age_over_65"]
    assert sorted(published["claims_in_verified_claims_supported"]) == sorted([*four, KANA, *less])
    assert published["documents_supported"] == ["jp_individual_number_card"]
    assert published["documents_check_methods_supported"] == ["vcrypt"]
