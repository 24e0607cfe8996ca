"""Dynamic OP with response_type=code: services that register themselves, and authenticate by their own keys."""

import json
import re

import pytest
from components.dynamic_party import DynamicParty, fresh_key
from components.metadata_judge import Judge, faults_of_keys
from components.peer import Peer, answer
from components.relying_party import unsigned
from components.signing_ring import with_next
from components.town import REDIRECT_URI

INVALID = {"invalid_redirect_uri", "invalid_client_metadata", "invalid_request"}


@pytest.fixture(scope="module")
def server():
    """The suite's own server: what lies there by path."""
    lying = {}

    def reply(request):
        kind, body = lying[request.line.split()[1]]
        return [answer("200 OK", body.encode(), f"Content-Type: {kind}")]

    with Peer(reply) as peer:
        peer.lying = lying
        yield peer


def nowhere(found):
    """Whether the browser stayed on a page of refusal."""
    assert (found.page.status_code, found.page.mimetype, found.members) == (400, "text/html", {})
    assert "Location" not in found.page.headers
    return REDIRECT_URI not in found.page.text


def test_a_login_of_a_service_that_registered_itself(plan_town):
    """oidcc-server: registration, login and UserInfo; afterwards the registration is given up."""
    party = DynamicParty(plan_town).registered()
    party.log_in()
    party.leave()
    assert nowhere(party.ask())


def test_the_metadata_where_services_register_themselves(plan_town):
    """oidcc-discovery-endpoint-verification: names the endpoint that they called, and has no fault."""
    party = DynamicParty(plan_town).registered()
    document = f"{party.issuer}/.well-known/openid-configuration"
    found = plan_town.get(plan_town.browser(), document).json
    assert found["registration_endpoint"] == f"{party.issuer}/register"
    assert Judge(loopback=True).document(found, document) == []
    assert found["response_types_supported"] == ["code"]
    assert "implicit" not in found["grant_types_supported"]


def test_an_id_token_by_rs256(plan_town):
    """oidcc-idtoken-rs256: as registered, with a `kid`."""
    party = DynamicParty(plan_town, id_token_signed_response_alg="RS256").registered()
    header = party.log_in()["header"]
    assert (header["alg"], bool(header["kid"])) == ("RS256", True)


def test_no_unsigned_id_token_can_be_registered(plan_town):
    """oidcc-idtoken-unsigned: `none` is not published, which ends the module; nor is it taken."""
    party = DynamicParty(plan_town, id_token_signed_response_alg="none")
    assert "none" not in party.metadata["id_token_signing_alg_values_supported"]
    assert party.refused() == "invalid_client_metadata"


def test_user_info_by_rs256(plan_town):
    """oidcc-userinfo-rs256: a JWT for this service by a published key, without nonce."""
    party = DynamicParty(plan_town, userinfo_signed_response_alg="RS256").registered()
    assert "RS256" in party.metadata["userinfo_signing_alg_values_supported"]
    tokens = party.log_in()
    claims = party.user_info(tokens)
    assert (claims["iss"], claims["aud"]) == (party.issuer, party.service.client_id)
    assert (claims["sub"], "nonce" in claims) == (tokens["claims"]["sub"], False)


def test_a_request_without_redirect_uri(plan_town):
    """oidcc-ensure-redirect-uri-in-authorization-request: a page of ours, although only one is registered."""
    assert nowhere(DynamicParty(plan_town).registered().ask(redirect_uri=None))


def test_a_redirect_uri_with_a_query(plan_town):
    """oidcc-redirect-uri-query-OK: registered with it, and called with it."""
    DynamicParty(plan_town, redirect_uris=[REDIRECT_URI + "?bar=foo"]).registered().log_in()


def test_a_redirect_uri_with_another_query(plan_town):
    """oidcc-redirect-uri-query-mismatch: another URI."""
    party = DynamicParty(plan_town, redirect_uris=[REDIRECT_URI + "?bar=foo"]).registered()
    assert nowhere(party.ask(redirect_uri=REDIRECT_URI + "?foo=bar"))


