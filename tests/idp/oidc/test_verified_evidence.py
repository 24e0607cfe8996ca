"""The evidence of verified claims: told as far as asked for, filtered by what it has to be, joining nobody."""

import hashlib

import pytest
from components.counter import enrol, switch
from components.identity_assurance import (
    ANSWER,
    AT,
    HELD_OVER,
    METADATA,
    QUARTER,
    SCHEMAS,
    SCOPES,
    WITH_PIN,
    asking,
    at_counter,
    metadata,
    request,
    told,
)
from jsonschema import ValidationError

from idp.oidc.claims import verified_answer, vouching
from idp.oidc.claims.vouching import TRUST_FRAMEWORK, Moment

DOCUMENT = {"type": {"value": "document"}}
EVERYTHING = {
    "trust_framework": None,
    "assurance_process": {"policy": None, "procedure": None},
    "time": None,
    "evidence": [
        {
            **DOCUMENT,
            "check_details": [{"check_method": None, "time": None}],
            "document_details": {"type": None, "issuer": {"country_code": None}},
        }
    ],
}
CARD = {"type": "jp_individual_number_card", "issuer": {"country_code": "JPN"}}


def verification(login=WITH_PIN, /, **asked):
    """What is told of the verification to who asks for that beside the trust framework."""
    answer = told(request({"trust_framework": None, **asked}, "name"), login=login)
    return answer and {n: part for n, part in answer["verification"].items() if n != "trust_framework"}


def evidence(login=WITH_PIN, /, **asked):
    """The one piece of evidence told to who asks for that of a document."""
    answer = verification(login, evidence=[{**DOCUMENT, **asked}])
    return answer and answer["evidence"][0]


def test_all_that_is_there():
    """A card with its PIN: who read it by which rule, in which quarter of an hour, what was checked of what."""
    assert verification(**EVERYTHING) == {
        "assurance_process": {"policy": TRUST_FRAMEWORK, "procedure": "card_and_pin"},
        "time": QUARTER,
        "evidence": [
            {
                "type": "document",
                "check_details": [{"check_method": "vcrypt", "time": QUARTER}],
                "document_details": CARD,
            }
        ],
    }


def test_a_card_that_is_held_over_is_not_said_to_have_signed():
    """The same evidence without a check: terminal and staff vouch for it."""
    answer = verification(HELD_OVER, **EVERYTHING)
    assert answer["assurance_process"]["procedure"] == "card_held_over"
    assert answer["evidence"] == [{"type": "document", "document_details": CARD}]
    assert evidence(HELD_OVER, check_details=[{"check_method": {"value": "vcrypt"}}]) is None
    either = [{"check_method": {"value": "vcrypt"}}, {"check_method": None}]
    assert evidence(HELD_OVER, check_details=either) == {"type": "document"}


def test_a_login_of_another_kind_verifies_nothing():
    """What no row describes nobody vouches for: a phone at a terminal, say."""
    assert verification(vouching.Login(AT, ("hwk", "mfa"))) is None


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ({}, {"type": "document"}),
        ({"check_details": None, "document_details": None}, {"type": "document"}),
        ({"document_details": {}}, {"type": "document"}),
        ({"document_details": {"issuer": {"country_code": None}}}, {"type": "document"}),
        ({"document_details": {"type": None}}, {"type": "document", "document_details": {"type": CARD["type"]}}),
        (
            {"document_details": {"type": None, "document_number": None, "serial_number": {"essential": True}}},
            {"type": "document", "document_details": {"type": CARD["type"]}},
        ),
        ({"check_details": [{"check_id": None, "time": None}]}, {"type": "document"}),
        (
            {"check_details": [{"time": None}, {"check_method": {"values": ["vpip", "vcrypt"]}}]},
            {"type": "document", "check_details": [{"check_method": "vcrypt"}]},
        ),
    ],
)
def test_what_is_not_asked_for_is_not_told(asked, answer):
    """Whoever wants evidence goes a step deeper; what lacks a member that it must have is left out."""
    assert evidence(**asked) == answer


@pytest.mark.parametrize(
    "asked",
    [
        {"document_details": {"type": {"value": "passport"}}},
        {"document_details": {"type": None, "document_number": {"value": "1"}}},
        {"document_details": {"issuer": {"country_code": {"values": ["DEU", "FRA"]}}}},
        {"check_details": [{"check_method": {"value": "pvp"}}]},
        {"check_details": [{"check_method": {"value": "pvp"}}, {"organization": {"value": "x"}}]},
    ],
)
def test_evidence_that_has_to_be_something_else_leaves_everything_out(asked):
    """A condition inside the verification is one on all of it."""
    assert evidence(**asked) is None


def test_one_of_several_kinds_of_evidence_is_enough():
    """Entries are alternatives: by kind, and by what they have to be."""
    passport = {**DOCUMENT, "document_details": {"type": {"value": "passport"}}}
    card = {**DOCUMENT, "document_details": {"type": {"values": ["idcard", CARD["type"]]}}}
    record = {"type": {"value": "electronic_record"}, "record": {"type": None}}
    answer = verification(evidence=[record, passport, card])
    assert answer == {"evidence": [{"type": "document", "document_details": {"type": CARD["type"]}}]}
    assert verification(evidence=[record, passport]) is None


