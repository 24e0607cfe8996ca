"""A service's own public keys (RFC 7517): which may be registered, and whose signature its JWT holds.

Pure. Keys are registered by value: nothing is fetched.
"""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

ALGS = ("RS256", "PS256", "ES256")
"""Signatures that a service may make with its keys."""
MAX_KEYS = 10
_TYPES = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC"}
_CURVE = "P-256"
_RSA_BITS = range(2048, 4097)
_SECRETS = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")

PublicKey = RSAKey | ECKey


class KeysRefused(ValueError):
    """A JWK set that cannot be registered; the sentence says why."""


class SignatureRefused(Exception):
    """A JWT that none of the service's keys has signed."""


def read(unverified: object) -> tuple[PublicKey, ...]:
    """The keys of a JWK set.

    Raises KeysRefused: no set of 1 to 10 keys; a private or symmetric key; RSA outside 2048 to 4096 bits, EC other
    than P-256; a key for encryption; a key id twice.
    """
    keys = unverified.get("keys") if isinstance(unverified, Mapping) else None
    if not isinstance(keys, list) or not 1 <= len(keys) <= MAX_KEYS:
        raise KeysRefused(f"a JWK set has 1 to {MAX_KEYS} keys")
    made = tuple(map(_key, keys))
    names = [key.kid for key in made if key.kid]
    if len(names) != len(set(names)):
        raise KeysRefused("two keys have one id")
    return made


def verified(unverified: str, keys: tuple[PublicKey, ...]) -> tuple[Mapping[str, Any], bytes]:
    """Header and payload of a JWS in compact form that one of the keys has signed.

    The key of its `kid`, or where it names none, any of the algorithm's type. Raises SignatureRefused.
    """
    try:
        header = jws.extract_compact(unverified.encode()).headers()
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise SignatureRefused("not a JWS") from error
    for key in _candidates(header, keys):
        try:
            signed = jws.deserialize_compact(unverified, key, algorithms=list(ALGS))
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            continue
        return signed.headers(), signed.payload
    raise SignatureRefused("no key of the service has signed it")


def _candidates(header: Mapping[str, Any], keys: tuple[PublicKey, ...]) -> Iterator[PublicKey]:
    alg, kid = header.get("alg"), header.get("kid")
    for key in keys:
        of_type = isinstance(alg, str) and _TYPES.get(alg) == key.key_type
        if of_type and key.get("alg") in (None, alg) and (kid is None or key.kid == kid):
            yield key


def _key(unverified: object) -> PublicKey:
    if not isinstance(unverified, dict) or unverified.get("kty") not in ("RSA", "EC"):
        raise KeysRefused("a key is RSA or EC")
    if any(name in unverified for name in _SECRETS):
        raise KeysRefused("a private key is registered nowhere")
    if unverified.get("use", "sig") != "sig" or unverified.get("alg") not in (None, *ALGS):
        raise KeysRefused(f"a key is for signatures by {', '.join(ALGS)}")
    kty = unverified["kty"]
    if kty == "EC" and unverified.get("crv") != _CURVE:
        raise KeysRefused(f"a curve is {_CURVE}")
    try:
        if kty == "EC":
            return ECKey.import_key(unverified)
        _require_size(unverified["n"])
        return RSAKey.import_key(unverified)
    except KeysRefused:
        raise
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise KeysRefused("a key cannot be read") from error


def _require_size(unverified_modulus: str) -> None:
    """Before anything is computed with it."""
    modulus = base64.b64decode(unverified_modulus + "==", altchars=b"-_")
    if int.from_bytes(modulus, "big").bit_length() not in _RSA_BITS:
        raise KeysRefused("an RSA key has 2048 to 4096 bits")