def test_a_redirect_uri_with_a_query_that_is_not_registered(plan_town):
    """oidcc-redirect-uri-query-added: another URI."""
    assert nowhere(DynamicParty(plan_town).registered().ask(redirect_uri=REDIRECT_URI + "?foo=bar"))


def test_a_redirect_uri_with_a_fragment(plan_town):
    """oidcc-redirect-uri-regfrag: not registered."""
    assert DynamicParty(plan_town, redirect_uris=[REDIRECT_URI + "#foobar"]).refused() in INVALID


@pytest.mark.parametrize("name", ["policy_uri", "tos_uri"])
def test_pages_of_the_service(plan_town, name):
    """oidcc-registration-policy-uri, -tos-uri: whom the municipality vouches for, to their page consent links."""
    page = f"https://suite.example/{name}"
    party = DynamicParty(plan_town, **{name: page}).registered()
    assert party.told[name] == page
    assert f'href="{page}"' in party.ask_well().consent


def test_a_logo(plan_town):
    """oidcc-registration-logo-uri: taken, and loaded by nobody: its host would know who signs in."""
    logo = "https://suite.example/logo.png"
    party = DynamicParty(plan_town, logo_uri=logo).registered()
    assert party.told["logo_uri"] == logo
    assert logo not in party.ask_well().consent


def at_an_address(server, party_key):
    """Let these keys lie at the server."""
    server.lying["/jwks"] = ("application/json", json.dumps({"keys": [party_key.as_dict(private=False)]}))
    return f"{server.origin}/jwks"


def test_keys_at_an_address(plan_town, server):
    """oidcc-registration-jwks-uri: a login of a service whose keys lie at its own server."""
    key = fresh_key("suite-1")
    DynamicParty(plan_town, key=key, jwks_uri=at_an_address(server, key)).registered().log_in()


def of_a_sector(server, *listed):
    """Metadata of a service whose sector's document lists these redirect URIs."""
    server.lying["/redirect_uris.json"] = ("application/json", json.dumps(listed))
    return {"subject_type": "pairwise", "sector_identifier_uri": f"{server.origin}/redirect_uris.json"}


def test_a_sector_that_lists_the_redirect_uri(plan_town, server):
    """oidcc-registration-sector-uri: registered, and told again."""
    wishes = of_a_sector(server, REDIRECT_URI, REDIRECT_URI + "2")
    assert DynamicParty(plan_town, **wishes).registered().told.items() >= wishes.items()


def test_a_sector_that_lists_another_redirect_uri(plan_town, server):
    """oidcc-registration-sector-bad: refused."""
    party = DynamicParty(plan_town, **of_a_sector(server, REDIRECT_URI + "2"))
    assert party.refused() == "invalid_client_metadata"


def refreshed(party, refresh_token):
    """What a refresh gives; its ID token is of the same person."""
    again = party.checked(party.token_request(grant_type="refresh_token", refresh_token=refresh_token))
    assert party.user_info(again)["sub"] == party.verified(again["id_token"])[1]["sub"]
    return again


def test_a_refresh_by_another_key(plan_town, server):
    """oidcc-refresh-token-rp-key-rotation: another key lies there a minute later, and signs under its own name."""
    key = fresh_key("suite-1")
    wishes = {"jwks_uri": at_an_address(server, key), "grant_types": ["authorization_code", "refresh_token"]}
    party = DynamicParty(plan_town, key=key, **wishes).registered()
    tokens = party.log_in(scope="openid offline_access", prompt="consent")
    party.key = fresh_key("suite-2")
    at_an_address(server, party.key)
    plan_town.clock.set_offset(plan_town.clock.offset + 60)
    refreshed(party, tokens["refresh_token"])


