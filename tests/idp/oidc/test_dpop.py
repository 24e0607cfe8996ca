"""DPoP: what a proof must be, what it binds, and that no proof is taken twice (RFC 9449)."""

import pytest
from components.dpop import new_key, proof, redeem, userinfo
from components.refreshing import (
    SCOPE,
    ask_about,
    audited,
    refresh,
    refreshing,
    signed_in,
    want_young_evidence,
)
from components.town import BASE_URL, id_token_claims
from joserfc import jwk

KEY = new_key()
OTHER = new_key()


@pytest.mark.parametrize("kind", ["EC", "RSA", "OKP"])
def test_a_token_is_bound_to_the_key_of_the_proof(shared_town, kind):
    """Its type is DPoP, introspection tells the thumbprint, UserInfo takes it with a proof of that key alone."""
    key, service = new_key(kind), refreshing(shared_town, f"bound-{kind.lower()}")
    code, login = shared_town.code(service)
    given = redeem(shared_town, code, login, proof(shared_town, key)).json
    assert given["token_type"] == "DPoP"
    token = given["access_token"]
    about = ask_about(shared_town, service, token).json
    assert (about["token_type"], about["cnf"]) == ("DPoP", {"jkt": key.thumbprint()})
    shown = proof(shared_town, key, path="/userinfo", method="GET", token=token)
    answer = userinfo(shared_town, token, shown)
    assert answer.json["sub"] == id_token_claims(given["id_token"])["sub"]
    assert answer.headers["DPoP-Nonce"]
    shown = proof(shared_town, key, path="/userinfo", method="GET", token=token)
    assert userinfo(shared_town, token, shown, scheme="dpop").status_code == 200


@pytest.fixture(scope="module")
def bound(shared_town):
    """A service and an access token of it that is bound to `KEY`."""
    service = refreshing(shared_town, "bound")
    code, login = shared_town.code(service)
    return service, redeem(shared_town, code, login, proof(shared_town, KEY)).json["access_token"]


def at_userinfo(town, token, key=KEY, **changes):
    """A proof for UserInfo with that token."""
    return proof(town, key, **{"path": "/userinfo", "method": "GET", "token": token, **changes})


def test_a_bound_token_is_nothing_without_its_key(shared_town, bound):
    """As a bearer token, without proof, with another key's proof, with a proof for another token."""
    _, token = bound
    plain = userinfo(shared_town, token, None, scheme="Bearer")
    assert (plain.status_code, plain.json["error"]) == (401, "invalid_token")
    assert plain.headers["WWW-Authenticate"].startswith("DPoP ")
    assert 'algs="ES256 PS256 EdDSA"' in plain.headers["WWW-Authenticate"]
    assert userinfo(shared_town, token, None).json["error"] == "invalid_dpop_proof"
    other = at_userinfo(shared_town, token, OTHER)
    assert userinfo(shared_town, token, other).json["error"] == "invalid_token"
    assert userinfo(shared_town, token, at_userinfo(shared_town, "A" * 43)).json["error"] == "invalid_dpop_proof"
    assert userinfo(shared_town, token, at_userinfo(shared_town, token), scheme="Bearer").status_code == 401
    posted = shared_town.post(shared_town.browser(), f"{BASE_URL}/t/aoba/userinfo", data={"access_token": token})
    assert posted.status_code == 401
    assert userinfo(shared_town, token, at_userinfo(shared_town, token)).status_code == 200


def test_an_unbound_token_does_not_become_one_by_its_scheme(shared_town):
    """Whoever stole it cannot bind it to a key of their own."""
    token = shared_town.redeem(*shared_town.code(shared_town.library)).json["access_token"]
    assert userinfo(shared_town, token, at_userinfo(shared_town, token)).json["error"] == "invalid_token"


BAD_CLAIMS = {
    "another method": {"htm": "PUT"},
    "another address": {"htu": f"{BASE_URL}/t/aoba/token"},
    "another tenant's address": {"htu": f"{BASE_URL}/t/wakaba/userinfo"},
    "another scheme": {"htu": "https://localhost:8000/t/aoba/userinfo"},
    "no address": {"htu": None},
    "an address that is none": {"htu": ["x"]},
    "no id": {"jti": None},
    "an id that is no text": {"jti": 7},
    "an endless id": {"jti": "x" * 300},
    "no time": {"iat": None},
    "a time that is text": {"iat": "now"},
    "no token hash": {"ath": None},
    "another token's hash": {"ath": "A" * 43},
    "over": {"exp": 1},
    "not begun": {"nbf": 2**33},
}


