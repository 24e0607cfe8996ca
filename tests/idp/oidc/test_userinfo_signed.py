"""UserInfo as a JWT, for services that have registered it (OpenID Connect Core section 5.3.2)."""

import pytest
from components.town import BASE_URL
from joserfc import jwk, jwt

from idp.registration import NotAllowed


@pytest.mark.parametrize("alg", ["RS256", "ES256", "PS256"])
def test_userinfo_is_signed_as_registered(shared_town, alg):
    """By a key that the tenant publishes, for this service, with the claims that plain JSON has."""
    service = shared_town.register("aoba", f"signed-{alg.lower()}", userinfo_signed_response_alg=alg)
    given = shared_town.redeem(*shared_town.code(service, scope="openid jpki_status")).json
    answer = shared_town.userinfo(service, given["access_token"])
    assert (answer.status_code, answer.mimetype) == (200, "application/jwt")
    assert answer.headers["Cache-Control"] == "no-store"
    keys = jwk.KeySet.import_key_set(shared_town.get(shared_town.browser(), f"{BASE_URL}/t/aoba/jwks").json)
    token = jwt.decode(answer.text, keys, algorithms=[alg])
    assert (token.header["alg"], token.header["typ"]) == (alg, "JWT")
    assert (token.claims["iss"], token.claims["aud"]) == (f"{BASE_URL}/t/aoba", service.client_id)
    assert {"sub", "revocation"} <= set(token.claims)
    about = "id_token_signing_alg_values_supported"
    metadata = shared_town.get(shared_town.browser(), f"{BASE_URL}/t/aoba/.well-known/openid-configuration").json
    assert metadata["userinfo_signing_alg_values_supported"] == metadata[about]


def test_a_refusal_is_no_jwt(shared_town):
    """A wrong token is answered as everywhere."""
    answer = shared_town.userinfo(shared_town.library, "A" * 43)
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_token")


@pytest.mark.parametrize("alg", ["none", "HS256", ""])
def test_another_algorithm_cannot_be_registered(shared_town, alg):
    """Neither none nor one with a shared secret."""
    with pytest.raises(NotAllowed):
        shared_town.register("aoba", "unsigned", userinfo_signed_response_alg=alg)
