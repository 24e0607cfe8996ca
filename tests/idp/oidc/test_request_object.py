"""Request objects by value: signed by the service, read instead of what the browser brings."""

import json
from functools import partial
from urllib.parse import parse_qs, urlsplit

import pytest
from components.town import BASE_URL, REDIRECT_URI, b64url, whereto
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from idp import base64url
from idp.services.client_keys import LONGEST, KeysRefused, SignatureRefused, named, read, verified
from idp.services.client_policies import CLIENT_ALGS

ISSUER = f"{BASE_URL}/t/aoba"
EC = ECKey.generate_key("P-256", {"kid": "ec"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
STRANGER = ECKey.generate_key("P-256", {"kid": "ec"})
KEYS = {"keys": [EC.as_dict(private=False), RSA.as_dict(private=False)]}


@pytest.fixture(scope="module")
def signing(shared_town):
    """A service that has registered its keys."""
    return shared_town.register("aoba", "signing", jwks=KEYS)


def signed(town, service, *, key=EC, header=None, payload=None, **claims):
    """A request object that is right but for what the test changes; a claim of None is left out."""
    moment = int(town.clock().timestamp())
    members = {
        "iss": service.client_id,
        "aud": ISSUER,
        "client_id": service.client_id,
        "exp": moment + 300,
        "nbf": moment,
        "response_type": "code",
        "redirect_uri": REDIRECT_URI,
        "scope": "openid",
        "state": "inside",
        **claims,
    }
    members = {name: value for name, value in members.items() if value is not None}
    header = {"alg": "ES256", "kid": "ec", **(header or {})}
    content = json.dumps(members).encode() if payload is None else payload
    return jws.serialize_compact(header, content, key, algorithms=["ES256", "RS256", "PS256", "HS256", "ES384"])


def authorize(town, service, request, **outside):
    """The browser's half: by default nothing but who asks, and the object."""
    query = {"client_id": service.client_id, "request": request, **outside}
    return town.browser().get("/t/aoba/authorize", base_url=BASE_URL + "/", query_string=query)


def refused(answer):
    """Error, state and iss of an answer to the service."""
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(REDIRECT_URI + "?")
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query["iss"] == [ISSUER]
    return query["error"][0]


@pytest.mark.parametrize(
    ("key", "header"),
    [
        (EC, {}),
        (EC, {"kid": None}),
        (RSA, {"alg": "PS256", "kid": "rsa"}),
        (RSA, {"alg": "RS256", "kid": "rsa", "typ": "oauth-authz-req+jwt"}),
        (EC, {"typ": "JWT"}),
    ],
)
def test_a_signed_request_begins_a_login(shared_town, signing, key, header):
    """By every algorithm and type of ours, with a key id or without."""
    header = {"alg": "ES256", "kid": "ec"} | header
    request = signed(shared_town, signing, key=key, header={k: v for k, v in header.items() if v is not None})
    assert "/login/" in whereto(authorize(shared_town, signing, request))


def test_what_stands_outside_does_not_count(shared_town, signing):
    """Neither state nor redirect URI nor a mode that would be refused."""
    outside = {"state": "outside", "redirect_uri": "https://evil.example/", "response_mode": "fragment"}
    request = signed(shared_town, signing, response_type="token")
    answer = authorize(shared_town, signing, request, **outside)
    assert refused(answer) == "unsupported_response_type"
    assert "state=inside" in answer.headers["Location"]


def test_numbers_and_claims_are_read_as_the_query_would_hold_them(shared_town, signing):
    """`max_age` as a number, `claims` as an object."""
    claims = {"id_token": {"acr": {"essential": True, "value": "gold"}}}
    request = signed(shared_town, signing, max_age=60, claims=claims)
    assert refused(authorize(shared_town, signing, request)) == "unmet_authentication_requirements"
    request = signed(shared_town, signing, max_age=60, claims={"id_token": {"acr": {"essential": True}}})
    assert "/login/" in whereto(authorize(shared_town, signing, request))


OUTSIDE = {"redirect_uri": REDIRECT_URI, "response_type": "code", "scope": "openid"}


def faults(town, service):
    """Request objects that do not count, by what is wrong with them."""
    moment = int(town.clock().timestamp())
    right = signed(town, service)
    head, body, signature = right.split(".")
    whole = base64url.decode(body)
    unsigned = jws.serialize_compact({"alg": "HS256"}, b"{}", OctKey.generate_key(256), algorithms=["HS256"])
    return {
        "another key": signed(town, service, key=STRANGER),
        "a key id that is unknown": signed(town, service, header={"kid": "other"}),
        "the other key's id": signed(town, service, header={"kid": "rsa"}),
        "altered": f"{head}.{body[:-2]}AA.{signature}",
        "without signature": f"{head}.{body}.",
        "algorithm none": "eyJhbGciOiJub25lIn0." + body + ".",
        "a symmetric key": unsigned,
        "no JWT": "x.y.z",
        "empty parts": "..",
        "an encrypted one": "a.b.c.d.e",
        "another issuer's": signed(town, service, aud=f"{BASE_URL}/t/wakaba"),
        "no audience": signed(town, service, aud=None),
        "of another service": signed(town, service, iss="nobody"),
        "for another service": signed(town, service, client_id="nobody"),
        "for no service": signed(town, service, client_id=None),
        "over": signed(town, service, exp=moment - 1),
        "good for too long": signed(town, service, exp=moment + 3700),
        "of tomorrow": signed(town, service, nbf=moment + 120),
        "of long ago": signed(town, service, nbf=moment - 3700),
        "without a time": signed(town, service, exp="soon"),
        "at the end of time": signed(town, service, exp=1e300),
        "a request inside": signed(town, service, request="x.y.z"),
        "a reference inside": signed(town, service, request_uri="https://evil.example/"),
        "a list of scopes": signed(town, service, scope=["openid"]),
        "a truth for a number": signed(town, service, max_age=True),
        "half a character": signed(town, service, payload=json.dumps({"state": "\ud800"}).encode()),
        "a state twice": signed(town, service, payload=whole[:-1] + b', "state": "again"}'),
        "no object": signed(town, service, payload=b"[]"),
        "no JSON": signed(town, service, payload=b"\xff"),
        "an infinite number": signed(town, service, payload=b'{"max_age": 1e999}'),
        "another type": signed(town, service, header={"typ": "at+jwt"}),
        "a type that is empty": signed(town, service, header={"typ": ""}),
        "a long one": signed(town, service, padding="x" * LONGEST),
    }


def test_what_is_no_request_object_of_this_service_is_told_where_the_query_says(shared_town, signing):
    """`invalid_request_object` at a registered redirect URI; our page where none is named."""
    for name, request in faults(shared_town, signing).items():
        answer = authorize(shared_town, signing, request, **OUTSIDE)
        assert (name, refused(answer)) == (name, "invalid_request_object")
        nowhere = authorize(shared_town, signing, request)
        assert (name, nowhere.status_code, nowhere.headers.get("Location")) == (name, 400, None)


def test_two_request_objects_are_none(shared_town, signing):
    """As any parameter that is given twice."""
    request = signed(shared_town, signing)
    query = [("client_id", signing.client_id), ("request", request), ("request", request), *OUTSIDE.items()]
    answer = shared_town.browser().get("/t/aoba/authorize", base_url=BASE_URL + "/", query_string=query)
    assert refused(answer) == "invalid_request_object"


def test_a_service_without_keys_is_told_that_it_cannot(shared_town, signing):
    """Nobody's signature could be checked."""
    answer = authorize(shared_town, shared_town.library, signed(shared_town, signing), **OUTSIDE)
    assert refused(answer) == "request_not_supported"


def test_a_request_object_may_be_pushed(shared_town, signing):
    """RFC 9126 section 3; a faulty one is told in JSON."""
    url, credentials = f"{ISSUER}/par", (signing.client_id, signing.client_secret)

    def push(request):
        return shared_town.post(shared_town.browser(), url, data={"request": request}, auth=credentials)

    request_uri = push(signed(shared_town, signing)).json["request_uri"]
    query = {"client_id": signing.client_id, "request_uri": request_uri}
    answer = shared_town.browser().get("/t/aoba/authorize", base_url=BASE_URL + "/", query_string=query)
    assert "/login/" in whereto(answer)
    answer = push(signed(shared_town, signing, key=STRANGER))
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request_object")


def modulus(number):
    """An RSA key of that modulus, as far as its size goes."""
    octets = number.to_bytes((number.bit_length() + 7) // 8)
    return {"kty": "RSA", "e": "AQAB", "n": b64url(octets)}


def public(key, **members):
    """A set of one public key, with other members."""
    return {"keys": [{**key.as_dict(private=False), **members}]}


@pytest.mark.parametrize(
    "jwks",
    [
        None,
        [],
        {},
        {"keys": []},
        {"keys": "x"},
        {"keys": [7]},
        {"keys": [EC.as_dict(private=False)] * 11},
        {"keys": [EC.as_dict(private=False)] * 2},
        {"keys": [EC.as_dict(private=True)]},
        {"keys": [OctKey.generate_key(256).as_dict()]},
        {"keys": [ECKey.generate_key("P-384", {"use": "sig"}).as_dict(private=False)]},
        {"keys": [modulus(1 << 1023)]},
        {"keys": [modulus(1 << 4096)]},
        {"keys": [modulus(7)]},
        public(EC, use="enc", alg="ES256"),
        public(EC, alg="ES384"),
        public(EC, alg="RSA-OAEP"),
        public(EC, x="AAAA"),
        public(EC, x=7),
        public(RSA, n=None),
        public(EC, kty="OKP"),
        public(EC, kid="k" * 256),
        public(EC, kid="left\u202eright"),
        public(EC, kid=""),
    ],
)
def test_keys_that_cannot_be_registered(jwks):
    """One typed refusal, whatever is wrong with them."""
    with pytest.raises(KeysRefused):
        read(jwks)


def test_a_keys_own_algorithm_binds():
    """A key for PS256 verifies nothing by RS256."""
    keys = partial(named, read(public(RSA, alg="PS256")))
    for alg, good in (("PS256", True), ("RS256", False)):
        token = jws.serialize_compact({"alg": alg}, b"{}", RSA, algorithms=[alg])
        if good:
            assert verified(token, keys, CLIENT_ALGS)[1] == b"{}"
        else:
            with pytest.raises(SignatureRefused):
                verified(token, keys, CLIENT_ALGS)


def test_the_metadata_says_so(shared_town):
    """By value and by registered reference, and signed."""
    url = f"{ISSUER}/.well-known/openid-configuration"
    metadata = shared_town.get(shared_town.browser(), url).json
    assert (metadata["request_parameter_supported"], metadata["request_uri_parameter_supported"]) == (True, True)
    assert metadata["require_request_uri_registration"] is True
    assert metadata["request_object_signing_alg_values_supported"] == list(CLIENT_ALGS)
