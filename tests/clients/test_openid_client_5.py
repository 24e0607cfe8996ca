"""npm's openid-client 5, not patched, against the provider by https: what most services in Node still run."""

import pytest
from clients.ways import WAYS


@pytest.mark.parametrize("way", ["plain", "posted", "public"])
def test_a_resident_signs_in_whatever_the_quick_start_asks_for_besides(older, visitor, served, registered, way):
    """By secret and as a public client; UserInfo by POST, with the token in the form; other scopes are ignored."""
    told = visitor.open(f"{older}/{way}/login").json()
    assert "error" not in told, told
    client_id = registered[way]["client_id"]
    assert (told["claims"]["iss"], told["claims"]["aud"]) == (served.issuer, client_id)
    assert told["scope"] == WAYS[way].scope
    assert told["userinfo"]["sub"] == told["claims"]["sub"]
    assert ("form-post" in visitor.asked) == ("form_post" in WAYS[way].uses)


def test_tokens_are_renewed_taken_back_and_the_login_ended(older, visitor):
    """Refresh, introspection, revocation and logout, by which the browser comes back with the state."""
    told = visitor.open(f"{older}/plain/login").json()
    renewed = visitor.open(f"{older}/plain/refresh").json()
    assert (renewed["claims"]["sub"], renewed["rotated"]) == (told["claims"]["sub"], True), renewed
    assert visitor.open(f"{older}/plain/introspect").json()["active"] is True
    assert visitor.open(f"{older}/plain/revoke").json() == {}
    assert visitor.open(f"{older}/plain/introspect").json() == {"active": False}
    assert visitor.open(f"{older}/plain/logout").json() == {"over": "over"}
    assert visitor.asked[-1] == "sign-out"
