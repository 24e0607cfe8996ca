"""Client assertions: everything in one counts, and it counts once (RFC 7523; security O12 to O14)."""

import hmac
import json
import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest
from components.assertions import ISSUER, TYPE, Signer, jwks, signer
from components.dpop import new_key, proof
from components.town import BASE_URL
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from idp import base64url
from idp.oidc.authorization import pushed
from idp.services.client_keys import LONGEST

EC = ECKey.generate_key("P-256", {"kid": "ec"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
OTHER = ECKey.generate_key("P-256", {"kid": "ec"})
NONE, SYMMETRIC = (
    base64url.encode(header)
    for header in (
        b'{"alg":"none"}',
        b'{"alg":"HS256","kid":"ec"}',
    )
)


@pytest.fixture(scope="module")
def strict(shared_town) -> Signer:
    """A service of the profile fapi2."""
    return signer(shared_town, "strict", EC, profile="fapi2", jwks=jwks(EC, RSA))


@pytest.fixture(scope="module")
def usual(shared_town) -> Signer:
    """A service of the profile standard."""
    return signer(shared_town, "usual", EC)


@pytest.fixture(scope="module")
def neighbour(shared_town) -> Signer:
    """Another service, with a key of the same id."""
    return signer(shared_town, "neighbour", OTHER)


METHODS = ("private_key_jwt", "client_secret_basic", "client_secret_post", "none")


def refused(answer) -> bool:
    """Whether that is the one answer to whoever is not authenticated, which names the way that they took."""
    said = {name: value for name, value in answer.json.items() if name != "error_uri"}
    failed = "client authentication failed"
    why = f"{failed}: unknown client, wrong credentials, or not registered for "
    possible = [failed, *(why + method for method in METHODS)]
    return answer.status_code == 401 and said in [
        {"error": "invalid_client", "error_description": description} for description in possible
    ]


@pytest.mark.parametrize("name", ["strict", "usual"])
def test_a_right_assertion_is_believed(request, name):
    """At PAR, with the client id beside it or without."""
    by = request.getfixturevalue(name)
    assert by.push().status_code == 201
    assert by.push(client_id=by.service.client_id).status_code == 201


def test_what_is_written_by_hand_is_believed_where_it_is_right(usual):
    """So that the faults below are refused for what is wrong with them."""
    body = usual.assertion().split(".")[1]
    assert usual.push(usual.by_hand(b'{"alg":"ES256","kid":"ec"}', body)).status_code == 201


def test_the_token_endpoint_believes_the_same(usual):
    """A whole login; the assertion is used up by it."""
    assertion = usual.assertion()
    code, login = usual.town.code(usual.service)
    assert "id_token" in usual.redeem(code, login, assertion).json
    assert refused(usual.push(assertion))


def faults(by: Signer, neighbour: Signer) -> dict[str, str]:
    """Assertions that are wrong in one thing each, for either profile."""
    own, now = by.service.client_id, by.moment()
    right = by.assertion()
    head, body, signature = right.split(".")
    by_hmac = f"{SYMMETRIC}.{body}"
    hashed = hmac.digest(EC.as_pem(private=False), by_hmac.encode(), "sha256")
    return {
        "another service's issuer": by.assertion(iss=neighbour.service.client_id),
        "another service's subject": by.assertion(sub=neighbour.service.client_id),
        "another service, wholly": by.assertion(iss=neighbour.service.client_id, sub=neighbour.service.client_id),
        "another service's key": by.assertion(key=OTHER),
        "no issuer": by.assertion(iss=None),
        "no subject": by.assertion(sub=None),
        "another tenant": by.assertion(aud=f"{BASE_URL}/t/wakaba"),
        "another tenant's token endpoint": by.assertion(aud=f"{BASE_URL}/t/wakaba/token"),
        "a slash more": by.assertion(aud=ISSUER + "/"),
        "a part of it": by.assertion(aud=BASE_URL),
        "other letters": by.assertion(aud=ISSUER.upper()),
        "nobody": by.assertion(aud=None),
        "no audience at all": by.assertion(aud=[]),
        "us and somebody else": by.assertion(aud=[ISSUER, "https://elsewhere.example"]),
        "a list in a list": by.assertion(aud=[[ISSUER]]),
        "an object": by.assertion(aud={ISSUER: True}),
        "over": by.assertion(exp=now),
        "over for long": by.assertion(exp=now - 300),
        "without an end": by.assertion(exp=None),
        "an end in words": by.assertion(exp=str(now + 30)),
        "an end that is true": by.assertion(exp=True),
        "an endless one": by.assertion(exp=10**18),
        "too long": by.assertion(exp=now + 3600),
        "of later": by.assertion(nbf=now + 61),
        "issued later": by.assertion(iat=now + 61, exp=now + 100),
        "no jti": by.assertion(jti=None),
        "an empty jti": by.assertion(jti=""),
        "a jti in figures": by.assertion(jti=7),
        "algorithm none": f"{NONE}.{body}.",
        "none with a signature": f"{NONE}.{body}.{signature}",
        "a public key as a secret": f"{by_hmac}.{base64url.encode(hashed)}",
        "another algorithm of its other key": by.assertion(key=RSA, header={"alg": "RS256", "kid": "rsa"}),
        "PS256 where ES256 is registered": by.assertion(key=RSA, header={"alg": "PS256", "kid": "rsa"}),
        "lower case": by.by_hand(b'{"alg":"es256","kid":"ec"}', body),
        "its own key in the header": by.assertion(key=OTHER, header={"jwk": OTHER.as_dict(private=False)}),
        "a right key in the header": by.assertion(header={"jwk": EC.as_dict(private=False)}),
        "keys from elsewhere": by.assertion(header={"jku": "http://127.0.0.1:8901/jwks"}),
        "a certificate in the header": by.assertion(header={"x5c": ["MIIB"]}),
        "a certificate from elsewhere": by.assertion(header={"x5u": "http://127.0.0.1:8901/x"}),
        "something critical": by.assertion(header={"crit": ["kid"]}),
        "an unencoded payload": by.by_hand(b'{"alg":"ES256","kid":"ec","b64":false}', body),
        "no key id of its": by.assertion(header={"kid": "other"}),
        "a key id that is a path": by.assertion(header={"kid": "../../../etc/passwd"}),
        "a key id in SQL": by.assertion(header={"kid": "' OR 1=1 --"}),
        "a key id with a NUL": by.assertion(header={"kid": "ec\x00"}),
        "a key id of 5 kB": by.assertion(header={"kid": "x" * 5000}),
        "a key id that is empty": by.assertion(header={"kid": ""}),
        "a key id that is a list": by.by_hand(b'{"alg":"ES256","kid":["ec"]}', body),
        "a header twice": by.by_hand(b'{"alg":"ES256","alg":"ES256"}', body),
        "another type": by.assertion(header={"typ": "oauth-authz-req+jwt"}),
        "a claim twice": by.assertion(payload=f'{{"iss":"{own}","iss":"{own}","sub":"{own}"}}'.encode()),
        "no object": by.assertion(payload=b"[]"),
        "no JSON": by.assertion(payload=b"\xff"),
        "altered": f"{head}.{body[:-2]}AA.{signature}",
        "without signature": f"{head}.{body}.",
        "half a signature": f"{head}.{body}.{signature[: len(signature) // 2]}",
        "padded": f"{head}.{body}.{signature}==",
        "a line break": f"{head}.{body}.{signature}\n",
        "five parts": f"{right}.x.y",
        "JSON form": f'{{"payload":"{body}","protected":"{head}","signature":"{signature}"}}',
        "nothing": "..",
        "a long one": by.assertion(padding="x" * LONGEST),
    }


@pytest.mark.parametrize("name", ["strict", "usual"])
def test_an_assertion_that_is_wrong_in_anything_is_refused(request, name, neighbour):
    """All with one answer, and no word of what was wrong."""
    by = request.getfixturevalue(name)
    for fault, assertion in faults(by, neighbour).items():
        answer = by.push(assertion, client_id=by.service.client_id)
        assert (fault, answer.status_code, answer.json["error"]) in (
            (fault, 401, "invalid_client"),
            (fault, 400, "invalid_request"),
        ), fault
        assert (fault, by.push(assertion).status_code) in ((fault, 401), (fault, 400))


STRICT_ONLY = {
    "an array": {"aud": [ISSUER]},
    "the token endpoint": {"aud": f"{ISSUER}/token"},
    "the PAR endpoint": {"aud": f"{ISSUER}/par"},
    "issuer and token endpoint": {"aud": [ISSUER, f"{ISSUER}/token"]},
}


@pytest.mark.parametrize("name", STRICT_ONLY)
def test_fapi2_is_addressed_as_the_issuer_in_one_string(strict, usual, name):
    """What older libraries write is for the other profiles."""
    assert refused(strict.push(strict.assertion(**STRICT_ONLY[name])))
    assert usual.push(usual.assertion(**STRICT_ONLY[name])).status_code == 201


def test_how_long_an_assertion_may_last(strict, usual):
    """One minute for fapi2, ten for the others, from a clock that may be a little ahead of ours."""
    for by, seconds in ((strict, 60), (usual, 600)):
        now = by.moment()
        assert by.push(by.assertion(iat=now, exp=now + seconds)).status_code == 201
        assert by.push(by.assertion(iat=now + 8, nbf=now + 8, exp=now + 8 + seconds)).status_code == 201
        assert refused(by.push(by.assertion(iat=now, exp=now + seconds + 5)))
        assert refused(by.push(by.assertion(iat=None, exp=now + seconds + 5)))


@pytest.mark.prove_oidc
def test_an_assertion_counts_once_whoever_is_faster(strict):
    """A hundred at once: exactly one; and no other endpoint believes it again."""
    assertion = strict.assertion()
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: strict.push(assertion), range(100)))
    assert sorted(answer.status_code for answer in answers) == [201, *[401] * 99]


