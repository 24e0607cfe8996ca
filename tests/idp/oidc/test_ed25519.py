"""Services that sign by EdDSA over Ed25519: assertions and request objects, in the strictest profile too."""

import pytest
from components.assertions import ISSUER, jwks, signer
from joserfc.jwk import ECKey, OKPKey

from idp.registration import NotAllowed

KEY = OKPKey.generate_key("Ed25519", {"kid": "ed"})
OTHER = OKPKey.generate_key("Ed25519", {"kid": "ed"})


@pytest.mark.parametrize("profile", ["fapi2", "standard"])
def test_an_assertion_and_a_request_object_by_ed25519(shared_town, profile):
    """The algorithm is taken from the key where none is stated; another's signature counts for nothing."""
    by = signer(shared_town, f"ed-{profile}", KEY, profile=profile)
    assert by.alg == "EdDSA"
    assert by.push().status_code == 201
    assert by.push(by.assertion(key=OTHER)).status_code == 401
    inside = {name: value for name, value in by.pushed("-").items() if not name.startswith("client_assertion")}
    claims = {**inside, "client_id": by.service.client_id, "aud": ISSUER, "nbf": by.moment(), "sub": None}
    assert by.push(request=by.assertion(**claims)).status_code == 201
    assert by.push(request=by.assertion(key=OTHER, **claims)).json["error"] == "invalid_request_object"


def test_a_published_name_of_the_algorithm_is_one_name(shared_town):
    """What is registered as EdDSA is not signed by another algorithm of another key."""
    ec = ECKey.generate_key("P-256", {"kid": "ec"})
    keys = {"keys": [*jwks(KEY)["keys"], *jwks(ec)["keys"]]}
    by = signer(shared_town, "ed-and-ec", KEY, jwks=keys, token_endpoint_auth_signing_alg="EdDSA")
    assert by.push().status_code == 201
    assert by.push(by.assertion(key=ec, header={"alg": "ES256", "kid": "ec"})).status_code == 401
    assert by.push(by.assertion(header={"alg": "Ed25519"})).status_code in (400, 401)


@pytest.mark.parametrize("curve", ["X25519", "Ed448", "X448"])
def test_no_other_curve_of_the_family_signs(shared_town, curve):
    """X25519 is for encryption alone; the longer ones are of no use here."""
    with pytest.raises(NotAllowed):
        signer(shared_town, f"ed-{curve.lower()}", OKPKey.generate_key(curve))
