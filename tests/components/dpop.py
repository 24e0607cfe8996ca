"""A client that holds a key and makes DPoP proofs with it, well and badly."""

import base64
import hashlib
import json
import secrets

from components.jose import signed
from components.town import BASE_URL
from joserfc import jwk


def new_key(kind="EC"):
    """A key of a client."""
    kinds = {"EC": (jwk.ECKey, "P-256"), "RSA": (jwk.RSAKey, 2048), "OKP": (jwk.OKPKey, "Ed25519")}
    made, size = kinds[kind]
    return made.generate_key(size)


def b64(raw):
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def proof(
    town, key, *, path="/token", method="POST", tenant="aoba", token=None, header=None, sign_with=None, **claims
):
    """A proof that is right but for what the test changes; a claim or header member of None is left out."""
    members = {
        "jti": secrets.token_urlsafe(16),
        "htm": method,
        "htu": f"{BASE_URL}/t/{tenant}{path}",
        "iat": int(town.clock().timestamp()),
        "nonce": nonce(town, key, tenant) if "nonce" not in claims else None,
        **({"ath": b64(hashlib.sha256(token.encode()).digest())} if token else {}),
        **claims,
    }
    public = {
        name: value
        for name, value in key.as_dict(private=False).items()
        if name in ("kty", "crv", "x", "y", "n", "e")
    }
    alg = {"EC": "ES256", "RSA": "PS256", "OKP": "EdDSA"}[key.key_type]
    head = {"typ": "dpop+jwt", "alg": alg, "jwk": public, **(header or {})}
    body = json.dumps({name: value for name, value in members.items() if value is not None}).encode()
    head = {name: value for name, value in head.items() if value is not None}
    return signed(head, body, sign_with or key)


def nonce(town, key, tenant="aoba"):
    """The nonce of now, as a client learns it: by a proof without one."""
    first = proof(town, key, tenant=tenant, nonce=None)
    service = town.parking if tenant == "wakaba" else town.library
    answer = town.post(
        town.browser(),
        f"{BASE_URL}/t/{tenant}/token",
        data={"grant_type": "authorization_code", "code": "x"},
        auth=(service.client_id, service.client_secret),
        headers={"DPoP": first},
    )
    assert (answer.status_code, answer.json["error"]) == (400, "use_dpop_nonce"), answer.text
    return answer.headers["DPoP-Nonce"]


def redeem(town, code, login, shown, /, **changes):
    """The token request of a service, with that proof."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "http://127.0.0.1:8901/callback",
        "code_verifier": login.verifier,
        **changes,
    }
    return town.post(
        town.browser(),
        f"{BASE_URL}/t/{login.service.tenant_id}/token",
        data=form,
        auth=(login.service.client_id, login.service.client_secret),
        headers={"DPoP": shown} if shown else {},
    )


def userinfo(town, token, shown, scheme="DPoP", tenant="aoba"):
    """UserInfo, with that token and proof."""
    headers = {"Authorization": f"{scheme} {token}", **({"DPoP": shown} if shown else {})}
    return town.get(town.browser(), f"{BASE_URL}/t/{tenant}/userinfo", headers=headers)
