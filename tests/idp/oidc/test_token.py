"""The token endpoint, UserInfo, and what is published."""

import pytest
from components.town import BASE_URL, REDIRECT_URI, id_token_claims
from joserfc import jwk, jwt


def test_the_id_token_verifies_with_the_published_keys(shared_town):
    """RS256 where the client states nothing, ES256 where it does; kid in the header; at this tenant's JWKS."""
    keys = jwk.KeySet.import_key_set(published(shared_town, "/jwks"))
    for service, alg in ((shared_town.library, "RS256"), (shared_town.school, "ES256")):
        answer = shared_town.redeem(*shared_town.code(service))
        token = jwt.decode(answer.json["id_token"], keys, algorithms=[alg])
        assert (alg, service.client_id) == (token.header["alg"], token.claims["aud"])


def test_jwks_holds_public_halves_only(shared_town):
    """No private member of any key."""
    private = {"d", "p", "q", "dp", "dq", "qi", "k"}
    for key in published(shared_town, "/jwks")["keys"]:
        assert not private & set(key)
        assert {"kid", "use", "kty"} <= set(key)
        assert "alg" in key or key["use"] == "enc"  # one for encryption may be for several


def test_discovery_is_true(shared_town):
    """Every endpoint that it names is there, and every scope, algorithm and method is taken."""
    metadata = published(shared_town, "/.well-known/openid-configuration")
    assert metadata["issuer"] == f"{BASE_URL}/t/aoba"
    assert metadata["subject_types_supported"] == ["pairwise"]
    assert "RS256" in metadata["id_token_signing_alg_values_supported"]
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"):
        answer = shared_town.get(shared_town.browser(), metadata[name])
        assert answer.status_code != 404, name
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["authorization_response_iss_parameter_supported"] is True


def published(town, path):
    """A published document, readable by every origin and cached for minutes."""
    answer = town.get(town.browser(), f"{BASE_URL}/t/aoba{path}")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "max-age" in answer.headers["Cache-Control"]
    return answer.json


