"""npm's openid-client and oauth4webapi, not patched, against the provider by https."""

import pytest
from clients.ways import INTERFACE, WAYS

BINDINGS = {"plain": set(), "strict": {"jkt"}, "certified": {"x5t#S256"}}
"""By what a token of each way is bound (RFC 9449 section 6, RFC 8705 section 3.1)."""


def signed_in(visitor, site, way, **parameters):
    """What the service received."""
    told = visitor.open(f"{site}/{way}/login", **parameters).json()
    assert "error" not in told, told
    return told


@pytest.mark.parametrize("way", [name for name, way in WAYS.items() if not way.resource])
def test_a_resident_signs_in(site, visitor, served, registered, way):
    """The library takes what it is sent; ID token and UserInfo speak of the same number at the same service."""
    told = signed_in(visitor, site, way)
    assert (told["claims"]["iss"], told["claims"]["aud"]) == (served.issuer, told["client_id"])
    assert told["client_id"] == registered[way].get("client_id", told["client_id"])
    assert told["userinfo"]["sub"] == told["claims"]["sub"]
    assert told["userinfo"]["revocation"]["method"] == "ocsp"
    assert told["token_type"] == ("dpop" if "dpop" in WAYS[way].uses else "bearer")
    assert told["encrypted"] == bool(WAYS[way].encrypt)
    assert ("form-post" in visitor.asked) == ("form_post" in WAYS[way].uses)


@pytest.mark.parametrize("way", BINDINGS)
def test_tokens_are_renewed_looked_at_and_taken_back(site, visitor, way):
    """Refresh, introspection and revocation as the library speaks them; a revoked token opens nothing.

    A refresh token that is bound to the service stays the same (FAPI 2.0 Security Profile section 5.3.2.1).
    """
    told = signed_in(visitor, site, way)
    assert told["refreshable"]
    renewed = visitor.open(f"{site}/{way}/refresh").json()
    assert renewed["claims"]["sub"] == told["claims"]["sub"], renewed
    assert renewed["rotated"] == (WAYS[way].profile == "standard")
    looked_at = visitor.open(f"{site}/{way}/introspect").json()
    assert (looked_at["active"], looked_at["sub"]) == (True, told["claims"]["sub"])
    assert looked_at.get("cnf", {}).keys() == BINDINGS[way]
    assert visitor.open(f"{site}/{way}/userinfo").json()["sub"] == told["claims"]["sub"]
    assert visitor.open(f"{site}/{way}/revoke").json() == {}
    assert visitor.open(f"{site}/{way}/introspect").json() == {"active": False}
    assert visitor.open(f"{site}/{way}/userinfo").status_code == 500


def test_a_service_acts_at_a_resource_by_a_signed_token(site, visitor, served):
    """The library's other half takes the token with its proof, and reads in it who is acted for."""
    told = signed_in(visitor, site, "acting")
    token = visitor.open(f"{site}/acting/act").json()
    assert (token["iss"], token["aud"], token["sub"]) == (served.issuer, INTERFACE, told["claims"]["sub"]), token
    assert token["client_id"] == told["client_id"]
    assert token["cnf"].keys() == {"jkt"}


@pytest.mark.parametrize("way", ["plain", "strict", "sealed"])
def test_a_logout_at_the_service_ends_the_login_at_the_provider(site, visitor, way):
    """The browser comes back with the state; a request that may not ask is told that nobody is signed in."""
    signed_in(visitor, site, way)
    assert signed_in(visitor, site, way, prompt="none")
    over = visitor.open(f"{site}/{way}/logout")
    assert over.json() == {"over": "over"}
    assert visitor.asked[-1] == "sign-out"
    refused = visitor.open(f"{site}/{way}/login", prompt="none").json()
    assert refused["error"] == "login_required", refused
