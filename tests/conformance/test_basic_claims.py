"""Basic OP and Form Post OP, what a service may ask for: scopes, claims one by one, levels."""

import json

import pytest
from components.attribute_login import HANAKO

STANDARD = {
    "sub": str,
    "name": str,
    "gender": str,
    "birthdate": str,
    "address": dict,
    "email": str,
    "email_verified": bool,
    "phone_number": str,
    "phone_number_verified": bool,
    "updated_at": int,
}
"""Types of standard claims (OpenID Connect Core, section 5.1)."""
OFFERED = {
    "profile": {name: HANAKO[name] for name in ("name", "gender", "birthdate")},
    "address": {"address": HANAKO["address"]},
}
"""What UserInfo tells of hanako by each scope of OpenID Connect Core that is offered here."""


def told(party, scope):
    """What UserInfo tells by this scope beside the subject, every claim of its type; and the granted scope."""
    tokens = party.tokens(party.ask_well(scope=scope))
    claims = party.user_info(tokens)
    assert all(isinstance(value, STANDARD.get(name, object)) for name, value in claims.items())
    assert all(isinstance(value, str) for value in claims.get("address", {}).values())
    assert claims.pop("sub") == tokens["claims"]["sub"]
    return claims, tokens["scope"]


@pytest.mark.parametrize("scope", OFFERED)
def test_claims_by_scope(party, scope):
    """oidcc-scope-profile, -address: UserInfo tells what the card holds of it, the ID token nothing."""
    assert scope in party.metadata["scopes_supported"]
    assert told(party, f"openid {scope}") == (OFFERED[scope], f"openid {scope}")


@pytest.mark.parametrize("scope", ["email", "phone"])
def test_a_scope_that_is_not_offered(party, scope):
    """oidcc-scope-email, -phone: not published, which ends the module; whoever asks is signed in without it."""
    assert scope not in party.metadata["scopes_supported"]
    assert told(party, f"openid {scope}") == ({}, "openid")


def test_all_scopes(party):
    """oidcc-scope-all: not all are published, which ends the module; whoever asks gets those that are."""
    claims, scope = told(party, "openid address email phone profile")
    assert claims == OFFERED["profile"] | OFFERED["address"]
    assert set(scope.split()) == {"openid", "address", "profile"}


def test_scopes_in_another_order(party):
    """oidcc-ensure-other-scope-order-succeeds: `openid` need not be the first."""
    assert told(party, "email openid") == ({}, "openid")
    assert told(party, "address openid")[0] == OFFERED["address"]


def test_an_essential_claim(party):
    """oidcc-claims-essential: the name, asked of UserInfo, is told there and not in the ID token."""
    assert party.metadata["claims_parameter_supported"] is True
    claims = json.dumps({"userinfo": {"name": {"essential": True}}})
    tokens = party.log_in(claims=claims)
    assert party.user_info(tokens).keys() == {"sub", "name"}
    assert "name" not in tokens["claims"]


def test_levels(party):
    """oidcc-ensure-request-with-acr-values-succeeds: all that are published, and the ID token says one of them."""
    levels = party.metadata["acr_values_supported"]
    assert party.log_in(acr_values=" ".join(levels))["claims"]["acr"] in levels