def test_refresh_tokens_of_two_services(plan_town):
    """oidcc-refresh-token: each its own; the second's is nothing to the first."""
    wishes = {"grant_types": ["authorization_code", "refresh_token"]}
    first, second = (DynamicParty(plan_town, **wishes).registered() for _ in range(2))
    last = None
    for party in (first, second):
        last = refreshed(party, party.log_in(scope="openid offline_access", prompt="consent")["refresh_token"])
    stolen = first.token_request(grant_type="refresh_token", refresh_token=last["refresh_token"])
    assert (stolen.status_code, stolen.json["error"]) == (400, "invalid_grant")


def test_an_assertion_for_the_issuer(plan_town):
    """oidcc-ensure-client-assertion-with-iss-aud-succeeds: the issuer is as good an audience as the endpoint."""
    party = DynamicParty(plan_town).registered()
    party.audience = party.issuer
    party.log_in()


def reference(server):
    """A URI as the suite registers it: its fragment has the form of a hash, and is the hash of something else."""
    return f"{server.origin}/request#{'A' * 43}"


def by_reference(party, server, request_object, **outside):
    """The request, of which the object lies at the server; outside it what OAuth cannot do without."""
    server.lying["/request"] = ("application/jose", request_object)
    return party.ask(request_uri=reference(server), state=None, nonce=None, response_mode=None, **outside)


def test_a_signed_request_object_by_reference(plan_town, server):
    """oidcc-request-uri-signed-rs256: the state of the object comes back."""
    wishes = {"request_uris": [reference(server)], "request_object_signing_alg": "RS256"}
    party = DynamicParty(plan_town, **wishes).registered()
    assert party.metadata["request_uri_parameter_supported"] is True
    assert "RS256" in party.metadata["request_object_signing_alg_values_supported"]
    inside = party.request()
    found = by_reference(party, server, party.signed(**inside, iss=party.service.client_id, aud=party.issuer))
    assert found.members["state"] == inside["state"]
    found.sent["nonce"] = inside["nonce"]
    party.tokens(found)


def test_an_unsigned_request_object_by_reference(plan_town, server):
    """oidcc-request-uri-unsigned: `none` is not published, which ends the module; who sends one is told."""
    party = DynamicParty(plan_town, request_uris=[reference(server)]).registered()
    assert "none" not in party.metadata["request_object_signing_alg_values_supported"]
    found = by_reference(party, server, unsigned(party.request()))
    assert (found.members["error"], found.asked) == ("invalid_request_object", [])


def test_a_signed_request_object_and_another_redirect_uri_outside(plan_town):
    """oidcc-ensure-request-object-with-redirect-uri: what stands in the signed object counts."""
    party = DynamicParty(plan_town).registered()
    inside = party.request()
    signed = party.signed(**inside, iss=party.service.client_id, aud=party.issuer)
    found = party.ask(request=signed, redirect_uri=REDIRECT_URI + "/f3a1c2", state=None, nonce=None)
    assert found.members["state"] == inside["state"]
    assert re.fullmatch(r"[A-Za-z0-9_-]+", found.code)


def keys_of(party):
    """Names of the published keys."""
    found = party.town.get(party.town.browser(), party.metadata["jwks_uri"])
    assert faults_of_keys(found.json) == []
    return {key["kid"] for key in found.json["keys"]}


def test_the_providers_keys_turn(plan_town):
    """oidcc-server-rotate-keys: another key is there, the old one still is, and tokens of both are good."""
    party = DynamicParty(with_next(plan_town)).registered()
    before, old = keys_of(party), party.log_in()
    ring = plan_town.product.custody.signing_ring
    ring.rotate(plan_town.product.directory.tenant("aoba"), ("RS256",))
    ring.turn_all()
    after, new = keys_of(party), party.log_in()
    assert before < after
    assert old["header"]["kid"] != new["header"]["kid"]
    assert new["header"]["kid"] in before
    for tokens in (old, new):
        assert party.verified(tokens["id_token"])[1]["sub"] == old["claims"]["sub"]
