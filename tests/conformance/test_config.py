"""Config OP: metadata and key set, judged field by field; and the judge, by documents with one fault each."""

from dataclasses import replace

import pytest
from components.metadata_judge import Judge, faults_of_keys
from components.relying_party import RelyingParty

from idp.oidc.discovery import metadata

SECURE = "https://id.aoba.example"


@pytest.fixture(scope="module")
def party(plan_town, services):
    """The first service."""
    return RelyingParty(plan_town, services["first"])


@pytest.fixture(scope="module")
def secure(plan_town):
    """The document of a tenant with a host of its own, and one for certificates."""
    tenant = plan_town.product.directory.tenant("aoba")
    settings = replace(tenant.settings, mtls_host="https://mtls.aoba.example")
    return metadata(replace(tenant, issuer=SECURE, settings=settings))


@pytest.mark.parametrize("name", ["openid-configuration", "oauth-authorization-server"])
def test_the_document_has_no_fault(plan_town, party, name):
    """oidcc-discovery-endpoint-verification: JSON, the issuer of its address, every field as specified."""
    url = f"{party.issuer}/.well-known/{name}"
    found = plan_town.get(plan_town.browser(), url)
    assert (found.status_code, found.mimetype) == (200, "application/json")
    assert Judge(loopback=True).document(found.json, url) == []


def test_the_key_set_has_no_fault(plan_town, party):
    """oidcc-discovery-endpoint-verification: from the document's address; public keys, each with its name."""
    found = plan_town.get(plan_town.browser(), party.metadata["jwks_uri"])
    assert (found.status_code, faults_of_keys(found.json)) == (200, [])
    algs = {key["alg"] for key in found.json["keys"] if key["use"] == "sig"}
    assert algs == set(party.metadata["id_token_signing_alg_values_supported"])
    encrypted = party.metadata["request_object_encryption_alg_values_supported"]
    types = {"RSA" if alg.startswith("RSA") else "EC" for alg in encrypted}
    assert {key["kty"] for key in found.json["keys"] if key["use"] == "enc"} == types


def test_everything_is_https_where_the_issuer_is(secure):
    """oidcc-discovery-endpoint-verification: no address of a production tenant is reached without TLS."""
    assert Judge(loopback=False).document(secure, f"{SECURE}/.well-known/openid-configuration") == []


FAULTS = {
    "issuer: missing": {"issuer": None},
    "issuer: no https URL": {"issuer": "http://id.aoba.example"},
    "issuer: a URL with a part that it must not have": {"issuer": SECURE + "?tenant=aoba"},
    "issuer: not the one of this address": {"issuer": SECURE + "/"},
    "jwks_uri: missing": {"jwks_uri": None},
    "token_endpoint: no https URL": {"token_endpoint": "http://localhost/token"},
    "userinfo_endpoint: a URL with a part that it must not have": {"userinfo_endpoint": SECURE + "/userinfo#me"},
    "token_endpoints: nobody's field": {"token_endpoints": SECURE + "/token"},
    "claims_parameter_supported: no boolean": {"claims_parameter_supported": "true"},
    "claims_supported: no list of words": {"claims_supported": "sub"},
    "scopes_supported: without openid": {"scopes_supported": ["name"]},
    "response_types_supported: nobody's word: token": {"response_types_supported": ["code", "token"]},
    "subject_types_supported: no list of words": {"subject_types_supported": []},
    "id_token_signing_alg_values_supported: without RS256": {"id_token_signing_alg_values_supported": ["ES256"]},
    "userinfo_signing_alg_values_supported: nobody's word: none": {
        "userinfo_signing_alg_values_supported": ["RS256", "none"]
    },
    "acr_values_supported: something twice": {"acr_values_supported": ["aal2", "aal2"]},
    "ui_locales_supported: no canonical language tag: ja_JP": {"ui_locales_supported": ["ja_JP"]},
    "code_challenge_methods_supported: nobody's word: plain": {
        "code_challenge_methods_supported": ["S256", "plain"]
    },
    "revocation_endpoint_auth_signing_alg_values_supported: there if and only if somebody signs": {
        "revocation_endpoint_auth_signing_alg_values_supported": None
    },
    "backchannel_logout_supported: false, yet its sessions are": {"backchannel_logout_supported": False},
    "trust_frameworks_supported: missing": {"trust_frameworks_supported": None},
    "mtls_endpoint_aliases: token: no endpoint": {"mtls_endpoint_aliases": {"token": "https://m.example/token"}},
    "mtls_endpoint_aliases: no device_endpoint without it": {
        "mtls_endpoint_aliases": {"device_endpoint": "https://m.example/device"}
    },
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_document_is_found_out(secure, fault):
    """One fault at a time, named."""
    changed = {name: value for name, value in {**secure, **FAULTS[fault]}.items() if value is not None}
    assert Judge(loopback=False).document(changed, f"{SECURE}/.well-known/openid-configuration") == [fault]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"d": "AQAB"}, "not public"),
        ({"kty": "oct", "k": "AQAB"}, "not public"),
        ({"use": None}, "use: missing"),
        ({"n": "AQAB=="}, "not in base64url"),
        ({"n": "8" * 199 + "B"}, "short"),
        ({"kty": "XYZ"}, "no key"),
    ],
)
def test_a_faulty_key_is_found_out(plan_town, party, changes, fault):
    """One of the set's own keys, with one fault."""
    [good, *others] = plan_town.get(plan_town.browser(), party.metadata["jwks_uri"]).json["keys"]
    bad = {name: value for name, value in {**good, **changes}.items() if value is not None}
    assert faults_of_keys({"keys": [bad, *others]}) == [f"{good['kid']}: {fault}"]
    assert faults_of_keys({"keys": [good, good]}) == ["kid: one twice"]
    assert faults_of_keys({"keys": []}) == ["keys: none"]