@pytest.mark.parametrize("name", BAD_CLAIMS)
def test_a_proof_for_something_else_is_refused(shared_town, bound, name):
    """401, with the scheme's challenge and RFC 9449's error."""
    _, token = bound
    answer = userinfo(shared_town, token, at_userinfo(shared_town, token, **BAD_CLAIMS[name]))
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_dpop_proof")
    assert answer.headers["WWW-Authenticate"].startswith("DPoP ")


BAD_HEADERS = {
    "another type": {"typ": "JWT"},
    "no type": {"typ": None},
    "no key": {"jwk": None},
    "a private key": {"jwk": KEY.as_dict(private=True)},
    "a symmetric key": {"jwk": jwk.OctKey.generate_key(256).as_dict()},
    "another key": {
        "jwk": {k: v for k, v in OTHER.as_dict(private=False).items() if k in ("kty", "crv", "x", "y")}
    },
    "a key for encryption": {"jwk": {**KEY.as_dict(private=False), "use": "enc"}},
    "a key to fetch": {"jku": "http://127.0.0.1/"},
    "a certificate": {"x5c": ["AAAA"]},
    "rules of its own": {"crit": ["b64"], "b64": True},
}


@pytest.mark.parametrize("name", BAD_HEADERS)
def test_a_proof_with_another_header_is_refused(shared_town, bound, name):
    """Another type or key than one public key, rules of its own, keys from elsewhere."""
    _, token = bound
    shown = at_userinfo(shared_town, token, header=BAD_HEADERS[name])
    assert userinfo(shared_town, token, shown).json["error"] == "invalid_dpop_proof"


def test_an_algorithm_outside_the_list_and_a_broken_form_are_refused(shared_town, bound):
    """RS256, none, HMAC with the public key; two parts, four parts, padding, a broken signature, two proofs."""
    _, token = bound
    right = at_userinfo(shared_town, token)
    head, body, signature = right.split(".")
    rsa = new_key("RSA")
    wrong = [
        at_userinfo(shared_town, token, rsa, header={"alg": "RS256"}),
        f"{head}.{body}",
        f"{right}.{signature}",
        f"{right}=",
        f"{head}.{body}.{signature[:-8]}AAAAAAAA",
        right + "A" * 5000,
        " ",
    ]
    for alg in ("none", "HS256"):
        wrong.append(".".join((encoded(head, alg=alg), body, signature)))
    for shown in wrong:
        assert userinfo(shared_town, token, shown).json["error"] == "invalid_dpop_proof", shown
    headers = [("Authorization", f"DPoP {token}"), ("DPoP", right), ("DPoP", at_userinfo(shared_town, token))]
    doubled = shared_town.get(shared_town.browser(), f"{BASE_URL}/t/aoba/userinfo", headers=headers)
    assert doubled.json["error"] == "invalid_dpop_proof"
    assert userinfo(shared_town, token, right).status_code == 200


