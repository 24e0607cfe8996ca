"""What stock libraries send without being told: where that is refused, the answer names what to change."""

from urllib.parse import parse_qs, urlsplit

import pytest
from components.town import BASE_URL, REDIRECT_URI

REDEEM = {"grant_type": "authorization_code", "code": "abc", "redirect_uri": REDIRECT_URI}


def authorize(town, service, **parameters) -> str:
    """The error of an authorization request and its description."""
    query = {"response_type": "code", "client_id": service.client_id, "redirect_uri": REDIRECT_URI, "state": "x"}
    answer = town.browser().get(
        "/t/aoba/authorize", base_url=f"{BASE_URL}/", query_string=query | {"scope": "openid"} | parameters
    )
    sent = parse_qs(urlsplit(answer.headers["Location"]).query)
    return f"{sent['error'][0]}: {sent['error_description'][0]}"


def test_a_library_without_pkce_learns_that_this_service_needs_it(shared_town):
    """As passport-openidconnect, Flask-pyoidc, social-auth-core and Authlib ask by default."""
    careful = shared_town.register("aoba", "careful", require_pkce=True)
    expected = "invalid_request: this service has to use PKCE: code_challenge is missing"
    assert authorize(shared_town, careful) == expected
    half = authorize(shared_town, shared_town.library, code_challenge_method="S256")
    assert half == "invalid_request: code_challenge is missing"


def test_scopes_joined_by_commas_are_none_of_ours(shared_town):
    """As npm's grant joins them by default (RFC 6749 section 3.3: by spaces)."""
    said = authorize(shared_town, shared_town.library, scope="openid,profile,email")
    assert said == "invalid_scope: the scope openid is missing; spaces separate scopes"


@pytest.mark.parametrize("endpoint", ["token", "revoke", "introspect", "par"])
def test_a_refused_client_learns_which_way_it_took(shared_town, endpoint):
    """As passport-openidconnect, flask-oidc and django-allauth put the secret into the body by default."""
    library = shared_town.library
    secret = {"client_id": library.client_id, "client_secret": library.client_secret}
    url = f"{BASE_URL}/t/aoba/{endpoint}"
    answer = shared_town.post(shared_town.browser(), url, data={**REDEEM, "token": "abc", **secret})
    why = "unknown client, wrong credentials, or not registered for client_secret_post"
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")
    assert answer.json["error_description"] == f"client authentication failed: {why}"
