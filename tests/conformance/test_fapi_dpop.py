"""FAPI 2.0, DPoP: times of proofs, codes that wait for one key, and every proof that must count for nothing."""

import base64
import json

import pytest
from components.dpop import new_key
from components.fapi_party import WAYS

BY_PROOF = [name for name, way in WAYS.items() if way.bound == "dpop"]
by_proof = pytest.mark.parametrize("way", BY_PROOF)


@pytest.mark.parametrize("seconds", [-10, 8])
@by_proof
def test_a_proof_of_another_clock(strict, seconds):
    """...-dpopproof-with-iat-10seconds-before, -after: taken at PAR, at the token endpoint and at UserInfo."""
    shown = {"proof": {"iat": strict.moment() + seconds}}
    answer = strict.ask(how={"bound": True, **shown})
    given = strict.redeem(answer.code, how=shown)
    assert given.status_code == 200, given.text
    assert strict.user_info(given.json, **shown)["sub"]


@by_proof
def test_a_proof_with_a_beginning_and_an_end(strict):
    """...-check-dpop-proof-nbf-exp: both are understood."""
    shown = {"proof": {"nbf": strict.moment(), "exp": strict.moment() + 300}}
    given = strict.redeem(strict.ask_well().code, how=shown)
    assert given.status_code == 200, given.text
    assert strict.user_info(given.json, **shown)["sub"]


@by_proof
def test_a_thumbprint_and_another_proof_in_one_push(strict):
    """...-ensure-mismatched-dpop-jkt-fails: refused when pushed."""
    refused = strict.push(strict.request(dpop_jkt=new_key().thumbprint()), bound=True)
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_dpop_proof")


@by_proof
def test_another_proof_for_the_code_than_for_the_push(strict):
    """...-token-endpoint-fails-with-mismatched-dpop-proof-jkt: the code waits for the key of the push."""
    answer = strict.ask(how={"bound": True})
    refused = strict.redeem(answer.code, how={"key": new_key()})
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_grant")


def test_a_thumbprint_that_no_proof_has(strict):
    """...-token-endpoint-fails-with-mismatched-dpop-jkt: refused with a proof, and with a certificate alone."""
    answer = strict.ask_well(dpop_jkt=new_key().thumbprint())
    refused = strict.redeem(answer.code)
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("named", [False, True])
@by_proof
def test_one_key_for_everything(strict, named):
    """...-dpopproof-at-par-endpoint-binding-success, -dpop-auth-code-binding-success: named beside it or not."""
    named_key = {"dpop_jkt": strict.proof_key.thumbprint()} if named else {}
    strict.tokens(strict.ask(how={"bound": True}, **named_key))


def with_header(proof, **changes):
    """The proof with another header than was signed."""
    head, body, signature = proof.split(".")
    members = json.loads(base64.urlsafe_b64decode(head + "==")) | changes
    members = {name: value for name, value in members.items() if value is not None}
    return ".".join(
        (base64.urlsafe_b64encode(json.dumps(members).encode()).rstrip(b"=").decode(), body, signature)
    )


WRONG = {
    "no typ": {"header": {"typ": None}},
    "no jwk": {"header": {"jwk": None}},
    "another typ": {"header": {"typ": "dpop+jwt+other"}},
    "no jti": {"jti": None},
    "no htm": {"htm": None},
    "no htu": {"htu": None},
    "no iat": {"iat": None},
    "no ath": {"ath": None},
    "another method": {"htm": "PUT"},
    "another token": {"ath": "A" * 43},
}


@by_proof
def test_proofs_that_count_for_nothing(strict):
    """...-dpop-negative-tests: each refused by 401, and the token is good before and after."""
    token = strict.log_in()["access_token"]
    url = strict.endpoint("userinfo_endpoint")
    for name, changes in WRONG.items():
        assert (name, strict.resource(token, proof=changes).status_code) == (name, 401)
    assert (
        strict.resource(token, proof={"header": {"jwk": strict.proof_key.as_dict(private=True)}}).status_code
        == 401
    )
    assert strict.resource(token, proof={"htu": url + "another"}).status_code == 401
    for seconds in (-3600, 3600):
        assert strict.resource(token, proof={"iat": strict.moment() + seconds}).status_code == 401
    assert strict.resource(token, key=new_key()).status_code == 401
    assert strict.resource(token, proving=False).status_code == 401
    assert strict.resource(token, proving=False, scheme="Bearer").status_code == 401
    assert strict.resource(token).status_code == 200


def sent(strict, token, *proofs):
    """UserInfo with these proofs as they are."""
    headers = [("Authorization", f"DPoP {token}"), *(("DPoP", proof) for proof in proofs)]
    return strict.town.get(
        strict.town.browser(), strict.metadata["userinfo_endpoint"], headers=headers
    ).status_code


@by_proof
def test_proofs_that_are_no_right_jwt(strict):
    """...-dpop-negative-tests: two parts, another algorithm, none, a broken signature, two, one twice."""
    tokens = strict.log_in()
    token, url = tokens["access_token"], strict.metadata["userinfo_endpoint"]

    def right(**changes):
        return strict.proof(url, "GET", ath=strict.hash_of(token), **changes)

    head, body, signature = right().split(".")
    rsa = new_key("RSA")
    wrong = [
        f"{head}.{body}",
        with_header(right(), alg=None),
        with_header(right(), alg="none").rpartition(".")[0] + ".",
        f"{head}.{body}.{signature[:-8]}AAAAAAAA",
        right(key=rsa, header={"alg": "RS256"}),
    ]
    for proof in wrong:
        assert sent(strict, token, proof) == 401, proof
    assert sent(strict, token, right(), right()) == 401
    once = right()
    assert (sent(strict, token, once), sent(strict, token, once)) == (200, 401)


@by_proof
def test_proofs_that_are_right_in_other_words(strict):
    """...-dpop-negative-tests: a query in the address, capitals, members that nobody knows are no fault."""
    token = strict.log_in()["access_token"]
    url = strict.endpoint("userinfo_endpoint")
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    for htu in (f"{url}?a=b#c", f"{scheme.upper()}://{host.upper()}{slash}{path}"):
        assert strict.resource(token, proof={"htu": htu}).status_code == 200
    more = {"header": {"tx_id": 1}, "tx_id_key": 1}
    assert strict.resource(token, proof=more).status_code == 200
    shown = strict.proof(url, "GET", ath=strict.hash_of(token))
    capital = {"Authorization": f"DPoP {token}", "DPOP": shown}
    assert strict.call("userinfo_endpoint", method="GET", headers=capital, proving=False).status_code == 200