@pytest.mark.parametrize("place", ["par", "token"])
def test_a_request_that_only_lacks_our_nonce_spends_no_assertion(strict, place):
    """Whoever is told the nonce may send the rest again as it is, as the certification's suite does."""
    assertion, town, key = strict.assertion(), strict.town, new_key()
    form = strict.pushed(assertion) | {"grant_type": "authorization_code", "code": "x", "code_verifier": "v" * 43}

    def send(**how):
        headers = {"DPoP": proof(town, key, path=f"/{place}", **how)}
        return town.post(town.browser(), f"{ISSUER}/{place}", data=form, headers=headers)

    told = send(nonce=None)
    assert (told.status_code, told.json["error"]) == (400, "use_dpop_nonce")
    again = send(nonce=told.headers["DPoP-Nonce"])
    assert again.json.get("error") == (None if place == "par" else "invalid_grant")
    assert refused(strict.push(assertion))


def test_a_jti_is_the_services_own(usual, neighbour):
    """Two services may choose the same; one of them may not choose it twice, in whatever assertion."""
    jti = secrets.token_hex(8)
    assert usual.push(usual.assertion(jti=jti)).status_code == 201
    assert neighbour.push(neighbour.assertion(jti=jti)).status_code == 201
    assert refused(usual.push(usual.assertion(jti=jti, aud=f"{ISSUER}/token")))


