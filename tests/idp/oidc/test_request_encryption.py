"""Encrypted request objects: to a published key of the tenant, around a signature of the service."""

import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from components.assertions import ISSUER, jwks, signer
from components.jobs import pass_time
from components.signing_ring import key_set, tenant_of, with_next
from components.town import BASE_URL, REDIRECT_URI, b64url, whereto
from joserfc import jwe
from joserfc.jwk import ECKey, OctKey, RSAKey

from idp.custody.ring import DAY_SECONDS, OPENS_DAYS
from idp.oidc.authorization.request_decryption import LONGEST, decrypted
from idp.oidc.authorization.request_object import RequestObjectRefused
from idp.registration import NewService, NotAllowed, require_possible
from idp.services.client_policies import ENCRYPTION_ENCS
from idp.services.request_encryption import KEY_OF, REQUEST_ALGS, REQUEST_KEYS

KEY, STRANGER = ECKey.generate_key("P-256", {"kid": "ec"}), ECKey.generate_key("P-256", {"kid": "ec"})
OUTSIDE = {"redirect_uri": REDIRECT_URI, "response_type": "code", "scope": "openid", "state": "outside"}
EVERY = [*KEY_OF, "RSA-OAEP", "RSA1_5", "dir", "A256KW", "PBES2-HS256+A128KW", *ENCRYPTION_ENCS, "A192GCM", "DEF"]
REGISTRY = jwe.JWERegistry(algorithms=EVERY, strict_check_header=False)


@pytest.fixture(scope="module")
def by(shared_town):
    """A service that signs its requests."""
    return signer(shared_town, "sealing", KEY, require_pkce=False)


def request_of(by, **changes):
    """A signed request object that is right but for what is given."""
    claims = {"sub": None, "jti": None, "client_id": by.service.client_id, **OUTSIDE, "state": "inside"}
    return by.assertion(**{**claims, **changes})


def published(town):
    """Keys for encryption as a service finds them in the published set, by their type."""
    keys = [key for key in key_set(town).json["keys"] if key["use"] == "enc"]
    made = {"RSA": RSAKey, "EC": ECKey}
    return {key["kty"]: made[key["kty"]].import_key(key) for key in keys}


def sealed(town, inside, alg="RSA-OAEP-256", enc="A128CBC-HS256", *, key=None, **header):
    """The JWE around it, as the service makes it; a member of None is left out."""
    key = key or published(town)["RSA" if alg.startswith("RSA") else "EC"]
    members = {"alg": alg, "enc": enc, "kid": key.kid, "cty": "JWT", **header}
    members = {name: value for name, value in members.items() if value is not None}
    return jwe.encrypt_compact(members, inside, key, registry=REGISTRY)


def authorize(town, by, request, **outside):
    """The browser's half."""
    query = {"client_id": by.service.client_id, "request": request, **outside}
    return town.browser().get("/t/aoba/authorize", base_url=BASE_URL + "/", query_string=query)


def refused(answer):
    """The error of an answer to the service."""
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(REDIRECT_URI + "?")
    return parse_qs(urlsplit(answer.headers["Location"]).query)["error"][0]


@pytest.mark.parametrize("enc", ENCRYPTION_ENCS)
@pytest.mark.parametrize("alg", REQUEST_ALGS)
def test_a_request_is_opened_by_every_advertised_algorithm(shared_town, by, alg, enc):
    """With the id of our key and what is inside, or without."""
    for header in ({}, {"kid": None, "cty": None, "typ": "oauth-authz-req+jwt"}):
        request = sealed(shared_town, request_of(by), alg, enc, **header)
        assert "/login/" in whereto(authorize(shared_town, by, request))


