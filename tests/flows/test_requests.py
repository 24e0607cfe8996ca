"""A demanding service from outside: a pushed request, a level that binds, an answer in a JWT."""

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import requests
from components.stock_client import follow, link_of, use_card
from joserfc import jwk, jwt

VERIFIER = "v" * 50
CLAIMS = {
    "id_token": {"acr": {"essential": True, "value": "aal3"}, "auth_time": None},
    "userinfo": {"revocation": {"essential": True}},
}


def test_a_pushed_request_with_an_essential_level_is_answered_in_a_jwt(demo, tmp_path):
    """The method of revocation is the request's, the level the one that binds, each claim where it was asked."""
    tenant, service, resident = demo.tenant(), demo.service("library"), demo.resident("hanako")
    metadata = requests.get(f"{tenant['issuer']}/.well-known/openid-configuration", timeout=10).json()
    keys = jwk.KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=10).json())
    redirect_uri = next(uri for uri in service["redirect_uris"] if uri.endswith("8901/callback"))
    credentials = (service["client_id"], service["client_secret"])
    request = {
        "response_type": "code",
        "response_mode": "jwt",
        "client_id": service["client_id"],
        "redirect_uri": redirect_uri,
        "scope": "openid",
        "state": 's t&a"te',
        "code_challenge": urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "acr_values": "aal3 crl",
        "claims": json.dumps(CLAIMS),
    }
    pushed = requests.post(
        metadata["pushed_authorization_request_endpoint"], data=request, auth=credentials, timeout=10
    )
    assert pushed.status_code == 201, pushed.text

    browser = requests.Session()
    query = {"client_id": service["client_id"], "request_uri": pushed.json()["request_uri"]}
    page = browser.get(metadata["authorization_endpoint"], params=query, timeout=20)
    assert "jpki-login-qr" not in page.text
    callback = follow(browser, use_card(link_of(page), resident, tmp_path)["return_url"])
    [response] = parse_qs(urlsplit(callback).query)["response"]
    answer = jwt.decode(response, keys, algorithms=["RS256"]).claims
    assert (answer["iss"], answer["aud"], answer["state"]) == (tenant["issuer"], service["client_id"], 's t&a"te')

    form = {"grant_type": "authorization_code", "code": answer["code"], "redirect_uri": redirect_uri}
    token = requests.post(
        metadata["token_endpoint"], data={**form, "code_verifier": VERIFIER}, auth=credentials, timeout=20
    ).json()
    claims = jwt.decode(token["id_token"], keys, algorithms=["RS256"]).claims
    assert (claims["acr"], "auth_time" in claims, "revocation" in claims) == ("aal3", True, False)
    header = {"Authorization": f"Bearer {token['access_token']}"}
    told = requests.get(metadata["userinfo_endpoint"], headers=header, timeout=10).json()
    assert told["revocation"]["method"] == "crl"
    assert told["sub"] == claims["sub"]
