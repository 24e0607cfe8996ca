"""What a service registers about its request objects: by its profile, by its keys, and changed again."""

import pytest
from components.assertions import jwks
from joserfc.jwk import ECKey, RSAKey

from idp.registration import NewService, NotAllowed, complete
from idp.services.client_policies import FAPI2, STANDARD
from idp.services.service_changes import ServiceChange

EC, RSA = ECKey.generate_key("P-256", {"kid": "ec"}), RSAKey.generate_key(2048, {"kid": "rsa"})
HASH = "A" * 43
LIES = "https://service.example/requests/1"
KEYED = {"jwks": jwks(EC)}
STRICT = {**KEYED, "profile": "fapi2", "token_endpoint_auth_method": "private_key_jwt", "require_pkce": None}
FULL = {
    **KEYED,
    "request_uris": (LIES, f"{LIES}#{HASH}"),
    "request_object_signing_alg": "ES256",
    "request_object_encryption_alg": "ECDH-ES+A256KW",
    "request_object_encryption_enc": "A256GCM",
    "require_signed_request_object": True,
}
CONTRADICTIONS = {
    "a reference without keys": ({"request_uris": (LIES,)}, "need the service's keys"),
    "a demand without keys": ({"require_signed_request_object": True}, "need the service's keys"),
    "an algorithm without keys": ({"request_object_signing_alg": "ES256"}, "need the service's keys"),
    "no signature": ({**KEYED, "request_object_signing_alg": "none"}, "is one of RS256"),
    "a shared secret's": ({**KEYED, "request_object_signing_alg": "HS256"}, "is one of RS256"),
    "another key's": ({**KEYED, "request_object_signing_alg": "RS256"}, "signs by RS256"),
    "RS256 in fapi2": ({**STRICT, "request_object_signing_alg": "RS256"}, "in the profile fapi2"),
    "none in fapi2": ({**STRICT, "request_object_signing_alg": "none"}, "in the profile fapi2"),
    "a reference in fapi2": ({**STRICT, "request_uris": (LIES,)}, "pushes its requests"),
    "a padding of old": ({"request_object_encryption_alg": "RSA1_5"}, "is one of RSA-OAEP-256"),
    "a shared key": ({"request_object_encryption_alg": "dir"}, "is one of RSA-OAEP-256"),
    "a password": ({"request_object_encryption_alg": "PBES2-HS256+A128KW"}, "is one of RSA-OAEP-256"),
    "another content": (
        {"request_object_encryption_alg": "ECDH-ES", "request_object_encryption_enc": "A192GCM"},
        "encryption_enc is one of",
    ),
    "content alone": ({"request_object_encryption_enc": "A128GCM"}, "goes with"),
    "without TLS": ({**KEYED, "request_uris": ("http://service.example/1",)}, "a request URI is https"),
    "of a user": ({**KEYED, "request_uris": ("https://a@service.example/1",)}, "a request URI is https"),
    "a local name": ({**KEYED, "request_uris": ("urn:ietf:params:oauth:request_uri:1",)}, "a request URI is"),
    "a fragment that is none": ({**KEYED, "request_uris": (f"{LIES}#a#b",)}, "is a SHA-256"),
    "a long one": ({**KEYED, "request_uris": (LIES + "x" * 512,)}, "512 characters"),
    "a crowd": ({**KEYED, "request_uris": tuple(f"{LIES}{n}" for n in range(21))}, "at most 20"),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_what_no_request_object_could_keep_is_refused(shared_town, name):
    """With the sentence that says what to state instead; nothing is written."""
    wishes, sentence = CONTRADICTIONS[name]
    before = shared_town.rows("client")
    with pytest.raises(NotAllowed, match=sentence):
        shared_town.register("aoba", "contradictory", **wishes)
    assert shared_town.rows("client") == before


def test_an_algorithm_alone_means_the_usual_content_encryption():
    """A128CBC-HS256 (OpenID Connect Registration section 2)."""
    wish = NewService(
        service_id="x", name_ja="x", redirect_uris=(LIES,), request_object_encryption_alg="RSA-OAEP-256"
    )
    assert complete(wish).request_object_encryption_enc == "A128CBC-HS256"


def test_everything_is_kept_and_taken_away_again(shared_town):
    """Each member alone; what belongs to another goes with it, as the profile's change takes references along."""
    made = shared_town.register("aoba", "asking", **FULL)
    tenant = shared_town.product.directory.tenant("aoba")

    def client():
        return shared_town.product.directory.tenant("aoba").clients[made.client_id]

    def change(**members):
        shared_town.product.service_changes.change(tenant, client(), ServiceChange(**members))

    assert {name: getattr(client(), name) for name in FULL if name != "jwks"} == {
        name: value for name, value in FULL.items() if name != "jwks"
    }
    assert client().request_object_algs == ("ES256",)
    change(request_object_encryption_alg="", request_object_signing_alg="")
    assert (client().request_object_encryption_alg, client().request_object_encryption_enc) == (None, None)
    assert client().request_object_algs == STANDARD.client_algs
    change(
        profile="fapi2",
        token_endpoint_auth_method="private_key_jwt",
        require_pkce=True,
        id_token_signed_response_alg="ES256",
        authorization_signed_response_alg="ES256",
    )
    assert (client().request_uris, client().require_signed_request_object) == ((), True)
    assert client().request_object_algs == FAPI2.client_algs
