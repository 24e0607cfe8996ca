"""The `claims` parameter: read strictly, kept as far as it can be answered, and answered where it was asked."""

import json

import pytest
from components.town import BASE_URL

from idp.items import ITEMS
from idp.oidc.authorization.claims_request import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_KEPT,
    NOTHING,
    ClaimsRefused,
    Individual,
    parse,
    read_kept,
)
from idp.oidc.authorization.requests import AuthorizationRequest
from idp.oidc.authorization.responses import ResponseMode

KNOWN = {"userinfo": {"revocation", "name"}, "id_token": {"acr", "sub", "auth_time"}}
EVIDENCE = {
    "verification": {
        "trust_framework": {"value": "jp_jpki"},
        "evidence": [{"type": {"value": "electronic_record"}, "check_details": [{"check_method": None}]}],
    },
    "claims": {"birthdate": None},
}
MORE = {
    "verification": {
        **EVIDENCE["verification"],
        "verification_process": {"essential": True, "purpose": "x"},
        "assurance_level": {"value": "high"},
    },
    "claims": {"birthdate": {"essential": True}, "given_name": None},
}
"""The same, and what cannot be told: left out, but for a level that it has to be."""
LESS = {
    "verification": {**EVIDENCE["verification"], "assurance_level": {"value": "high"}},
    "claims": EVIDENCE["claims"],
}


def read(request):
    """A request as it arrives: an object is written as JSON first."""
    return parse(request if isinstance(request, str) else json.dumps(request), **KNOWN)


def framework(name):
    """A request for what is verified under that framework, however long its name is: a condition is kept."""
    return {"verification": {"trust_framework": {"value": name}}, "claims": {"birthdate": None}}


def in_transaction(claims):
    """The same as a login transaction gives it back that keeps a request with it."""
    kept = AuthorizationRequest(
        client_id="service",
        redirect_uri="https://service.example/back",
        state=None,
        response_mode=ResponseMode.FORM_POST,
        scopes=("openid",),
        nonce=None,
        code_challenge=None,
        auth_time=False,
        claims=claims,
    )
    read = AuthorizationRequest.from_json(kept.to_json())
    assert read == kept
    return read.claims


def deep(levels):
    """A request that holds so many objects one in another."""
    inside = None
    for _ in range(levels - 1):
        inside = {"x": inside}
    return {"x": inside}


def test_every_form_of_a_claim_is_read():
    """Null, essential, one value, several; what is unknown, or a member of a claim that is, is ignored."""
    asked = read(
        {
            "userinfo": {"name": {"essential": True, "purpose": "x"}, "email": None, "name#ja": {"essential": 7}},
            "id_token": {
                "auth_time": None,
                "acr": {"essential": True, "values": ["aal3", "aal2"]},
                "sub": {"value": "abc"},
            },
            "elsewhere": 5,
        }
    )
    assert asked.userinfo.claims == {"name": Individual(essential=True)}
    assert asked.id_token.claims == {
        "auth_time": Individual(),
        "acr": Individual(True, ("aal3", "aal2")),
        "sub": Individual(False, ("abc",)),
    }
    assert read("{}") == read({"userinfo": None, "id_token": {}}) == NOTHING


def test_a_request_for_verified_claims_is_kept_as_far_as_it_can_be_answered():
    """One or several alternatives, for whoever answers them; of a claim that nobody tells, nothing."""
    for verified, kept in ((EVIDENCE, EVIDENCE), ([EVIDENCE, MORE], [EVIDENCE, LESS]), (MORE, LESS)):
        asked = read({"userinfo": {"verified_claims": verified}})
        assert asked.userinfo.verified == verified
        assert read_kept(asked.for_userinfo()).verified == kept
    nothing = {"verification": EVIDENCE["verification"], "claims": {"given_name": {"value": "花子"}}}
    for verified in (nothing, [nothing]):
        assert read({"userinfo": {"verified_claims": verified}}).for_userinfo() == ""


