"""Answers that are encrypted to their service: every kind, every algorithm, to the right key and never to none."""

import json

import pytest
from components.assertions import jwks
from components.jose import opened
from components.peer import Peer, answer
from components.refreshing import REFRESHES, SCOPE, ask_about, refresh, signed_in
from components.responses import authorize, posted, redirected
from components.town import BASE_URL, REDIRECT_URI
from joserfc import jwk, jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from idp.registration import NotAllowed
from idp.services.client_policies import ENCRYPTION_ALGS, ENCRYPTION_ENCS
from idp.services.service_changes import ServiceChange

ISSUER = f"{BASE_URL}/t/aoba"
RSA = RSAKey.generate_key(2048, {"kid": "rsa-enc", "use": "enc"})
EC = ECKey.generate_key("P-256", {"kid": "ec-enc", "use": "enc"})
SIGNING = ECKey.generate_key("P-256", {"kid": "sig", "use": "sig"})
BOTH = jwks(SIGNING, RSA, EC)


def encrypting(town, name, keys=BOTH, **wishes):
    """A service that registers encrypted answers: answer=(alg, enc) or answer=alg."""
    members, others = {}, {}
    for wish, value in wishes.items():
        if wish in ("id_token", "userinfo", "authorization", "introspection"):
            alg, enc = value if isinstance(value, tuple) else (value, None)
            members[f"{wish}_encrypted_response_alg"] = alg
            members |= {f"{wish}_encrypted_response_enc": enc} if enc else {}
        else:
            others[wish] = value
    return town.register("aoba", name, encryption=members, **{"jwks": keys, **others})


def signed_claims(town, token):
    """The claims of a JWT that the tenant has signed."""
    keys = jwk.KeySet.import_key_set(town.get(town.browser(), f"{ISSUER}/jwks").json)
    return jwt.decode(token, keys, algorithms=["RS256", "ES256"]).claims


WAYS = [(alg, None) for alg in ENCRYPTION_ALGS] + [("ECDH-ES", enc) for enc in ENCRYPTION_ENCS[1:]]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way[0]} {way[1]}")
def test_an_id_token_is_signed_and_then_encrypted(shared_town, way):
    """To the key of the algorithm that is for encryption; inside is the ID token as everybody else receives it."""
    alg, enc = way
    service = encrypting(shared_town, f"way-{WAYS.index(way)}", id_token=way)
    code, login = shared_town.code(service)
    given = shared_town.redeem(code, login).json
    key = RSA if alg.startswith("RSA") else EC
    header, inside = opened(given["id_token"], key)
    assert (header["alg"], header["enc"]) == (alg, enc or "A128CBC-HS256")
    assert (header["kid"], header["cty"]) == (key.kid, "JWT")
    claims = signed_claims(shared_town, inside)
    assert (claims["aud"], claims["nonce"]) == (service.client_id, login.nonce)
    assert claims["sub"] == shared_town.userinfo(service, given["access_token"]).json["sub"]


CURVES = {
    "P-384": ECKey.generate_key("P-384"),
    "P-521": ECKey.generate_key("P-521"),
    "X25519": OKPKey.generate_key("X25519"),
}


@pytest.mark.parametrize("curve", CURVES)
def test_a_key_on_another_curve(shared_town, curve):
    """Curves on which nobody signs here, and a key without an id."""
    key = CURVES[curve]
    service = encrypting(shared_town, f"curve-{curve.lower()}", jwks(key), id_token="ECDH-ES+A128KW")
    header, inside = opened(shared_town.redeem(*shared_town.code(service)).json["id_token"], key)
    assert "kid" not in header
    assert signed_claims(shared_town, inside)["aud"] == service.client_id


def test_userinfo_is_encrypted_with_and_without_a_signature(shared_town):
    """A JWT of ours inside, or the claims themselves, as registered (OpenID Connect Core section 5.3.2)."""
    for name, alg in (("info-signed", "ES256"), ("info-plain", None)):
        service = encrypting(shared_town, name, userinfo="ECDH-ES", userinfo_signed_response_alg=alg)
        given = shared_town.redeem(*shared_town.code(service, scope="openid jpki_status")).json
        got = shared_town.userinfo(service, given["access_token"])
        assert (got.status_code, got.mimetype) == (200, "application/jwt")
        header, inside = opened(got.text, EC)
        claims = signed_claims(shared_town, inside) if alg else inside
        assert ("cty" in header, "iss" in claims) == (bool(alg), bool(alg))
        assert claims["sub"] == signed_claims(shared_town, given["id_token"])["sub"]
        assert claims["revocation"]["method"]


