"""ID tokens: the claims signed as the service has registered (OpenID Connect Core section 2)."""

import hashlib
from collections.abc import Mapping

from idp import base64url
from idp.keys.signing import signed
from idp.tenants.tenancy import Client, Tenant

_HASHES = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}


def make(tenant: Tenant, client: Client, claims: Mapping[str, object], bound: Mapping[str, str]) -> str:
    """The token. `bound`: values that it is bound to by their hashes, each under its claim's name."""
    key = tenant.signing_key(client.id_token_signed_response_alg)
    hashes = {name: half_hash(value, key.alg) for name, value in bound.items()}
    return signed(key, "JWT", {**claims, **hashes})


def half_hash(value: str, alg: str) -> str:
    """`at_hash` and its like (section 3.1.3.6): the left half of the hash that the signature uses, base64url.

    EdDSA's over Ed25519 is SHA-512.
    """
    whole = _HASHES.get(alg[-3:], hashlib.sha512)(value.encode()).digest()
    return base64url.encode(whole[: len(whole) // 2])
