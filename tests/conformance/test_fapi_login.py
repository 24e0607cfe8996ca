"""FAPI 2.0, what well-behaved services do: logins, their states and nonces, what they ask for and are told."""

import json
import secrets

import pytest
from components.attribute_login import HANAKO
from components.metadata_judge import Judge, faults_of_keys
from components.town import whereto

ALGS = {"PS256", "ES256", "EdDSA"}
"""What FAPI 2.0 signs by (section 5.4.1)."""


def test_the_metadata(strict):
    """...-discovery-end-point-verification: what the profile demands, of the way in question."""
    found, way = strict.metadata, strict.way
    url = f"{strict.issuer}/.well-known/openid-configuration"
    assert Judge(loopback=True).document(found, url) == []
    assert faults_of_keys(strict.town.get(strict.browser, found["jwks_uri"]).json) == []
    assert found["response_types_supported"] == ["code"]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["authorization_response_iss_parameter_supported"] is True
    assert isinstance(found.get("require_pushed_authorization_requests", False), bool)
    for what in ("id_token", "userinfo", "token_endpoint_auth", "request_object", "authorization", "dpop"):
        assert ALGS & set(found[f"{what}_signing_alg_values_supported"])
    methods = {"key": {"private_key_jwt"}, "mtls": {"tls_client_auth", "self_signed_tls_client_auth"}}
    assert methods[way.by] <= set(found["token_endpoint_auth_methods_supported"])
    assert "jwt" in found["response_modes_supported"]
    assert found["tls_client_certificate_bound_access_tokens"] is True
    for name in ("token_endpoint", "pushed_authorization_request_endpoint", "userinfo_endpoint"):
        assert found["mtls_endpoint_aliases"][name].startswith("https://")


def test_two_services(strict, second):
    """...-happy-flow: both sign in; what is one's counts for nothing with the other's key."""
    first = strict.log_in()
    assert not {"name", "email", "address", "gender", "birthdate"} & first["claims"].keys()
    for accept in ("application/json;charset=UTF-8", "application/json, application/*+json, */*"):
        strict.user_info(first, headers={"Accept": accept})
    in_query = f"{strict.metadata['userinfo_endpoint']}?access_token={first['access_token']}"
    assert strict.town.get(strict.browser, in_query).status_code == 401
    waits = {"dpop_jkt": second.proof_key.thumbprint()} if second.way.bound == "dpop" else {}
    sent = {"state": secrets.token_hex(64), "nonce": secrets.token_urlsafe(32), **waits}
    other = second.log_in(**sent)
    assert other["claims"]["sub"] != first["claims"]["sub"]
    assert strict.resource(other["access_token"]).status_code == 401
    assert second.resource(other["access_token"]).status_code == 200


def test_a_resident_who_leaves(strict, second):
    """...-user-rejects-authentication: access_denied to either service, with a long state and iss."""
    for party in (strict, second):
        sent = party.request(state=secrets.token_hex(64))
        uri = party.pushed(sent)
        query = f"client_id={party.service.client_id}&request_uri={uri}"
        page = party.town.get(party.browser, f"{party.metadata['authorization_endpoint']}?{query}")
        left = party.town.get(party.browser, whereto(page) + "/leave")
        members = party._received(left)
        assert members["error"] == "access_denied"
        assert (members["state"], members["iss"]) == (sent["state"], party.issuer)
        assert members.keys() <= {"error", "error_description", "error_uri", "state", "iss"}


def test_without_state(strict):
    """...-authorization-request-without-state-success: none comes back, and no s_hash."""
    answer = strict.ask(state=None)
    assert answer.members.keys() == {"code", "iss"}
    assert "s_hash" not in strict.tokens(answer)["claims"]


@pytest.mark.parametrize("length", [None, 64, 384])
def test_nonces(strict, length):
    """...-without-nonce-success, -64-char-nonce-success, -long-nonce: none, or the very same."""
    nonce = None if length is None else secrets.token_urlsafe(length)[:length]
    assert strict.log_in(nonce=nonce)["claims"].get("nonce") == nonce


def test_a_long_state(strict):
    """...-authorization-request-with-long-state: all 1000 characters come back."""
    answer = strict.ask_well(state=secrets.token_hex(500))
    assert len(answer.members["state"]) == 1000
    strict.tokens(answer)


def test_scopes_in_another_order(strict):
    """...-ensure-other-scope-order-succeeds: `openid` need not be the first."""
    tokens = strict.log_in(scope="name openid")
    assert strict.user_info(tokens)["name"] == HANAKO["name"]


def test_claims_one_by_one(strict):
    """...-test-claims-parameter-identity-claims: all that are published, in every form, and unknown ones."""
    offered = [name for name in ("sub", *HANAKO) if name in strict.metadata["claims_supported"]]
    forms = [None, {"essential": True}, {"essential": False}]
    asked = {name: forms[at % 3] for at, name in enumerate(offered)} | {f"claim-{secrets.token_hex(4)}": None}
    tokens = strict.tokens(strict.ask_well(claims=json.dumps({"userinfo": asked})))
    told = strict.user_info(tokens)
    assert told.keys() == set(offered)
    assert {name: told[name] for name in offered if name != "sub"} == {n: HANAKO[n] for n in offered if n != "sub"}


def test_claims_in_the_id_token(strict):
    """...-test-claims-parameter-identity-claims: asked of the ID token they stand there."""
    asked = {"id_token": {"name": {"essential": True}, f"claim-{secrets.token_hex(4)}": None}}
    answer = strict.ask_well(claims=json.dumps(asked))
    tokens = strict.redeem(answer.code).json
    assert strict.verified(tokens["id_token"])[1]["name"] == HANAKO["name"]


def test_the_scheme_in_other_letters(strict):
    """...-access-token-type-header-case-sensitivity: no scheme's name has a case."""
    token = strict.log_in()["access_token"]
    scheme = ("DPoP" if strict.way.bound == "dpop" else "Bearer").swapcase()
    assert strict.resource(token, scheme=scheme).status_code == 200


@pytest.mark.parametrize("name", ["state", "nonce"])
def test_another_one_outside(strict, name):
    """...-different-nonce-inside-and-outside, -different-state-...: what was pushed counts."""
    answer = strict.ask(outside={name: "outside"})
    assert answer.members["state"] == answer.sent["state"]
    assert strict.tokens(answer)["claims"]["nonce"] == answer.sent["nonce"]


def test_a_state_outside_alone(strict):
    """...-state-only-outside-request-object-not-used: it does not come back."""
    answer = strict.ask(state=None, outside={"state": "outside"})
    assert answer.members.keys() == {"code", "iss"}
    assert "s_hash" not in strict.tokens(answer)["claims"]


def test_nothing_beside_the_reference(strict):
    """...-par-without-duplicate-parameters: the service's name is enough."""
    answer = strict.ask_well(outside=dict.fromkeys(("response_type", "scope", "redirect_uri")))
    strict.tokens(answer)
