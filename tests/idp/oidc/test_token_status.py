"""Introspection and revocation: to authenticated services, and to each about its own tokens alone."""

import pytest
from components.refreshing import ask_about, audited, refresh, refreshing, signed_in
from components.town import BASE_URL, id_token_claims
from components.verifier import VERIFIES

TOKEN_URL = f"{BASE_URL}/t/aoba/token"


def test_introspection_tells_a_service_of_its_own_tokens(shared_town):
    """An access token with its type, a refresh token without; both name the person by the service's own number."""
    service = refreshing(shared_town, "asking")
    given = signed_in(shared_town, service)
    sub = id_token_claims(given["id_token"])["sub"]
    answer = ask_about(shared_town, service, given["access_token"])
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    about = answer.json
    assert about["active"] is True
    assert about["exp"] - about["iat"] == 600
    for name, value in {
        "iss": f"{BASE_URL}/t/aoba",
        "client_id": service.client_id,
        "aud": service.client_id,
        "sub": sub,
        "scope": given["scope"],
        "token_type": "Bearer",
    }.items():
        assert about[name] == value
    about = ask_about(shared_town, service, given["refresh_token"], token_type_hint="whatever").json
    assert (about["active"], about["sub"], "token_type" in about) == (True, sub, False)
    assert about["exp"] - about["iat"] == 30 * 24 * 60 * 60


def test_what_counts_no_more_is_inactive_and_says_nothing_else(aoba):
    """Used, revoked, over, made up: one answer for all of them."""
    service = refreshing(aoba)
    first = signed_in(aoba, service)
    second = refresh(aoba, service, first["refresh_token"]).json
    shown = ["A" * 43, "x", first["refresh_token"]]
    assert ask_about(aoba, service, second["refresh_token"]).json["active"] is True
    ask_about(aoba, service, first["access_token"], "revoke")
    shown.append(first["access_token"])
    for token in shown:
        assert ask_about(aoba, service, token).json == {"active": False}
    assert ask_about(aoba, service, second["access_token"]).json["active"] is True
    aoba.clock.set_offset(601)
    assert ask_about(aoba, service, second["access_token"]).json == {"active": False}


def test_asking_about_a_used_token_ends_no_family(aoba):
    """Whoever only asks has not used it."""
    service = refreshing(aoba)
    first = signed_in(aoba, service)
    second = refresh(aoba, service, first["refresh_token"]).json
    assert ask_about(aoba, service, first["refresh_token"]).json == {"active": False}
    assert refresh(aoba, service, second["refresh_token"]).status_code == 200


def test_an_access_token_ends_alone_and_a_refresh_token_with_its_family(aoba):
    """200 each time, in JSON, on which npm's simple-oauth2 insists; the audit tells of each end once."""
    service = refreshing(aoba)
    first = signed_in(aoba, service)
    for _ in range(2):
        answer = ask_about(aoba, service, first["access_token"], "revoke")
        assert (answer.status_code, answer.data, answer.content_type) == (200, b"{}", "application/json")
    assert aoba.userinfo(service, first["access_token"]).status_code == 401
    second = refresh(aoba, service, first["refresh_token"]).json
    assert ask_about(aoba, service, second["refresh_token"], "revoke").status_code == 200
    assert aoba.userinfo(service, second["access_token"]).status_code == 401
    assert refresh(aoba, service, second["refresh_token"]).json["error"] == "invalid_grant"
    assert audited(aoba, "token.revoked") == 2


def test_a_token_of_the_verification_api_is_known_and_cannot_be_given_back(shared_town):
    """Introspection knows it without a person; revocation says that it ends by itself."""
    service = shared_town.register("aoba", "verifying", **VERIFIES)
    data = {"grant_type": "client_credentials", "scope": "verify"}
    credentials = (service.client_id, service.client_secret)
    token = shared_town.post(shared_town.browser(), TOKEN_URL, data=data, auth=credentials).json["access_token"]
    about = ask_about(shared_town, service, token).json
    assert (about["active"], about["scope"], "sub" in about) == (True, "verify", False)
    refused = ask_about(shared_town, service, token, "revoke")
    assert (refused.status_code, refused.json["error"]) == (400, "unsupported_token_type")
    other = refreshing(shared_town, "not-verifying")
    assert ask_about(shared_town, other, token).json == {"active": False}
    assert ask_about(shared_town, other, token, "revoke").status_code == 200
    assert ask_about(shared_town, service, token).json["active"] is True