def test_a_jti_is_remembered_until_its_assertion_is_over(aoba):
    """Not less, and not for ever."""
    by = signer(aoba, "remembered", EC)
    assertion = by.assertion(exp=by.moment() + 500)
    assert by.push(assertion).status_code == 201
    for seconds, remembered in ((400, 1), (502, 0)):
        aoba.clock.set_offset(seconds)
        pushed.forget(aoba.product.store, aoba.product.directory.all(), aoba.clock())
        assert refused(by.push(assertion))
        with aoba.product.store.engine.connect() as connection:
            statement = "SELECT count(*) FROM one_time_value WHERE purpose = 'assertion'"
            assert connection.exec_driver_sql(statement).scalar_one() == remembered


def test_one_way_of_authentication_and_the_registered_one(usual):
    """Neither a secret beside it, nor instead of it, nor nothing at all."""
    own = usual.service.client_id
    assert usual.push(client_secret="x", client_id=own).json["error"] == "invalid_request"
    url, form = f"{ISSUER}/par", usual.pushed()
    both = usual.town.post(usual.town.browser(), url, data=form, auth=(own, "x"))
    assert both.json["error"] == "invalid_request"
    bare = {name: value for name, value in form.items() if not name.startswith("client_assertion")}
    for more in ({}, {"client_secret": "x"}, {"client_assertion": form["client_assertion"]}):
        assert refused(usual.town.post(usual.town.browser(), url, data=bare | {"client_id": own} | more))
    assert refused(usual.push(client_assertion_type=TYPE + "x"))
    assert refused(usual.push(client_id="nobody"))


def test_a_service_by_secret_has_no_assertion(shared_town, usual):
    """Whoever registers a secret is not let in by a key."""
    made = shared_town.register("aoba", "secretive", jwks=jwks(EC))
    by = Signer(shared_town, made, EC)
    assert refused(by.push())


def test_an_assertion_of_no_service(shared_town, usual):
    """Unknown, unreadable: the same answer."""
    stranger = usual.assertion(iss="nobody", sub="nobody")
    for assertion in (stranger, "x", "x.y.z", f"{base64url.encode(b'{}')}.{base64url.encode(b'[]')}.x"):
        assert refused(usual.push(assertion))


def test_what_is_signed_by_an_algorithm_that_the_profile_forbids_is_no_request_object(strict):
    """fapi2 signs its requests by PS256 or ES256, whatever its keys could do."""
    claims = {
        "iss": strict.service.client_id,
        "client_id": strict.service.client_id,
        "aud": ISSUER,
        "response_type": "code",
        "redirect_uri": strict.pushed()["redirect_uri"],
        "scope": "openid",
        "code_challenge": "A" * 43,
        "code_challenge_method": "S256",
        "nbf": strict.moment(),
        "exp": strict.moment() + 60,
    }
    for alg, status in (("PS256", 201), ("RS256", 400)):
        header = {"alg": alg, "kid": "rsa"}
        signed = jws.serialize_compact(header, json.dumps(claims).encode(), RSA, algorithms=[alg])
        assert strict.push(request=signed).status_code == status