def encoded(head, **changes):
    """A header with other members."""
    import base64
    import json

    members = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))) | changes
    return base64.urlsafe_b64encode(json.dumps(members).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(("seconds", "taken"), [(-61, False), (-59, True), (0, True), (59, True), (62, False)])
def test_a_proof_is_of_this_minute(shared_town, bound, seconds, taken):
    """A minute either way, not a second more (O17)."""
    _, token = bound
    iat = int(shared_town.clock().timestamp()) + seconds
    answer = userinfo(shared_town, token, at_userinfo(shared_town, token, iat=iat))
    assert (answer.status_code == 200) is taken


@pytest.mark.parametrize("claims", [{"nbf": 8}, {"nbf": -8}, {"exp": 30}, {"iat": 10}, {"iat": -10}])
def test_a_proof_may_say_more_of_its_time(shared_town, bound, claims):
    """Ten seconds between two clocks count for nothing; an end and a beginning are looked at where they stand."""
    _, token = bound
    now = int(shared_town.clock().timestamp())
    moments = {name: now + seconds for name, seconds in claims.items()}
    assert userinfo(shared_town, token, at_userinfo(shared_town, token, **moments)).status_code == 200


@pytest.mark.prove_oidc
def test_a_proof_is_taken_once_wherever_it_is_shown(shared_town, bound):
    """The very same proof, at the same place: refused, and the audit of nothing changes."""
    _, token = bound
    shown = at_userinfo(shared_town, token)
    assert userinfo(shared_town, token, shown).status_code == 200
    again = userinfo(shared_town, token, shown)
    assert (again.status_code, again.json["error"]) == (401, "invalid_dpop_proof")
    code, login = shared_town.code(shared_town.library)
    shown = proof(shared_town, KEY)
    assert redeem(shared_town, "x", login, shown).json["error"] == "invalid_grant"
    assert redeem(shared_town, code, login, shown).json["error"] == "invalid_dpop_proof"
    assert redeem(shared_town, code, login, proof(shared_town, KEY)).status_code == 200


def test_a_proof_bears_our_nonce(aoba):
    """Without it and with an old or made-up one the client learns a new one; the token request spends no code."""
    service = refreshing(aoba)
    code, login = aoba.code(service)
    for wrong in (None, "x", "é", "A" * 32, 7, ["x"]):
        answer = redeem(aoba, code, login, proof(aoba, KEY, nonce=wrong))
        assert (answer.status_code, answer.json["error"]) == (400, "use_dpop_nonce")
        assert answer.headers["DPoP-Nonce"]
    old = answer.headers["DPoP-Nonce"]
    token = redeem(aoba, code, login, proof(aoba, KEY, nonce=old)).json["access_token"]
    aoba.clock.set_offset(590)
    for wrong in (None, 7, ["x"], "0" * 32):
        answer = userinfo(aoba, token, at_userinfo(aoba, token, nonce=wrong))
        assert (answer.status_code, answer.json["error"]) == (401, "use_dpop_nonce")
    fresh = answer.headers["DPoP-Nonce"]
    assert fresh != old
    assert userinfo(aoba, token, at_userinfo(aoba, token, nonce=fresh)).status_code == 200


def test_a_refresh_token_wants_a_proof_and_stays(aoba):
    """None: refused, and it lives on; a service that authenticates may have another key by now (section 5)."""
    service = refreshing(aoba)
    code, login = aoba.code(service, scope=SCOPE)
    first = redeem(aoba, code, login, proof(aoba, KEY)).json
    token = first["refresh_token"]
    assert refresh(aoba, service, token).json["error"] == "invalid_grant"
    for key in (KEY, OTHER):
        again = refresh(aoba, service, token, headers={"DPoP": proof(aoba, key)}).json
        assert (again["token_type"], again["refresh_token"]) == ("DPoP", token)
        shown = at_userinfo(aoba, again["access_token"], key)
        assert userinfo(aoba, again["access_token"], shown).status_code == 200
        assert ask_about(aoba, service, again["access_token"]).json["cnf"] == {"jkt": key.thumbprint()}
    assert "cnf" not in ask_about(aoba, service, token).json


def test_a_public_services_refresh_token_is_bound_to_the_key(aoba):
    """It has nothing else to show who it is: another key's proof is refused, and so is none."""
    public = refreshing(aoba, "app", token_endpoint_auth_method="none", require_pkce=True)
    code, login = aoba.code(public, scope=SCOPE)
    named = {"client_id": public.client_id}

    def ask(shown, **form):
        headers = {"DPoP": proof(aoba, shown)} if shown else {}
        return aoba.post(aoba.browser(), f"{BASE_URL}/t/aoba/token", data=named | form, headers=headers).json

    grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://127.0.0.1:8901/callback"}
    token = ask(KEY, **grant, code_verifier=login.verifier)["refresh_token"]
    again = {"grant_type": "refresh_token", "refresh_token": token}
    for wrong in (None, OTHER):
        assert ask(wrong, **again)["error"] == "invalid_grant"
    assert ask(KEY, **again)["refresh_token"] == token


def test_a_code_may_wait_for_one_key(shared_town):
    """`dpop_jkt` at the authorization endpoint: another key's proof, or none, spends the code (section 10)."""
    for shown in (None, OTHER, KEY):
        code, login = shared_town.code(shared_town.library, dpop_jkt=KEY.thumbprint())
        answer = redeem(shared_town, code, login, proof(shared_town, shown) if shown else None)
        assert answer.status_code == (200 if shown is KEY else 400)
        if shown is not KEY:
            assert answer.json["error"] == "invalid_grant"
            late = redeem(shared_town, code, login, proof(shared_town, KEY))
            assert late.json["error"] == "invalid_grant"


def test_a_dpop_jkt_that_is_none_is_refused(shared_town):
    """By redirect, as every wrong parameter."""
    _, url = shared_town.ask(shared_town.library, dpop_jkt="short")
    assert "error=invalid_request" in url


def test_a_service_whose_tokens_are_bound_receives_no_other(shared_town):
    """By its registration: without proof the token request is refused, and the code is not spent."""
    service = refreshing(shared_town, "always", dpop_bound_access_tokens=True)
    code, login = shared_town.code(service)
    assert redeem(shared_town, code, login, None).json["error"] == "invalid_request"
    assert redeem(shared_town, code, login, proof(shared_town, KEY)).json["token_type"] == "DPoP"


def test_without_a_proof_nothing_changes(shared_town):
    """A service that knows nothing of proofs receives bearer tokens and no nonce."""
    service = refreshing(shared_town, "plain")
    answer = signed_in(shared_town, service)
    assert answer["token_type"] == "Bearer"
    again = refresh(shared_town, service, answer["refresh_token"])
    assert "DPoP-Nonce" not in again.headers


def push(town, key, **parameters):
    """A pushed request with a proof."""
    form = {
        "response_type": "code",
        "redirect_uri": "http://127.0.0.1:8901/callback",
        "scope": "openid",
        "state": "s",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
        **parameters,
    }
    return town.post(
        town.browser(),
        f"{BASE_URL}/t/aoba/par",
        data=form,
        auth=(town.library.client_id, town.library.client_secret),
        headers={"DPoP": proof(town, key, path="/par")},
    )


def test_a_pushed_request_is_bound_to_the_key_of_its_proof(shared_town):
    """As by `dpop_jkt`; where both are there they agree; a proof for another address is none."""
    assert push(shared_town, KEY).status_code == 201
    assert push(shared_town, KEY, dpop_jkt=KEY.thumbprint()).status_code == 201
    wrong = push(shared_town, KEY, dpop_jkt=OTHER.thumbprint())
    assert (wrong.status_code, wrong.json["error"]) == (400, "invalid_dpop_proof")
    assert wrong.headers["DPoP-Nonce"]


def test_the_code_of_a_pushed_request_waits_for_that_key(shared_town):
    """Bound at PAR, by the proof or by its thumbprint: another key's proof at the token endpoint is refused."""
    for bound_by in ({}, {"dpop_jkt": KEY.thumbprint()}):
        for shown, error in ((OTHER, "invalid_grant"), (KEY, None)):
            code, login = pushed_code(shared_town, **bound_by)
            assert redeem(shared_town, code, login, proof(shared_town, shown)).json.get("error") == error


def pushed_code(town, **parameters):
    """The code of a request that was pushed with a proof of `KEY`, and its login."""
    uri = push(town, KEY, **parameters).json["request_uri"]
    login = town.begin(town.library, request_uri=uri)
    login.state, login.verifier = "s", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    return town.finish(login, town.accept(login))


def test_a_key_is_shown_before_anybody_is_asked(aoba):
    """Who found a bound token cannot make us ask about its certificate; who holds its key can."""
    service = refreshing(aoba)
    code, login = aoba.code(service)
    token = redeem(aoba, code, login, proof(aoba, KEY)).json["access_token"]
    want_young_evidence(aoba, service)
    aoba.control(do="revoke", resident="hanako")
    aoba.control(do="clock", seconds=120)
    aoba.control(do="tick")
    for shown in (None, at_userinfo(aoba, token, OTHER)):
        assert userinfo(aoba, token, shown).status_code == 401
    assert audited(aoba, "session.revoked") == 0
    assert userinfo(aoba, token, at_userinfo(aoba, token)).json["error"] == "invalid_token"
    assert audited(aoba, "session.revoked") == 1


def test_discovery_names_the_algorithms(shared_town):
    """Of proofs."""
    metadata = shared_town.get(shared_town.browser(), f"{BASE_URL}/t/aoba/.well-known/openid-configuration").json
    assert metadata["dpop_signing_alg_values_supported"] == ["ES256", "PS256", "EdDSA"]