@pytest.mark.parametrize("mode", ["query.jwt", "form_post.jwt"])
def test_an_authorization_response_is_encrypted(shared_town, mode):
    """The code is inside, and so is an error (JARM section 2.2)."""
    way = ("RSA-OAEP-256", "A256GCM")
    service = encrypting(shared_town, f"jarm-{mode[:4].strip('.')}", authorization=way)
    read = posted if mode.startswith("form_post") else redirected
    login = shared_town.begin(service, response_mode=mode)
    back = shared_town.get(login.browser, shared_town.accept(login))
    if back.headers.get("Location", "").endswith("/consent"):
        back = shared_town.consent(login, back.headers["Location"])
    uri, members = read(back)
    header, inside = opened(members["response"], RSA)
    claims = signed_claims(shared_town, inside)
    assert (uri, members.keys(), header["enc"]) == (REDIRECT_URI, {"response"}, "A256GCM")
    assert (claims["state"], claims["iss"], claims["aud"]) == (login.state, ISSUER, service.client_id)
    assert shared_town.redeem(claims["code"], login).status_code == 200
    _, members = read(authorize(shared_town, service, response_mode=mode, prompt="none"))
    assert signed_claims(shared_town, opened(members["response"], RSA)[1])["error"] == "login_required"


def test_what_introspection_says_is_encrypted(shared_town):
    """Where a JWT is asked for (RFC 9701 section 5); plain JSON is as it was."""
    service = encrypting(shared_town, "asking", introspection="ECDH-ES+A256KW")
    token = shared_town.redeem(*shared_town.code(service)).json["access_token"]
    wanted = {"Accept": "application/token-introspection+jwt"}
    answer = ask_about(shared_town, service, token, headers=wanted)
    assert answer.mimetype == "application/token-introspection+jwt"
    header, inside = opened(answer.text, EC)
    claims = signed_claims(shared_town, inside)
    assert (header["cty"], claims["aud"]) == ("JWT", service.client_id)
    assert claims["token_introspection"] == ask_about(shared_town, service, token).json


def test_a_refreshed_id_token_is_encrypted_too(shared_town):
    """By the registration as it is then."""
    service = encrypting(shared_town, "coming-back", id_token="ECDH-ES", **REFRESHES)
    given = signed_in(shared_town, service, scope=SCOPE)
    again = refresh(shared_town, service, given["refresh_token"]).json
    first, second = (signed_claims(shared_town, opened(one["id_token"], EC)[1])["sub"] for one in (given, again))
    assert first == second


def test_what_was_inside_is_a_hint(shared_town):
    """A service shows the ID token that it has decrypted, and may not show the encrypted one."""
    service = encrypting(shared_town, "hinting", id_token="ECDH-ES")
    login = shared_town.begin(service)
    code, login = shared_town.finish(login, shared_town.accept(login))
    sealed = shared_town.redeem(code, login).json["id_token"]
    asked = {"prompt": "none", "response_mode": "query"}
    inside = authorize(shared_town, service, id_token_hint=opened(sealed, EC)[1], **asked)
    assert redirected(inside)[1]["error"] == "login_required"
    outside = authorize(shared_town, service, id_token_hint=sealed, **asked)
    assert redirected(outside)[1]["error"] == "invalid_request"


class Published:
    """A service's server on which its keys lie: `steps` is what it answers."""

    def __init__(self, *keys):
        self.publish(*keys)

    def publish(self, *keys):
        """From now on these."""
        self.steps = [answer("200 OK", json.dumps(jwks(*keys)).encode())]


@pytest.fixture
def published(shared_town):
    """A service's published keys, and a function that registers a service with them."""
    keys = Published(EC)
    with Peer(lambda _: keys.steps) as peer:

        def register(name, **wishes):
            return encrypting(shared_town, name, None, jwks_uri=f"{peer.origin}/jwks", **wishes)

        yield keys, register


def change(town, service, **members):
    """Change what a service has registered of encryption."""
    tenant = town.product.directory.tenant("aoba")
    client = tenant.clients[service.client_id]
    town.product.service_changes.change(tenant, client, ServiceChange(encryption=members))


def test_a_published_key_is_followed_when_it_changes(shared_town, published):
    """Where the known set has none for the algorithm, the service is asked again."""
    keys, register = published
    service = register("changing", id_token="ECDH-ES")
    assert opened(shared_town.redeem(*shared_town.code(service)).json["id_token"], EC)[0]["kid"] == "ec-enc"
    keys.publish(SIGNING, RSA)
    change(shared_town, service, id_token_encrypted_response_alg="RSA-OAEP-256")
    token = shared_town.redeem(*shared_town.code(service)).json["id_token"]
    assert opened(token, RSA)[0]["kid"] == "rsa-enc"


