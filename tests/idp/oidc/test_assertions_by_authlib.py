"""A stock client that authenticates by assertions: Authlib's, over a socket, by the metadata's own URLs."""

import time
from urllib.parse import urlsplit

import pytest
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from components.assertions import ISSUER, signer
from components.serving import behind_proxy, served
from components.town import BASE_URL, REDIRECT_URI, id_token_claims
from joserfc.jwk import ECKey, RSAKey

KEYS = {
    "ES256": ECKey.generate_key("P-256", {"kid": "authlib"}),
    "RS256": RSAKey.generate_key(2048, {"kid": "authlib"}),
    "PS256": RSAKey.generate_key(2048, {"kid": "authlib", "alg": "PS256"}),
}


class OneMinute(PrivateKeyJWT):
    """Authlib's assertion, which lasts an hour unless it is told otherwise at each request."""

    def sign(self, auth, token_endpoint):
        """See PrivateKeyJWT."""
        self.claims = {"exp": int(time.time()) + 60}
        return super().sign(auth, token_endpoint)


@pytest.fixture(scope="module")
def direct(shared_town):
    """Where the town listens, under its issuer's name."""
    with served(behind_proxy(shared_town.product.app.wsgi_app, urlsplit(BASE_URL).netloc)) as url:
        yield url


@pytest.mark.parametrize("alg", KEYS)
def test_authlib_redeems_a_code_by_its_key(shared_town, direct, alg):
    """By each algorithm, with the token endpoint as audience, as Authlib writes it; twice, each time anew."""
    by = signer(shared_town, f"authlib-{alg.lower()}", KEYS[alg])
    assert by.alg == alg
    session = OAuth2Session(
        by.service.client_id,
        KEYS[alg],
        token_endpoint_auth_method="private_key_jwt",
        redirect_uri=REDIRECT_URI,
    )
    method = OneMinute(f"{ISSUER}/token", alg=alg, headers={"kid": "authlib"})
    session.register_client_auth_method(method)
    for _ in range(2):
        code, login = shared_town.code(by.service)
        endpoint = f"{direct}/t/aoba/token"
        token = session.fetch_token(endpoint, code=code, code_verifier=login.verifier, timeout=20)
        assert id_token_claims(token["id_token"])["aud"] == by.service.client_id
