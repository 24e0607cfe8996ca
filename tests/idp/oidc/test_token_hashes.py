"""What an ID token is bound to by hashes: its access token, its code, the state of its request."""

import base64
import hashlib

import pytest
from components.refreshing import REFRESHES, SCOPE, refresh
from components.town import id_token_claims

from idp.services.client_policies import STANDARD

WHOLE = {"RS256": hashlib.sha256, "ES256": hashlib.sha256, "PS256": hashlib.sha256, "EdDSA": hashlib.sha512}
"""By the algorithm of the ID token's signature (OpenID Connect Core section 3.1.3.6); Ed25519's own is SHA-512."""


def half(alg, value):
    """The left half of the hash of the value's octets, base64url."""
    whole = WHOLE[alg](value.encode()).digest()
    return base64.urlsafe_b64encode(whole[: len(whole) // 2]).decode().rstrip("=")


@pytest.mark.parametrize("alg", WHOLE)
def test_an_id_token_belongs_to_its_access_token_its_code_and_its_state(shared_town, alg):
    """Each by its own hash; one that comes by a refresh has the new access token alone."""
    service = shared_town.register("aoba", f"hashed-{alg.lower()}", id_token_signed_response_alg=alg, **REFRESHES)
    code, login = shared_town.code(service, scope=SCOPE)
    given = shared_town.redeem(code, login).json
    values = {"at_hash": given["access_token"], "c_hash": code, "s_hash": login.state}
    claims = id_token_claims(given["id_token"])
    assert {name: claims[name] for name in values} == {name: half(alg, value) for name, value in values.items()}
    later = refresh(shared_town, service, given["refresh_token"]).json
    claims = id_token_claims(later["id_token"])
    assert claims.keys() & values.keys() == {"at_hash"}
    assert claims["at_hash"] == half(alg, later["access_token"])


def test_every_algorithm_that_signs_id_tokens_is_told_above():
    """So that another one is not forgotten here."""
    assert set(WHOLE) == set(STANDARD.signing_algs)
