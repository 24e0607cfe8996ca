"""Basic OP and Form Post OP, what makes a login: requests, ID tokens, UserInfo, client authentication."""

import pytest
from components.relying_party import RelyingParty
from components.town import REDIRECT_URI


def test_a_login(party):
    """oidcc-server: code, token, ID token and UserInfo, each checked; no name in the ID token."""
    assert party.metadata["issuer"] == party.issuer
    tokens = party.log_in()
    assert tokens["header"]["alg"] == "RS256"


def test_a_request_without_response_type(party):
    """oidcc-response-type-missing: told to the service, in the way it asked for."""
    assert party.ask_badly(response_type=None) in ("invalid_request", "unsupported_response_type")


def test_an_id_token_is_signed_by_default(party):
    """oidcc-idtoken-signature: RS256 where nothing was registered, with the `kid` of a published key."""
    header = party.log_in()["header"]
    assert (header["alg"], bool(header["kid"])) == ("RS256", True)
    assert "RS256" in party.metadata["id_token_signing_alg_values_supported"]


def test_no_id_token_goes_unsigned(party):
    """oidcc-idtoken-unsigned: `none` is not offered, which ends the module; an ID token here has a signature."""
    assert "none" not in party.metadata["id_token_signing_alg_values_supported"]
    assert party.log_in()["id_token"].split(".")[2]


@pytest.mark.parametrize("way", [("GET", False), ("POST", False), ("POST", True)], ids=["get", "header", "body"])
def test_user_info(party, way):
    """oidcc-userinfo-get, -post-header, -post-body: the same subject by each way."""
    method, in_body = way
    tokens = party.log_in()
    assert party.user_info(tokens, method=method, in_body=in_body)["sub"] == tokens["claims"]["sub"]


def test_a_request_without_nonce(party):
    """oidcc-ensure-request-without-nonce-succeeds-for-code-flow: a code, and an ID token without nonce."""
    assert "nonce" not in party.log_in(nonce=None)["claims"]


def test_an_unregistered_redirect_uri(party):
    """oidcc-ensure-registered-redirect-uri: a page of ours says so, and leads nowhere."""
    answer = party.ask(redirect_uri=REDIRECT_URI + "/f3a1c2")
    assert (answer.page.status_code, answer.page.mimetype, answer.members) == (400, "text/html", {})
    assert "Location" not in answer.page.headers
    assert REDIRECT_URI not in answer.page.text


def test_a_request_by_post(party):
    """oidcc-ensure-post-request-succeeds: what a form brings counts as what a URL brings."""
    party.tokens(party.ask_well(method="POST"))


def test_a_secret_in_the_body(plan_town, services, mode):
    """oidcc-server-client-secret-post: a login of a service that authenticates so."""
    party = RelyingParty(plan_town, services["posting"], mode, secret_post=True)
    assert "client_secret_post" in party.metadata["token_endpoint_auth_methods_supported"]
    party.log_in()


def test_a_challenge_and_its_verifier(party):
    """oidcc-ensure-request-with-valid-pkce-succeeds: S256, taken where it is not demanded."""
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    answer = party.ask_well(code_challenge=challenge, code_challenge_method="S256")
    party.tokens(answer, code_verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
