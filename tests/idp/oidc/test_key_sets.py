"""The published key set, and what tokens of earlier keys are still good for."""

from urllib.parse import parse_qs, urlsplit

import pytest
from components.signing_out import tokens_of
from components.signing_ring import header_of, key_set, kids, published, tenant_of, with_next
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc import jwt
from joserfc.jwk import KeySet

from idp import base64url
from idp.tenants.tenancy import SIGNING_ALGS

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k"}


def verified(made, token):
    """The claims of a token by the published set, as a service would."""
    keys = key_set(made).json["keys"]
    if header_of(token)["alg"] != "EdDSA":
        return jwt.decode(
            token, KeySet.import_key_set({"keys": keys}), algorithms=["RS256", "ES256", "PS256"]
        ).claims
    key = next(key for key in keys if key["kid"] == header_of(token)["kid"])
    signed, _, signature = token.rpartition(".")
    raw = Ed25519PublicKey.from_public_bytes(base64url.decode(key["x"]))
    raw.verify(base64url.decode(signature), signed.encode())
    return {"alg": "EdDSA"}


def test_the_set_holds_the_whole_ring_and_no_private_half(aoba):
    """Signing keys first; every key says what it is for."""
    ring = with_next(aoba).product.custody.signing_ring
    ring.rotate(tenant_of(aoba), ("RS256",))
    whole = key_set(aoba).json["keys"]
    assert [key["use"] for key in whole[-2:]] == ["enc", "enc"]  # what requests are encrypted to
    keys = whole[:-2]
    assert [key["alg"] for key in keys[:4]] == list(SIGNING_ALGS)
    assert [key["kid"] for key in keys[:4]] == [kids(aoba, "current")[alg] for alg in SIGNING_ALGS]
    assert {keys[-1]["kid"]} == kids(aoba, "retired")
    assert not any(PRIVATE & set(key) for key in whole)
    for key in keys:
        assert (key["use"], key["alg"] in SIGNING_ALGS) == ("sig", True)


def test_the_set_may_be_kept_for_minutes_and_is_asked_for_again_cheaply(aoba):
    """The same header and ETag for everybody; 304 while nothing changed; another ETag once the ring has turned."""
    first = key_set(aoba)
    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in first.headers
    assert "Vary" not in first.headers
    for headers in (
        {"Accept": "text/html", "Cookie": "a=b"},
        {"Accept-Language": "en", "Origin": "https://a.example"},
    ):
        again = key_set(aoba, **headers)
        assert (again.data, again.headers["ETag"]) == (first.data, first.headers["ETag"])
    unchanged = key_set(aoba, **{"If-None-Match": first.headers["ETag"]})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert unchanged.headers["Cache-Control"] == "public, max-age=300"
    with_next(aoba)
    changed = key_set(aoba, **{"If-None-Match": first.headers["ETag"]})
    assert (changed.status_code, changed.headers["ETag"] != first.headers["ETag"]) == (200, True)


def test_two_processes_publish_the_same_bytes(aoba):
    """Whichever a service reaches."""
    first = with_next(aoba)
    here = key_set(first)
    aoba.product = aoba.build()
    aoba.product.directory.refresh()
    there = key_set(aoba)
    assert (there.data, there.headers["ETag"]) == (here.data, here.headers["ETag"])


@pytest.mark.parametrize("alg", SIGNING_ALGS)
def test_a_token_is_good_before_and_after_its_key_is_retired(aoba, alg):
    """For each algorithm that a service can be registered for; the next token is the next key's."""
    service = aoba.register("aoba", "notes", id_token_signed_response_alg=alg)
    old = aoba.redeem(*aoba.code(service)).json["id_token"]
    verified(aoba, old)
    with_next(aoba).product.custody.signing_ring.rotate(tenant_of(aoba), (alg,))
    new = aoba.redeem(*aoba.code(service)).json["id_token"]
    assert header_of(new)["kid"] == kids(aoba, "current")[alg] != header_of(old)["kid"]
    for token in (old, new):
        verified(aoba, token)


def test_a_hint_of_a_retired_key_is_good_and_of_a_removed_one_is_not(aoba):
    """Signed before the rotation it names its person; once its key is taken out it is nobody's."""
    hint = tokens_of(aoba, aoba.library, aoba.browser())["id_token"]
    with_next(aoba).product.custody.signing_ring.rotate(tenant_of(aoba), ("RS256",))
    assert header_of(hint)["kid"] in kids(aoba, "retired")
    assert answer(aoba, hint) == "login_required"
    aoba.product.custody.signing_ring.retire(tenant_of(aoba), header_of(hint)["kid"])
    assert header_of(hint)["kid"] not in published(aoba)
    assert answer(aoba, hint) == "invalid_request"


def answer(made, hint):
    """The error of a request without interaction, by a browser that nobody knows, with that hint."""
    _, url = made.ask(made.library, prompt="none", id_token_hint=hint)
    return parse_qs(urlsplit(url).query)["error"][0]


def test_after_an_emergency_no_hint_of_the_key_is_believed(aoba):
    """At once, and logins go on with the next key."""
    hint = tokens_of(aoba, aoba.library, aoba.browser())["id_token"]
    assert answer(aoba, hint) == "login_required"
    turned = aoba.product.custody.signing_ring.compromised(tenant_of(aoba), ("RS256",))
    assert turned.removed == [header_of(hint)["kid"]]
    assert answer(aoba, hint) == "invalid_request"
    fresh = aoba.redeem(*aoba.code(aoba.library)).json["id_token"]
    assert verified(aoba, fresh)["aud"] == aoba.library.client_id