WRONG = {
    "no code": ({"code": None}, "invalid_request"),
    "a made-up code": ({"code": "A" * 400}, "invalid_grant"),
    "an empty code": ({"code": ""}, "invalid_request"),
    "no redirect URI": ({"redirect_uri": None}, "invalid_grant"),
    "another redirect URI": ({"redirect_uri": REDIRECT_URI + "2"}, "invalid_grant"),
    "no verifier": ({"code_verifier": None}, "invalid_grant"),
    "another verifier": ({"code_verifier": "x" * 43}, "invalid_grant"),
    "a short verifier": ({"code_verifier": "x"}, "invalid_request"),
    "another grant": ({"grant_type": "password"}, "unsupported_grant_type"),
    "no grant": ({"grant_type": None}, "invalid_request"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_token_request_is_refused(shared_town, name):
    """With RFC 6749's error, never stored by a cache."""
    changes, error = WRONG[name]
    answer = shared_town.redeem(*shared_town.code(shared_town.library), **changes)
    assert (400, error) == (answer.status_code, answer.json["error"])
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["another redirect URI", "another verifier", "no verifier", "no redirect URI"])
def test_a_code_shown_wrongly_is_burned(shared_town, name):
    """Its own client cannot try twice, so neither can a thief with its credentials."""
    code, login = shared_town.code(shared_town.library)
    shared_town.redeem(code, login, **WRONG[name][0])
    assert shared_town.redeem(code, login).json["error"] == "invalid_grant"


def test_a_verifier_without_a_challenge_is_refused(shared_town):
    """RFC 9700: no downgrade by leaving the challenge out."""
    code, login = shared_town.code(shared_town.library, code_challenge="", code_challenge_method="")
    assert shared_town.redeem(code, login).status_code == 400


def test_a_client_without_pkce_may_leave_it_out(shared_town):
    """Where its registration allows."""
    code, login = shared_town.code(shared_town.library, code_challenge="", code_challenge_method="")
    assert shared_town.redeem(code, login, code_verifier=None).status_code == 200


def test_another_client_cannot_redeem_a_code_and_does_not_burn_it(shared_town):
    """Of this tenant or another: invalid_grant, and the right client still can."""
    code, login = shared_town.code(shared_town.library)
    for service in (shared_town.childcare, shared_town.parking):
        thief = type(login)(**{**login.__dict__, "service": service})
        assert shared_town.redeem(code, thief).json["error"] == "invalid_grant"
    assert shared_town.redeem(code, login).status_code == 200


def test_another_spelling_of_a_code_is_the_same_code(shared_town):
    """base64url's unused bits do not make a second code of one."""
    code, login = shared_town.code(shared_town.library)
    assert shared_town.redeem(code, login).status_code == 200
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for last in alphabet:
        assert shared_town.redeem(code[:-1] + last, login).status_code == 400


def test_a_code_lives_one_minute(aoba):
    """At 61 seconds it is over."""
    code, login = aoba.code(aoba.library)
    aoba.clock.set_offset(61)
    assert aoba.redeem(code, login).json["error"] == "invalid_grant"


@pytest.mark.parametrize("seconds", [1, 30, 120])
def test_a_replay_revokes_what_the_code_gave(aoba, seconds):
    """A second later, and when the code would be over anyway."""
    code, login = aoba.code(aoba.library)
    token = aoba.redeem(code, login).json["access_token"]
    assert userinfo(aoba, token).status_code == 200
    aoba.clock.set_offset(seconds)
    assert aoba.redeem(code, login).json["error"] == "invalid_grant"
    assert userinfo(aoba, token).status_code == 401


def test_a_retry_at_once_takes_nothing_away(aoba):
    """Whose connection broke asks again within the second: for an error, and what it has stays good."""
    code, login = aoba.code(aoba.library)
    token = aoba.redeem(code, login).json["access_token"]
    aoba.clock.set_offset(-5)  # however slow this computer is, it is less than a second
    assert aoba.redeem(code, login).json["error"] == "invalid_grant"
    assert userinfo(aoba, token).status_code == 200
    aoba.clock.set_offset(1)
    assert aoba.redeem(code, login).json["error"] == "invalid_grant"
    assert userinfo(aoba, token).status_code == 401


def test_a_replay_with_a_wrong_verifier_revokes_at_once(aoba):
    """That is nobody's retry."""
    code, login = aoba.code(aoba.library)
    token = aoba.redeem(code, login).json["access_token"]
    aoba.redeem(code, login, code_verifier="x" * 43)
    assert userinfo(aoba, token).status_code == 401


def userinfo(town, token, tenant="aoba", **options):
    """GET UserInfo with a bearer token."""
    headers = {"Authorization": f"Bearer {token}"}
    return town.get(town.browser(), f"{BASE_URL}/t/{tenant}/userinfo", headers=headers, **options)


def test_userinfo_gives_the_same_number_by_each_way(shared_town):
    """Header with GET and POST, and body with POST."""
    answer = shared_town.redeem(*shared_town.code(shared_town.library, scope="openid jpki_status")).json
    sub, token = id_token_claims(answer["id_token"])["sub"], answer["access_token"]
    url = f"{BASE_URL}/t/aoba/userinfo"
    ways = (
        userinfo(shared_town, token),
        shared_town.post(shared_town.browser(), url, headers={"Authorization": f"bearer {token}"}),
        shared_town.post(shared_town.browser(), url, data={"access_token": token}),
    )
    assert [sub] * 3 == [way.json["sub"] for way in ways]
    assert "revocation" in ways[0].json


def test_userinfo_knows_only_its_own_tenants_live_tokens(aoba):
    """Another tenant's, made-up, late and doubled tokens are refused with RFC 6750's challenge."""
    token = aoba.redeem(*aoba.code(aoba.library)).json["access_token"]
    assert userinfo(aoba, token, tenant="wakaba").status_code == 401
    assert 'error="invalid_token"' in userinfo(aoba, "A" * 43).headers["WWW-Authenticate"]
    doubled = aoba.post(
        aoba.browser(),
        f"{BASE_URL}/t/aoba/userinfo",
        data={"access_token": token},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert doubled.status_code == 400
    bare = aoba.get(aoba.browser(), f"{BASE_URL}/t/aoba/userinfo")
    assert (
        bare.status_code,
        bare.headers["WWW-Authenticate"],
    ) == (401, 'Bearer realm="http://localhost:8000/t/aoba"')
    aoba.clock.set_offset(601)
    assert userinfo(aoba, token).status_code == 401


def test_client_secret_post_and_public_clients(shared_town):
    """Each by its registered method, and by no other."""
    posting = shared_town.register("aoba", "posting", token_endpoint_auth_method="client_secret_post")
    code, login = shared_town.code(posting)
    assert shared_town.redeem(code, login).status_code == 401
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": login.verifier,
        "client_id": posting.client_id,
    }
    url = f"{BASE_URL}/t/aoba/token"
    assert shared_town.post(shared_town.browser(), url, data=form).status_code == 401
    secret = {"client_secret": posting.client_secret}
    assert shared_town.post(shared_town.browser(), url, data=form | secret).status_code == 200
    public = shared_town.register("aoba", "public", token_endpoint_auth_method="none")
    code, login = shared_town.code(public)
    form |= {"client_id": public.client_id, "code": code, "code_verifier": login.verifier}
    assert shared_town.post(shared_town.browser(), url, data=form).status_code == 200


def test_a_session_id_is_per_service(shared_town):
    """`sid` of two services of one person never match, nor does anything else but times and levels."""
    tokens = [
        shared_town.sign_in(s, scope="openid jpki_status") for s in (shared_town.library, shared_town.school)
    ]
    shared = {name for name in tokens[0] if tokens[0][name] == tokens[1].get(name)}
    assert shared <= {"iss", "acr", "amr", "revocation", "signature_certificate", "iat", "exp"}