def test_without_a_key_a_code_is_not_spent(shared_town, published):
    """The service is told what is missing, publishes it, and redeems the same code."""
    keys, register = published
    service = register("late", id_token="ECDH-ES")
    code, login = shared_town.code(service)
    change(shared_town, service, id_token_encrypted_response_alg="RSA-OAEP")
    refused = shared_town.redeem(code, login)
    assert (refused.status_code, refused.json["error"]) == (503, "temporarily_unavailable")
    assert "RSA-OAEP" in refused.json["error_description"]
    keys.publish(RSA)
    given = shared_town.redeem(code, login)
    assert given.status_code == 200
    change(shared_town, service, userinfo_encrypted_response_alg="ECDH-ES")
    refused = shared_town.userinfo(service, given.json["access_token"])
    assert (refused.status_code, refused.json["error"]) == (503, "temporarily_unavailable")
    assert refused.headers["Retry-After"]


def test_without_a_key_nobody_is_asked_to_sign_in(shared_town, published):
    """The service learns it by redirect; where the answer itself cannot be encrypted, the resident sees a page."""
    keys, register = published
    keys.publish(SIGNING)
    service = register("unready", id_token="RSA-OAEP-256")
    _, members = redirected(authorize(shared_town, service, response_mode="query"))
    assert members["error"] == "temporarily_unavailable"
    service = register("unready-answers", authorization="RSA-OAEP-256")
    page = authorize(shared_town, service, response_mode="jwt")
    assert (page.status_code, "location" in page.headers) == (503, False)
    assert "受け取れません" in page.text
    assert authorize(shared_town, service, response_mode="query").status_code == 200


@pytest.mark.parametrize(
    ("members", "keys", "sentence"),
    [
        ({"id_token": "RSA1_5"}, BOTH, "id_token_encrypted_response_alg is one of"),
        ({"id_token": "dir"}, BOTH, "id_token_encrypted_response_alg is one of"),
        ({"id_token": "A256KW"}, BOTH, "id_token_encrypted_response_alg is one of"),
        ({"id_token": "PBES2-HS256+A128KW"}, BOTH, "id_token_encrypted_response_alg is one of"),
        ({"userinfo": ("ECDH-ES", "A192GCM")}, BOTH, "userinfo_encrypted_response_enc is one of"),
        ({"authorization": (None, "A128GCM")}, BOTH, "authorization_encrypted_response_alg is one of"),
        ({"id_token": "RSA-OAEP-256"}, jwks(SIGNING, EC), "none of the service's keys is for RSA-OAEP-256"),
        ({"id_token": "ECDH-ES"}, jwks(SIGNING, RSA), "none of the service's keys is for ECDH-ES"),
        ({"id_token": "ECDH-ES"}, None, "none of the service's keys is for ECDH-ES"),
        ({"id_token": "ECDH-ES"}, jwks(EC, alg="ECDH-ES+A256KW"), "none of the service's keys is for ECDH-ES"),
        ({"id_token": "ECDH-ES"}, jwks(OctKey.generate_key(256)), "private key"),
    ],
)
def test_what_cannot_be_registered(shared_town, members, keys, sentence):
    """Neither what is not offered nor what there is no key for; nothing by a shared secret."""
    with pytest.raises(NotAllowed, match=sentence):
        encrypting(shared_town, "impossible", keys, **members)


def test_a_key_for_signatures_is_not_encrypted_to(shared_town):
    """A key that may be for either is, where none is for encryption alone."""
    either = ECKey.generate_key("P-256", {"kid": "either"})
    service = encrypting(shared_town, "either", jwks(either, EC), id_token="ECDH-ES")
    header, _ = opened(shared_town.redeem(*shared_town.code(service)).json["id_token"], EC)
    assert header["kid"] == "ec-enc"
    service = encrypting(shared_town, "only-either", jwks(SIGNING, either), id_token="ECDH-ES")
    header, _ = opened(shared_town.redeem(*shared_town.code(service)).json["id_token"], either)
    assert header["kid"] == "either"


def test_the_metadata_names_what_can_be_registered(shared_town):
    """For each kind of answer."""
    metadata = shared_town.get(shared_town.browser(), f"{ISSUER}/.well-known/openid-configuration").json
    for kind in ("id_token", "userinfo", "authorization", "introspection"):
        assert metadata[f"{kind}_encryption_alg_values_supported"] == list(ENCRYPTION_ALGS)
        assert metadata[f"{kind}_encryption_enc_values_supported"] == list(ENCRYPTION_ENCS)