def test_the_metadata_names_the_keys_ways(shared_town):
    """What is advertised is what opens; each way has its key in the set, and the keys say what they are for."""
    metadata = shared_town.get(shared_town.browser(), f"{ISSUER}/.well-known/openid-configuration").json
    assert metadata["request_object_encryption_alg_values_supported"] == list(REQUEST_ALGS)
    assert metadata["request_object_encryption_enc_values_supported"] == list(ENCRYPTION_ENCS)
    keys = [key for key in key_set(shared_town).json["keys"] if key["use"] == "enc"]
    assert [(key["kty"], key.get("alg"), "d" in key) for key in keys] == [
        ("EC", None, False),
        ("RSA", "RSA-OAEP-256", False),
    ]


def test_an_encrypted_request_may_be_pushed_and_may_lie_elsewhere(shared_town, by):
    """Wherever a request object is taken, one that is encrypted is."""
    assert by.push(request=sealed(shared_town, request_of(by))).status_code == 201
    assert by.push(request=sealed(shared_town, "x.y.z")).json["error"] == "invalid_request_object"


def faults(town, by):
    """Encrypted requests that do not count, by what is wrong with them."""
    inside, keys = request_of(by), published(town)
    right = sealed(town, inside)
    head, *rest = right.split(".")
    secret = OctKey.generate_key(256, {"kid": keys["RSA"].kid})
    direct = OctKey.generate_key(256, {"kid": keys["EC"].kid})
    compressed = jwe.encrypt_compact(
        {"alg": "RSA-OAEP-256", "enc": "A128GCM", "zip": "DEF"}, inside, keys["RSA"], registry=REGISTRY
    )

    point = {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}

    def headed(**members):
        header = {"alg": "RSA-OAEP-256", "enc": "A128CBC-HS256", **members}
        return ".".join([b64url(json.dumps(header).encode()), *rest])

    return {
        "signed by nobody": sealed(town, json.dumps({"client_id": by.service.client_id, **OUTSIDE})),
        "signed by a stranger": sealed(town, request_of(by, key=STRANGER)),
        "encrypted twice": sealed(town, right),
        "to another key": sealed(town, inside, key=RSAKey.generate_key(2048, {"kid": keys["RSA"].kid})),
        "to another curve": sealed(town, inside, "ECDH-ES", key=ECKey.generate_key("P-384")),
        "to a key id that is unknown": sealed(town, inside, kid="other"),
        "to a key of another kind": sealed(town, inside, kid=keys["EC"].kid),
        "to no key id": headed(kid=7),
        "of an older padding": sealed(town, inside, "RSA-OAEP"),
        "by a password": jwe.encrypt_compact(
            {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM"}, inside, secret, registry=REGISTRY
        ),
        "by a shared key": jwe.encrypt_compact(
            {"alg": "A256KW", "enc": "A128GCM"}, inside, secret, registry=REGISTRY
        ),
        "directly": jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM"}, inside, direct, registry=REGISTRY),
        "by another content encryption": sealed(town, inside, "ECDH-ES", "A192GCM"),
        "compressed": compressed,
        "with a demand": headed(crit=["exp"]),
        "with a key of its own": headed(jwk=keys["RSA"].as_dict(private=False)),
        "with a place of keys": headed(jku="https://evil.example/"),
        "of other content": sealed(town, inside, cty="text/plain"),
        "of no algorithm": headed(alg=None),
        "of many algorithms": headed(alg=["RSA-OAEP-256"]),
        "of no content encryption": headed(enc={}),
        "without its point": headed(alg="ECDH-ES"),
        "with a point that is none": headed(alg="ECDH-ES", epk=point | {"x": "AA", "y": "AA"}),
        "with a point off the curve": headed(alg="ECDH-ES+A256KW", epk=point),
        "with another key's point": headed(alg="ECDH-ES", epk=keys["RSA"].as_dict(private=False)),
        "altered": ".".join([head, *rest[:-2], ("B" if rest[-2][0] == "A" else "A") + rest[-2][1:], rest[-1]]),
        "cut short": ".".join([head, *rest[:-1], rest[-1][:8]]),
        "empty": "....",
        "no text": sealed(town, b"\xff\xfe"),
        "in another spelling": ".".join([head + "=", *rest]),
        "a long one": ".".join([head, *rest[:-2], "A" * LONGEST, rest[-1]]),
    }


def test_what_is_not_encrypted_as_advertised_is_refused(shared_town, by):
    """By one error, whatever is wrong; and nobody is told by a 500."""
    for name, request in faults(shared_town, by).items():
        answer = authorize(shared_town, by, request, **OUTSIDE)
        assert (name, refused(answer)) == (name, "invalid_request_object")


def test_the_refusal_does_not_tell_whether_our_key_opened_something(shared_town, by):
    """Another key's message and an altered one of ours: the same sentence."""
    tried, keys = faults(shared_town, by), tenant_of(shared_town).request_keys
    told = set()
    for name in ("to another key", "altered", "cut short", "to another curve", "no text"):
        with pytest.raises(RequestObjectRefused) as caught:
            decrypted(tried[name], keys)
        told.add(str(caught.value))
    assert len(told) == 1


def test_a_retired_key_opens_for_some_days_what_comes_late(aoba):
    """The set shows the new one alone; then the old one is gone, with everything that was encrypted to it."""
    by = signer(aoba, "sealing", KEY, require_pkce=False)
    old, ring = published(aoba), aoba.product.custody.signing_ring
    with_next(aoba)
    assert published(aoba)["RSA"].kid == old["RSA"].kid  # the next ones are shown to nobody
    assert len(ring.rotate(tenant_of(aoba), REQUEST_KEYS).retired) == 2
    new = published(aoba)
    assert not {key.kid for key in old.values()} & {key.kid for key in new.values()}

    def opened(keys):
        ways = (("RSA-OAEP-256", keys["RSA"]), ("ECDH-ES", keys["EC"]), ("ECDH-ES+A256KW", keys["EC"]))
        requests = [sealed(aoba, request_of(by), alg, key=key) for alg, key in ways]
        return ["/login/" in whereto(authorize(aoba, by, request, **OUTSIDE)) for request in requests]

    assert all(opened(old) + opened(new))
    rule = ring.rule(tenant_of(aoba))
    assert rule.kept("RSA-OAEP-256") == OPENS_DAYS * DAY_SECONDS < rule.kept("RS256")
    pass_time(aoba, OPENS_DAYS * DAY_SECONDS)
    ring.turn_all()
    assert (any(opened(old)), all(opened(new))) == (False, True)


def test_an_emergency_closes_a_key_at_once(aoba):
    """Whatever was encrypted to it; another one is there."""
    by = signer(aoba, "sealing", KEY, require_pkce=False)
    request = sealed(aoba, request_of(by))
    aoba.product.custody.signing_ring.compromised(tenant_of(aoba), ("RSA-OAEP-256",))
    assert refused(authorize(aoba, by, request, **OUTSIDE)) == "invalid_request_object"
    assert "/login/" in whereto(authorize(aoba, by, sealed(aoba, request_of(by))))


def test_two_processes_open_what_either_published(aoba):
    """Keys are of the tenant, not of a process."""
    by = signer(aoba, "sealing", KEY, require_pkce=False)
    request = sealed(aoba, request_of(by), "ECDH-ES+A128KW")
    aoba.product = aoba.build()
    aoba.product.directory.refresh()
    assert "/login/" in whereto(authorize(aoba, by, request))


def test_nobody_registers_for_a_key_that_is_not_there_yet(shared_town):
    """As in the minutes after an update: the metadata says nothing then, either."""
    tenant = replace(tenant_of(shared_town), request_keys=())
    assert tenant.request_algs == ()
    wish = NewService(
        service_id="early",
        name_ja="早い",
        redirect_uris=(REDIRECT_URI,),
        jwks=jwks(KEY),
        request_object_encryption_alg="ECDH-ES",
    )
    with pytest.raises(NotAllowed, match="no key for ECDH-ES yet"):
        require_possible(wish, tenant, today=shared_town.clock().date())
