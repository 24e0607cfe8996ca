"""Keys that can be read and to which nothing can be encrypted: they would fail in the middle of a login."""

import json

import pytest
from components.peer import Peer, answer
from components.registering import invited, register
from components.responses import authorize, redirected
from joserfc.jwk import OKPKey, RSAKey

from idp import base64url

X25519 = OKPKey.generate_key("X25519").as_dict(private=False)
RSA = RSAKey.generate_key(2048).as_dict(private=False)
UNSOUND = [
    pytest.param({**X25519, "x": base64url.encode(bytes(32))}, "ECDH-ES", id="zero"),
    pytest.param({**X25519, "x": base64url.encode(bytes([1, *bytes(31)]))}, "ECDH-ES+A128KW", id="order 1"),
    pytest.param({**RSA, "n": base64url.encode((2**2047).to_bytes(256, "big"))}, "RSA-OAEP-256", id="even"),
]


@pytest.mark.parametrize(("key", "alg"), UNSOUND)
def test_such_a_key_is_not_registered(shared_town, key, alg):
    """By a service that registers itself either."""
    answered = register(
        shared_town, invited(shared_town), jwks={"keys": [key]}, id_token_encrypted_response_alg=alg
    )
    assert (answered.status_code, answered.json["error"]) == (400, "invalid_client_metadata")


@pytest.mark.parametrize(("key", "alg"), UNSOUND)
def test_such_a_key_is_passed_over_where_it_is_published(shared_town, request, key, alg):
    """The service is told that it publishes no key, before a resident is asked to sign in; nothing breaks."""
    name = f"unsound-{request.node.callspec.id.replace(' ', '-')}"
    document = answer("200 OK", json.dumps({"keys": [key]}).encode())
    encryption = {"authorization_encrypted_response_alg": alg, "id_token_encrypted_response_alg": alg}
    with Peer(lambda _: [document]) as peer:
        service = shared_town.register("aoba", name, jwks_uri=f"{peer.origin}/jwks", encryption=encryption)
        _, members = redirected(authorize(shared_town, service, response_mode="query"))
        page = authorize(shared_town, service, response_mode="jwt", prompt="none")
    assert members["error"] == "temporarily_unavailable"
    assert page.status_code == 503