@pytest.mark.parametrize("endpoint", ["introspect", "revoke"])
def test_nobody_else_may_ask(shared_town, endpoint):
    """Without credentials, with wrong ones: invalid_client; without a token: invalid_request."""
    url = f"{BASE_URL}/t/aoba/{endpoint}"
    bare = shared_town.post(shared_town.browser(), url, data={"token": "x"})
    assert (bare.status_code, bare.json["error"]) == (401, "invalid_client")
    credentials = (shared_town.library.client_id, "x" * 43)
    wrong = shared_town.post(shared_town.browser(), url, data={"token": "x"}, auth=credentials)
    assert (wrong.status_code, wrong.json["error"]) == (401, "invalid_client")
    missing = ask_about(shared_town, shared_town.library, "", endpoint)
    assert (missing.status_code, missing.json["error"]) == (400, "invalid_request")


METHODS = {
    "token": "OPTIONS, POST",
    "par": "OPTIONS, POST",
    "introspect": "OPTIONS, POST",
    "revoke": "OPTIONS, POST",
    "register": "OPTIONS, POST",
    "userinfo": "GET, HEAD, OPTIONS, POST",
    "jwks": "GET, HEAD, OPTIONS",
    "authorize": "GET, HEAD, OPTIONS, POST",
}


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("endpoint", METHODS)
def test_another_method_is_told_which_ones_there_are(shared_town, endpoint, accept):
    """RFC 9110 section 15.5.6: people by a page and programs by a problem, whatever they accept."""
    url, headers = f"/t/aoba/{endpoint}", {"Accept": accept}
    answer = shared_town.browser().open(url, method="PUT", base_url=BASE_URL + "/", headers=headers)
    assert (answer.status_code, answer.headers["Allow"]) == (405, METHODS[endpoint])
    page = (endpoint, accept) == ("authorize", "text/html")
    assert answer.mimetype == ("text/html" if page else "application/problem+json")


def test_a_public_client_may_give_back_and_not_ask(shared_town):
    """Anybody can name a public client: it learns nothing, and can only end what it holds."""
    public = refreshing(shared_town, "public", token_endpoint_auth_method="none")
    code, login = shared_town.code(public, scope="openid offline_access")
    named = {"client_id": public.client_id}
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "http://127.0.0.1:8901/callback",
        "code_verifier": login.verifier,
    }
    given = shared_town.post(shared_town.browser(), TOKEN_URL, data=form | named).json
    token = {"token": given["access_token"]}
    asked = shared_town.post(shared_town.browser(), f"{BASE_URL}/t/aoba/introspect", data=token | named)
    assert (asked.status_code, asked.json["error"]) == (401, "invalid_client")
    assert shared_town.userinfo(public, given["access_token"]).status_code == 200
    shared_town.post(shared_town.browser(), f"{BASE_URL}/t/aoba/revoke", data=token | named)
    assert shared_town.userinfo(public, given["access_token"]).status_code == 401


def test_discovery_names_both_endpoints(shared_town):
    """And by which methods services authenticate there."""
    metadata = shared_town.get(shared_town.browser(), f"{BASE_URL}/t/aoba/.well-known/openid-configuration").json
    assert metadata["introspection_endpoint"] == f"{BASE_URL}/t/aoba/introspect"
    assert metadata["revocation_endpoint"] == f"{BASE_URL}/t/aoba/revoke"
    assert "none" not in metadata["introspection_endpoint_auth_methods_supported"]
    assert "none" in metadata["revocation_endpoint_auth_methods_supported"]
    assert "refresh_token" in metadata["grant_types_supported"]
