"""The modules of the conformance plan for Identity Assurance, each with the bytes that it sends."""

import json

import pytest
from components.counter import enrol
from components.identity_assurance import ANY, METADATA, SCOPES, at_counter, metadata

from idp.items import KANA
from idp.oidc.claims.vouching import TRUST_FRAMEWORK

FOUR = ("name", "address", "birthdate", "gender")
LESS = ("municipality_code", "age_over_18", "age_over_20", "age_over_65")
TERMS = {name: {"purpose": "割引のため", "kept": "1年"} for name in LESS}
OURS = {"trust_framework": TRUST_FRAMEWORK}
NAME = {"verification": OURS, "claims": {"name": "髙橋　花子"}}


@pytest.fixture(scope="module")
def plan(shared_town):
    """A function from a `claims` parameter to UserInfo and ID token of a login at a counter."""
    tenant = shared_town.product.directory.tenant("aoba")
    shared_town.product.policies.change_tenant(tenant, revocation={}, municipalities={"見本県青葉市": "990019"})
    service = shared_town.register("aoba", "plan", scopes=(*SCOPES, "address"), claim_terms=TERMS)
    window = enrol(shared_town, service, terminal_id="mado-plan")

    def sign_in(**places):
        return at_counter(window, service, json.dumps(places))

    return sign_in


def verified(claims, verification=ANY):
    """One place's members: a request for these verified claims."""
    return {"verified_claims": {"verification": verification, "claims": claims}}


def test_happy_path(plan, shared_town):
    """One claim of those that are published, by null; the metadata has all that the plan reads of it."""
    METADATA.validate(metadata(shared_town))
    info, _ = plan(userinfo=verified({"name": None}))
    assert info["verified_claims"] == NAME


def test_happy_path_with_empty_objects(plan):
    """An empty object asks as null does."""
    info, _ = plan(userinfo=verified({"name": {}}, {"trust_framework": {}}))
    assert info["verified_claims"] == NAME


def test_happy_path_with_essential_false(plan):
    """So does one that says it is not essential."""
    info, _ = plan(userinfo=verified({"name": {"essential": False}}))
    assert info["verified_claims"] == NAME


UNKNOWN = {
    "a claim unknown to the provider": {"claim_of_tomorrow": None},
    "an essential one": {"claim_of_tomorrow": {"essential": True}},
    "one with special characters": {"<script>alert('1')</script>\"&%00\u2028": None},
    "one with a language": {"name#ja-Kana-JP": None},
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_claim_unknown_to_the_provider_is_omitted(plan, name):
    """Never an error, beside a known one and alone."""
    info, _ = plan(userinfo=verified({"name": None, **UNKNOWN[name]}))
    assert info["verified_claims"] == NAME
    info, _ = plan(userinfo=verified(UNKNOWN[name]))
    assert info.keys() == {"sub"}


def test_a_claim_with_a_random_value_is_omitted(plan):
    """It is not that; the others are told."""
    info, _ = plan(userinfo=verified({"name": None, "birthdate": {"value": "f3a1c2"}}))
    assert info["verified_claims"] == NAME
    info, _ = plan(userinfo=verified({"birthdate": {"value": "f3a1c2"}}))
    assert info.keys() == {"sub"}


def test_verified_claims_only_in_the_id_token(plan):
    """UserInfo has none."""
    info, id_token = plan(id_token=verified({"name": None}))
    assert info.keys() == {"sub"}
    assert id_token["verified_claims"] == NAME


def test_verified_claims_only_in_userinfo(plan):
    """The ID token has none."""
    info, id_token = plan(userinfo=verified({"name": None}))
    assert info["verified_claims"] == NAME
    assert "verified_claims" not in id_token


def test_a_request_that_a_user_of_the_suite_provides(plan):
    """Alternatives with evidence and plain claims beside them: each is answered as far as it can be."""
    card = {
        "type": {"value": "document"},
        "check_details": [{"check_method": {"values": ["pvp", "vcrypt"]}}],
        "document_details": {"type": {"values": ["passport", "jp_individual_number_card"]}},
    }
    alternatives = [
        {"verification": {"trust_framework": {"value": "jp_aml"}}, "claims": {"name": None}},
        {
            "verification": {"trust_framework": None, "time": {"max_age": 63113852}, "evidence": [card]},
            "claims": {"gender": None},
        },
    ]
    info, _ = plan(userinfo={"birthdate": None, "verified_claims": alternatives})
    (answer,) = info["verified_claims"]
    assert info["birthdate"] == "1985-06-15"
    assert answer["claims"] == {"gender": "female"}
    assert answer["verification"].keys() == {"trust_framework", "time", "evidence"}
    assert answer["verification"]["evidence"] == [
        {
            "type": "document",
            "check_details": [{"check_method": "vcrypt"}],
            "document_details": {"type": "jp_individual_number_card"},
        }
    ]


def test_all_that_is_published_is_delivered_as_it_was_asked(plan, shared_town):
    """Every claim and every framework that the metadata names, and nothing that they do not.

    But for a name's reading, which no card holds: `tests/idp/basic4/test_kana.py`.
    """
    published = metadata(shared_town)
    names = published["claims_in_verified_claims_supported"]
    asked = {"trust_framework": {"values": published["trust_frameworks_supported"]}}
    info, _ = plan(userinfo=verified(dict.fromkeys(names), asked))
    assert info["verified_claims"]["verification"] == OURS
    assert info["verified_claims"]["claims"].keys() == {*FOUR, *LESS} == set(names) - {KANA}


def test_what_is_not_published_is_not_delivered(plan, shared_town):
    """Claims of OpenID Connect Core that are not among the published ones."""
    others = ["given_name", "family_name", "email", "phone_number", "nationalities", "place_of_birth"]
    assert not set(others) & set(metadata(shared_town)["claims_in_verified_claims_supported"])
    info, _ = plan(userinfo=verified(dict.fromkeys([*others, "name"])))
    assert info["verified_claims"] == NAME