@pytest.mark.parametrize("login", [WITH_PIN, HELD_OVER])
def test_a_card_that_is_read_now_is_as_young_as_can_be_asked(login):
    """An age counts from the last second of the quarter of an hour that is told."""
    assert verification(login, time={"max_age": 0}) == {"time": QUARTER}
    assert verification(login, assurance_process={"policy": {"max_age": 0}}) is None


def test_what_is_older_than_asked_leaves_everything_out():
    """Of a source that verified earlier than the login, to the second."""
    facts = {"trust_framework": "x", "time": Moment(AT)}
    asked = {"trust_framework": None, "time": {"max_age": 60}}
    last = Moment(AT).last_second
    assert verified_answer.verification(asked, facts, asked_at=last + 60) is not None
    assert verified_answer.verification(asked, facts, asked_at=last + 61) is None


def test_everybody_of_one_quarter_of_an_hour_has_the_same_evidence():
    """Nothing of it is one person's, one card's or one terminal's: two services join nobody by it."""
    quarter = AT - AT % 900
    texts = {str(answer_of(quarter + second)) for second in (0, 1, 450, 899)}
    assert len(texts) == 1
    assert str(answer_of(quarter + 900)) not in texts


def answer_of(accepted_at):
    """The whole verification of a login that was accepted then."""
    return verification(vouching.Login(accepted_at, WITH_PIN.amr), **EVERYTHING)


@pytest.fixture(scope="module")
def office(shared_town):
    """A service and its counter terminal."""
    service = shared_town.register("aoba", "evidence-office", scopes=SCOPES)
    return service, enrol(shared_town, service, terminal_id="mado-evidence")


def test_evidence_of_a_real_login_is_within_what_is_published(shared_town, office):
    """Frameworks, kinds of evidence, documents, checks, claims: the metadata names each; the time is told."""
    service, window = office
    claims, _ = at_counter(window, service, asking(request(EVERYTHING, "name", "birthdate")))
    published, answer = metadata(shared_town), claims["verified_claims"]
    METADATA.validate(published)
    verified = answer["verification"]
    assert verified["trust_framework"] in published["trust_frameworks_supported"]
    assert answer["claims"].keys() <= set(published["claims_in_verified_claims_supported"])
    (piece,) = verified["evidence"]
    assert piece["type"] in published["evidence_supported"]
    assert piece["document_details"]["type"] in published["documents_supported"]
    assert piece["check_details"][0]["check_method"] in published["documents_check_methods_supported"]
    moment = int(shared_town.clock().timestamp())
    assert verified["time"] in {str(Moment(moment)), str(Moment(moment - 60))}


def test_a_login_without_pin_has_the_evidence_of_one(aoba):
    """Over the whole way: a card held over at a counter is told as no more than that."""
    switch(aoba, ["kazashi"])
    service = aoba.register("aoba", "tap", scopes=SCOPES, minimum_acr="aal1", methods=("kazashi",))
    window = enrol(aoba, service, terminal_id="mado-tap")
    at_counter(window, service, asking(request(EVERYTHING, "name")))
    claims, id_token = at_counter(window, service, asking(request(EVERYTHING, "name")), "kazashi")
    assert id_token["amr"] == ["kazashi"]
    verified = claims["verified_claims"]["verification"]
    assert verified["assurance_process"]["procedure"] == "card_held_over"
    assert verified["evidence"] == [{"type": "document", "document_details": CARD}]


SAMPLE = told(request(EVERYTHING, "name"))


@pytest.mark.parametrize(
    "broken",
    [
        {"verification": SAMPLE["verification"]},
        {"verification": {}, "claims": {}},
        {"verification": {**SAMPLE["verification"], "time": AT}, "claims": {}},
        {"verification": {**SAMPLE["verification"], "time": "2025-11-26"}, "claims": {}},
        {"verification": {**SAMPLE["verification"], "evidence": []}, "claims": {}},
        {"verification": {**SAMPLE["verification"], "evidence": [{"type": "card"}]}, "claims": {}},
        {"verification": {**SAMPLE["verification"], "evidence": [{"type": "document", "x": 1}]}, "claims": {}},
    ],
)
def test_the_schema_refuses_what_is_no_answer(broken):
    """Otherwise nothing were shown by answers that meet it."""
    ANSWER.validate({"verified_claims": [SAMPLE]})
    with pytest.raises(ValidationError):
        ANSWER.validate({"verified_claims": broken})


def test_the_schemas_are_those_of_which_the_origin_is_told():
    """The README beside them names the hash of each."""
    readme = (SCHEMAS / "README.md").read_text()
    for schema in SCHEMAS.glob("*.json"):
        assert f"`{schema.name}`" in readme
        assert hashlib.sha256(schema.read_bytes()).hexdigest() in readme