def test_everything_that_can_be_told_may_be_asked_for_in_both_places():
    """And all that the specification defines beside it, with conditions."""
    issuer = dict.fromkeys(["name", "country", "country_code", "jurisdiction"])
    checks = [dict.fromkeys(["check_method", "organization", "check_id", "time"])]
    details = dict.fromkeys(["document_number", "serial_number", "date_of_issuance", "date_of_expiry"])
    card, certificate = (
        {"values": [f"jp_{kind}"]} for kind in ("individual_number_card", "jpki_signature_certificate")
    )
    verification = {
        "trust_framework": {"values": ["jp_municipal_counter", "jp_jpki_signature"]},
        "assurance_level": None,
        "assurance_process": {"policy": None, "procedure": None},
        "time": {"max_age": 63113852},
        "verification_process": None,
        "evidence": [
            {
                "type": {"value": "document"},
                "check_details": checks,
                "document_details": {"type": card, **details, "issuer": issuer},
            },
            {
                "type": {"value": "electronic_record"},
                "check_details": checks,
                "record": {"type": certificate, "created_at": None, "date_of_expiry": None, "source": issuer},
            },
        ],
    }
    claims = dict.fromkeys([*ITEMS, "given_name", "family_name", "nationalities", "place_of_birth"])
    place = {"verified_claims": {"verification": verification, "claims": claims}}
    asked = read({"userinfo": place, "id_token": place})
    kept = read_kept(asked.for_id_token(())).verified
    assert kept == read_kept(asked.for_userinfo()).verified
    assert kept["claims"] == dict.fromkeys(ITEMS)


