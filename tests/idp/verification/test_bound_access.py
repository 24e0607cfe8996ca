"""Access tokens of the API that are bound to a key, and what they are without it (RFC 9449, RFC 8705)."""

import pytest
from components.dpop import new_key, proof
from components.hop import Caller, certificate, handed_over, hop_town
from components.refreshing import ask_about
from components.town import BASE_URL, Service
from components.verifier import VERIFIES

KEY, OTHER = new_key(), new_key()
ASK = {"grant_type": "client_credentials"}
BY_SECRET = {**VERIFIES, "token_endpoint_auth_method": "client_secret_post"}


@pytest.fixture(scope="module")
def made(tmp_path_factory, founded_world):
    """A town with the host that asks for certificates."""
    with hop_town(tmp_path_factory.mktemp("hop"), founded_world) as town:
        yield town


@pytest.fixture(scope="module")
def own(made):
    """The certificate that the services show."""
    return certificate(made.folder, "own")


def registered(made, own, service_id, **wishes):
    """A service that may verify."""
    return Caller(made, made.register("aoba", service_id, **{**BY_SECRET, **wishes}), own)


def call(made, token, *, scheme="Bearer", dpop=None, certificate=None):
    """A call of the API with that token."""
    headers = {
        "Authorization": f"{scheme} {token}",
        **handed_over(certificate),
        **({"DPoP": dpop} if dpop else {}),
    }
    url = f"{BASE_URL}/t/aoba/api/v1/challenges"
    return made.post(made.browser(), url, data=b"{}", headers=headers, content_type="application/json")


def at_api(made, token, key=KEY, **changes):
    """A proof for that call."""
    return proof(made, key, **{"path": "/api/v1/challenges", "token": token, **changes})


@pytest.fixture(scope="module")
def by_key(made, own):
    """A token that is bound to `KEY`."""
    caller = registered(made, own, "by-key", dpop_bound_access_tokens=True)
    assert caller.post("/token", ASK).json["error"] == "invalid_request"
    given = caller.post("/token", ASK, dpop=proof(made, KEY)).json
    assert (given["token_type"], given["scope"]) == ("DPoP", "verify")
    assert caller.about(given["access_token"])["cnf"] == {"jkt": KEY.thumbprint()}
    return given["access_token"]


@pytest.mark.parametrize("scheme", ["DPoP", "dpop", "DPOP"])
def test_a_call_proves_the_key(made, by_key, scheme):
    """The scheme's letters may be of any case; the answer tells the next nonce."""
    answer = call(made, by_key, scheme=scheme, dpop=at_api(made, by_key))
    assert answer.status_code == 200, answer.text
    assert answer.headers["DPoP-Nonce"]


def test_a_token_that_is_bound_to_a_key_is_none_without_it(made, by_key):
    """By the scheme of bearers, without proof, by another key, for another place or token, or twice."""
    right = at_api(made, by_key)
    wrong = [
        (call(made, by_key), "invalid_token"),
        (call(made, by_key, dpop=at_api(made, by_key)), "invalid_token"),
        (call(made, by_key, scheme="DPoP"), "invalid_dpop_proof"),
        (call(made, by_key, scheme="DPoP", dpop=at_api(made, by_key, OTHER)), "invalid_token"),
        (call(made, by_key, scheme="DPoP", dpop=at_api(made, by_key, path="/userinfo")), "invalid_dpop_proof"),
        (call(made, by_key, scheme="DPoP", dpop=at_api(made, "A" * 43)), "invalid_dpop_proof"),
        (call(made, by_key, scheme="DPoP", dpop=at_api(made, by_key, nonce="old")), "use_dpop_nonce"),
    ]
    for answer, code in wrong:
        assert (answer.status_code, answer.json["code"]) == (401, code)
        assert answer.headers["WWW-Authenticate"].startswith("DPoP ")
        assert f'error="{code}"' in answer.headers["WWW-Authenticate"]
        assert answer.mimetype == "application/problem+json"
    assert call(made, by_key, scheme="DPoP", dpop=right).status_code == 200
    assert call(made, by_key, scheme="DPoP", dpop=right).json["code"] == "invalid_dpop_proof"


def test_a_token_that_is_bound_to_a_certificate_is_none_without_it(made, own):
    """No handshake, another certificate, a proof instead."""
    caller = registered(made, own, "by-certificate", tls_client_certificate_bound_access_tokens=True)
    assert caller.post("/token", ASK, certificate=None).json["error"] == "invalid_request"
    given = caller.post("/token", ASK).json
    token = given["access_token"]
    assert given["token_type"] == "Bearer"
    assert set(caller.about(token)["cnf"]) == {"x5t#S256"}
    assert call(made, token, certificate=own).status_code == 200
    assert call(made, token).json["code"] == "invalid_token"
    other = certificate(made.folder, "other")
    assert call(made, token, certificate=other).json["code"] == "invalid_token"
    assert call(made, token, scheme="DPoP", dpop=at_api(made, token)).json["code"] == "invalid_token"


def test_a_service_may_bind_a_token_without_having_registered_it(made, own):
    """A proof at the token endpoint binds here as it does for a resident's token; without one nothing changes."""
    caller = registered(made, own, "at-will")
    plain = caller.post("/token", ASK).json
    assert plain["token_type"] == "Bearer"
    assert call(made, plain["access_token"]).status_code == 200
    assert (
        call(made, plain["access_token"], scheme="DPoP", dpop=at_api(made, plain["access_token"])).status_code
        == 401
    )
    bound = caller.post("/token", ASK, dpop=proof(made, KEY)).json["access_token"]
    assert call(made, bound).status_code == 401
    assert call(made, bound, scheme="DPoP", dpop=at_api(made, bound)).status_code == 200


def test_nobody_elses_binding_is_told(made, by_key):
    """Introspection by another service: as of a token that never was."""
    stranger: Service = made.library
    assert ask_about(made, stranger, by_key).json == {"active": False}
