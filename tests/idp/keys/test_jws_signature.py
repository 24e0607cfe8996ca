"""Signatures by a tenant's keys, against joserfc: what is signed here verifies there, by its own algorithm."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from idp import base64url
from idp.keys.jws_signature import no_signer, signer
from idp.keys.signing import Algorithms
from idp.keys.signing_keys import new_private_key
from idp.tenants.tenancy import SIGNING_ALGS

KEYS = {alg: new_private_key(alg) for alg in SIGNING_ALGS}


def jwk(private: object) -> RSAKey | ECKey | OKPKey:
    """The key as joserfc has it."""
    if isinstance(private, rsa.RSAPrivateKey):
        return RSAKey(private, private)
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return ECKey(private, private)
    assert isinstance(private, ed25519.Ed25519PrivateKey)
    return OKPKey(private, private)


def token(alg: str, said: str, payload: bytes = b"{}") -> str:
    """A JWS whose header says `said`, signed by the key of `alg`."""
    header = json.dumps({"alg": said}).encode()
    written = f"{base64url.encode(header)}.{base64url.encode(payload)}"
    return f"{written}.{base64url.encode(signer(alg, KEYS[alg])(written.encode()))}"


@pytest.mark.parametrize("alg", SIGNING_ALGS)
def test_joserfc_verifies_what_is_signed(alg):
    """Many times: of some signatures by ECDSA a number is shorter than its field."""
    for number in range(300 if alg == "ES256" else 3):
        payload = str(number).encode()
        verified = jws.deserialize_compact(token(alg, alg, payload), jwk(KEYS[alg]), registry=Algorithms([alg]))
        assert verified.payload == payload


@pytest.mark.parametrize(("alg", "said"), [("RS256", "PS256"), ("PS256", "RS256")])
def test_one_rsa_signature_is_not_the_other(alg, said):
    """The padding is the algorithm's own."""
    with pytest.raises(JoseError):
        jws.deserialize_compact(token(alg, said), jwk(KEYS[alg]), registry=Algorithms([said]))


@pytest.mark.parametrize(
    ("alg", "private"),
    [
        *[(alg, KEYS[other]) for alg in ("ES256", "EdDSA") for other in SIGNING_ALGS if other != alg],
        *[(alg, KEYS[other]) for alg in ("RS256", "PS256") for other in ("ES256", "EdDSA")],
        ("ES256", ec.generate_private_key(ec.SECP384R1())),
        ("ES256", ec.generate_private_key(ec.SECP256K1())),
        ("RS512", KEYS["RS256"]),
        ("none", KEYS["ES256"]),
        ("ES256", KEYS["ES256"].public_key()),
    ],
)
def test_a_key_of_another_kind_signs_nothing(alg, private):
    """Nor does a public one, nor any by an algorithm that is none of ours."""
    with pytest.raises(ValueError, match="signs nothing here"):
        signer(alg, private)


def test_a_retired_key_signs_nothing():
    """Its private half is gone."""
    with pytest.raises(ValueError, match="retired"):
        no_signer(b"")
