"""A request for verified claims that is none is refused: invalid_request, in either place, nothing quoted."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from components.identity_assurance import ANY, asking, request

from idp.oidc.authorization.claims_request import ClaimsRefused, parse

SECRET = "quoted-nowhere"


def with_evidence(*entries):
    """A request for that evidence."""
    return request({"trust_framework": None, "evidence": list(entries)}, "name")


DOCUMENT = {"type": {"value": "document"}}
MALFORMED = {
    "null": None,
    "no alternative": [],
    "text": SECRET,
    "alternatives of text": [SECRET],
    "one of two": [request(ANY, "name"), {}],
    "empty": {},
    "no verification": {"claims": {"name": None}},
    "no claims": {"verification": ANY},
    "verification null": {"verification": None, "claims": {"name": None}},
    "verification an array": request([ANY], "name"),
    "no framework": request({}, "name"),
    "no framework beside time": request({"time": None}, "name"),
    "claims an array": {"verification": ANY, "claims": []},
    "a claim of text": request(ANY, name=SECRET),
    "a claim essential by word": request(ANY, name={"essential": SECRET}),
    "a claim with no values": request(ANY, name={"values": []}),
    "an unknown claim that is a number": request(ANY, x=5),
    "a framework of text": request({"trust_framework": SECRET}, "name"),
    "a framework of objects": request({"trust_framework": {"value": {SECRET: 1}}}, "name"),
    "no frameworks": request({"trust_framework": {"values": []}}, "name"),
    "frameworks of text": request({"trust_framework": {"values": SECRET}}, "name"),
    "value and values": request({"trust_framework": {"value": SECRET, "values": [SECRET]}}, "name"),
    "an age before birth": request({"trust_framework": None, "time": {"max_age": -1}}, "name"),
    "an age by word": request({"trust_framework": None, "time": {"max_age": SECRET}}, "name"),
    "an age that is true": request({"trust_framework": None, "time": {"max_age": True}}, "name"),
    "a process of text": request({"trust_framework": None, "assurance_process": SECRET}, "name"),
    "a policy of text": request({"trust_framework": None, "assurance_process": {"policy": SECRET}}, "name"),
    "evidence that is an object": request({"trust_framework": None, "evidence": DOCUMENT}, "name"),
    "no evidence": with_evidence(),
    "evidence null": with_evidence(None),
    "evidence without its type": with_evidence({"check_details": None}),
    "evidence of any type": with_evidence({"type": None}),
    "evidence of several types": with_evidence({"type": {"values": ["document", "vouch"]}}),
    "checks that are an object": with_evidence({**DOCUMENT, "check_details": {"check_method": None}}),
    "a check of text": with_evidence({**DOCUMENT, "check_details": [SECRET]}),
    "a document of text": with_evidence({**DOCUMENT, "document_details": SECRET}),
    "an issuer of text": with_evidence({**DOCUMENT, "document_details": {"issuer": SECRET}}),
}


@pytest.mark.parametrize("place", ["userinfo", "id_token"])
@pytest.mark.parametrize("name", MALFORMED)
def test_what_nobody_can_ask_for_is_refused(name, place):
    """By one typed error whose sentence quotes nothing of it."""
    with pytest.raises(ClaimsRefused) as refused:
        parse(asking(MALFORMED[name], place), userinfo=(), id_token=())
    assert SECRET not in str(refused.value)


WELL_FORMED = {
    "an electronic signature": with_evidence(
        {"type": {"value": "electronic_signature"}, "issuer": {"value": "x"}, "created_at": {"max_age": 5}}
    ),
    "a record": with_evidence(
        {
            "type": {"value": "electronic_record"},
            "check_details": [{"check_method": None, "organization": None, "check_id": None, "time": None}],
            "record": {"type": {"value": "population_register"}, "source": {"name": None, "country_code": None}},
        }
    ),
    "somebody's word": with_evidence(
        {"type": {"value": "vouch"}, "attestation": {"type": None, "voucher": {"occupation": {"value": "x"}}}}
    ),
    "assurance details": request(
        {
            "trust_framework": None,
            "assurance_process": {"assurance_details": [{"assurance_type": None, "evidence_ref": [{}]}]},
        },
        "name",
    ),
    "members that nobody defined": request({"trust_framework": {"new": 5}, "new": [5]}, name={"new": SECRET}),
    "half a year": request({"trust_framework": None, "time": {"max_age": 15778800.5}}, "name"),
    "an address that is the one": request(ANY, address={"value": {"formatted": "x"}}),
}


@pytest.mark.parametrize("name", WELL_FORMED)
def test_what_somebody_could_ask_for_is_read(name):
    """Whether or not we have an answer to it."""
    assert parse(asking(WELL_FORMED[name]), userinfo=(), id_token=()).userinfo.verified == WELL_FORMED[name]


@pytest.mark.parametrize("place", ["userinfo", "id_token"])
def test_a_service_is_told_that_its_request_is_none(shared_town, place):
    """The browser goes back with invalid_request, before anybody shows a card."""
    claims = asking(MALFORMED["no framework"], place)
    _, location = shared_town.ask(shared_town.library, claims=claims)
    query = parse_qs(urlsplit(location).query)
    assert query["error"] == ["invalid_request"]
    assert json.dumps(ANY) not in location