MALFORMED = {
    "empty": "",
    "no JSON": "name",
    "an array": "[]",
    "a text": '"x"',
    "a member twice": '{"userinfo": {}, "userinfo": {}}',
    "a claim twice": '{"userinfo": {"name": null, "name": null}}',
    "not a number": '{"x": NaN}',
    "half a character": '{"id_token": {"sub": {"value": "\\ud800"}}}',
    "infinite": '{"x": 1e999}',
    "a place that is no object": {"userinfo": []},
    "a claim that is true": {"userinfo": {"name": True}},
    "a claim that is text": {"userinfo": {"name": "essential"}},
    "essential by word": {"userinfo": {"name": {"essential": "true"}}},
    "no values": {"id_token": {"acr": {"values": []}}},
    "values of text": {"id_token": {"acr": {"values": "aal3"}}},
    "value and values": {"id_token": {"acr": {"value": "aal3", "values": ["aal3"]}}},
    "a value of objects": {"id_token": {"acr": {"value": {"aal3": 1}}}},
    "null for verified claims": {"userinfo": {"verified_claims": None}},
    "no alternative": {"userinfo": {"verified_claims": []}},
    "an alternative of text": {"userinfo": {"verified_claims": ["x"]}},
    "too deep": deep(MAX_DEPTH + 1),
    "far too deep": '{"x":' * 600 + "1" + "}" * 600,
    "deeper than any parser": "[" * (MAX_CHARACTERS - 1),
    "too long": {"x": "x" * MAX_CHARACTERS},
    "more than a code carries": {"userinfo": {"verified_claims": framework("x" * MAX_KEPT)}},
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_claims_parameter_is_refused(name):
    """By one typed error whose sentence quotes nothing of it."""
    with pytest.raises(ClaimsRefused) as refused:
        read(MALFORMED[name])
    assert "aal3" not in str(refused.value)
    assert ("more than we keep" in str(refused.value)) == (name == "more than a code carries")


def test_the_deepest_and_the_longest_are_read():
    """The limits themselves are inside."""
    assert read(deep(MAX_DEPTH)) == NOTHING
    longest = '{"x": "' + "x" * (MAX_CHARACTERS - 9) + '"}'
    assert len(longest) == MAX_CHARACTERS
    assert read(longest) == NOTHING


def test_what_is_kept_comes_back_the_same():
    """In the login transaction, and in the code, which needs the names alone."""
    asked = read(
        {
            "userinfo": {"name": {"essential": True, "value": "髙橋"}, "verified_claims": EVIDENCE},
            "id_token": {"acr": {"values": ["a" * 3000]}, "sub": {"value": 2**70}, "auth_time": None},
        }
    )
    assert in_transaction(asked) == asked
    assert in_transaction(NOTHING) is NOTHING
    kept = read_kept(asked.for_userinfo())
    assert (dict(kept.claims), kept.verified) == ({"name": Individual()}, EVIDENCE)
    assert "髙橋" not in asked.for_userinfo()
    assert read_kept(NOTHING.for_userinfo()) == NOTHING.userinfo


def userinfo(town, service, **parameters):
    """ID token's claims and UserInfo of a whole login."""
    from components.town import id_token_claims

    tokens = town.redeem(*town.code(service, **parameters)).json
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    answer = town.get(town.browser(), f"{BASE_URL}/t/{service.tenant_id}/userinfo", headers=header)
    return id_token_claims(tokens["id_token"]), answer.json


def test_a_claim_comes_where_it_was_asked_and_nowhere_else(shared_town):
    """`revocation` without the scope: in UserInfo alone, or in the ID token alone."""
    ask = json.dumps({"userinfo": {"revocation": {"essential": True}}})
    token, info = userinfo(shared_town, shared_town.library, claims=ask)
    assert ("revocation" in token, info["revocation"]["method"]) == (False, "ocsp")
    ask = json.dumps({"id_token": {"revocation": None, "auth_time": {"essential": True}}})
    token, info = userinfo(shared_town, shared_town.library, claims=ask)
    assert (token["revocation"]["method"], info.keys()) == ("ocsp", {"sub"})
    assert isinstance(token["auth_time"], int)


def test_a_resident_agrees_to_a_claim_as_to_its_scope(aoba):
    """One that was not agreed to is asked about; afterwards the scope is no more than that."""
    aoba.sign_in(aoba.library)
    login = aoba.begin(aoba.library, claims='{"userinfo":{"revocation":null}}')
    answer = aoba.get(login.browser, aoba.accept(login))
    assert answer.headers["Location"].endswith("/consent")
    aoba.consent(login, answer.headers["Location"])
    login = aoba.begin(aoba.library, scope="openid jpki_status")
    assert "code=" in aoba.get(login.browser, aoba.accept(login)).headers["Location"]


def test_a_claim_that_the_service_is_not_registered_for_is_ignored(shared_town):
    """As an unregistered scope is."""
    bare = shared_town.register("aoba", "bare", scopes=("openid",))
    ask = json.dumps({"userinfo": {"revocation": None}, "id_token": {"revocation": {"essential": True}}})
    token, info = userinfo(shared_town, bare, claims=ask)
    assert "revocation" not in token
    assert info.keys() == {"sub"}


def test_a_person_who_is_named_must_be_the_one_who_signs_in(aoba):
    """`sub` with a value: that number and no other gets an answer that is positive."""
    sub = aoba.sign_in(aoba.library)["sub"]
    ask = json.dumps({"id_token": {"sub": {"value": sub}}})
    assert aoba.sign_in(aoba.library, claims=ask)["sub"] == sub
    login = aoba.begin(aoba.library, claims=ask)
    answer = aoba.get(login.browser, aoba.accept(login, "ichiro"))
    answer = aoba.consent(login, answer.headers["Location"])
    assert "error=login_required" in answer.headers["Location"]
    assert "code=" not in answer.headers["Location"]


def test_a_code_stays_short_with_all_that_may_be_asked(shared_town):
    """A URL of at most 8 KiB: proxies take that much."""
    verified = framework("x" * (MAX_KEPT - 200))
    ask = json.dumps({"userinfo": {"verified_claims": verified}})
    code, _ = shared_town.code(shared_town.library, claims=ask, nonce="n" * 512, scope="openid jpki_status")
    assert len(code) < 4096
