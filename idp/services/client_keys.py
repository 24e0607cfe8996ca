"""A service's own public keys (RFC 7517): which may be registered, whose signature its JWT holds, which to encrypt
to. Pure."""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from idp import base64url, strict_json
from idp.keys.encryption import PublicKey
from idp.keys.signing import Algorithms
from idp.services.client_policies import CLIENT_ALGS, ENCRYPTION_ALGS

MAX_KEYS = 10
MAX_OF_USE = 20
"""Of a set that a service publishes itself, for signatures and for encryption..."""
MAX_PUBLISHED = 50
"""...and those of no use here included."""
LONGEST = 8192
"""Of a JWT that a service signs, in characters."""
_SIGNATURES, _ENCRYPTION = "sig", "enc"
_BY_RSA = tuple(alg for alg in ENCRYPTION_ALGS if alg.startswith("RSA"))
_BY_ECDH = tuple(alg for alg in ENCRYPTION_ALGS if alg.startswith("ECDH"))
_Serves = Mapping[str, Sequence[str]]
_KINDS: Mapping[tuple[str, str | None], _Serves] = {
    ("RSA", None): {_SIGNATURES: ("RS256", "PS256"), _ENCRYPTION: _BY_RSA},
    ("EC", "P-256"): {_SIGNATURES: ("ES256",), _ENCRYPTION: _BY_ECDH},
    ("EC", "P-384"): {_ENCRYPTION: _BY_ECDH},
    ("EC", "P-521"): {_ENCRYPTION: _BY_ECDH},
    ("OKP", "Ed25519"): {_SIGNATURES: ("EdDSA",)},
    ("OKP", "X25519"): {_ENCRYPTION: _BY_ECDH},
}
"""By type and curve of a key: for which use it may be, and by which algorithms then."""
_KEYS: Mapping[str, type[PublicKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
_OPERATIONS: Mapping[str, frozenset[str]] = {
    _SIGNATURES: frozenset({"verify"}),
    _ENCRYPTION: frozenset({"encrypt", "wrapKey", "deriveKey", "deriveBits"}),
}
"""Of a key's operations (RFC 7517 section 4.3), one of which it needs for that use."""
_PUBLIC = ("kty", "crv", "x", "y", "n", "e", "use", "alg", "kid")
"""Members of a key that are read; what else a service says of it changes nothing here."""
_KEY_ID = re.compile(r"[\x21-\x7e]{1,255}")
"""A key's id stands in the header of whatever is encrypted to it, and with that in URLs."""
_RSA_BITS = range(2048, 4097)
_SECRETS = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
_ANY_SCALAR = X25519PrivateKey.from_private_bytes(bytes(32))
"""No secret: by whichever scalar, the points that are refused give zero, and no other does."""
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_BRINGS_ITS_KEY = ("jwk", "jku", "x5c", "x5u")
_CHANGES_THE_RULES = ("crit", "b64", "zip", "enc")

Lookup = Callable[[str | None], Sequence[PublicKey]]
"""The keys of one service by key id; for None, all of them."""


class KeysRefused(ValueError):
    """A JWK set that cannot be registered; the sentence says why."""


class SignatureRefused(Exception):
    """A JWT that none of the service's keys has signed."""


def read(unverified: object) -> tuple[PublicKey, ...]:
    """The keys of a JWK set that is registered by value.

    Raises KeysRefused: no set of 1 to 10 keys; a private or symmetric key; RSA outside 2048 to 4096 bits; one to
    which nothing can be encrypted; a curve, a use or an algorithm that is of no use here; a key id twice for one
    use.
    """
    keys = unverified.get("keys") if isinstance(unverified, Mapping) else None
    if not isinstance(keys, list) or not 1 <= len(keys) <= MAX_KEYS:
        raise KeysRefused(f"a JWK set has 1 to {MAX_KEYS} keys")
    return _distinct(tuple(map(_key, keys)))


def published(unverified: bytes) -> tuple[PublicKey, ...]:
    """The keys of a JWK set that a service publishes; those of no use here are passed over.

    RFC 7517 section 5. Raises KeysRefused for anything but such a set, and for one without a key of use.
    """
    try:
        keys = strict_json.members(unverified).get("keys")
    except ValueError as error:
        raise KeysRefused("not a JSON object") from error
    if not isinstance(keys, list) or len(keys) > MAX_PUBLISHED:
        raise KeysRefused(f"a JWK set has at most {MAX_PUBLISHED} keys")
    made = _of_use(keys)
    if not 1 <= len(made) <= MAX_OF_USE:
        raise KeysRefused(f"a JWK set has 1 to {MAX_OF_USE} keys of use here")
    return _distinct(made)


def stored(registered: Mapping[str, Any]) -> tuple[PublicKey, ...]:
    """The keys of a set that was registered once, by the rules of then; those of no use today are passed over."""
    return _of_use(registered["keys"])


def named(keys: Sequence[PublicKey], kid: str | None) -> Sequence[PublicKey]:
    """Those of that key id; all of them for None."""
    return [key for key in keys if kid is None or key.kid == kid]


def for_alg(keys: Sequence[PublicKey], alg: str) -> Sequence[PublicKey]:
    """Those that may sign by that algorithm."""
    return [key for key in keys if _serves(key, _SIGNATURES, alg)]


def for_signatures(keys: Sequence[PublicKey]) -> Sequence[PublicKey]:
    """Those that may sign by some algorithm."""
    return [key for key in keys if any(_serves(key, _SIGNATURES, alg) for alg in CLIENT_ALGS)]


def for_encryption(keys: Sequence[PublicKey], alg: str) -> Sequence[PublicKey]:
    """Those to which may be encrypted by that algorithm; first those that are for nothing else."""
    fitting = [key for key in keys if _serves(key, _ENCRYPTION, alg)]
    return sorted(fitting, key=lambda key: key.get("use") != _ENCRYPTION)


def verified(unverified: str, keys: Lookup, algs: Sequence[str]) -> tuple[Mapping[str, Any], bytes]:
    """Header and payload of a JWS in compact form that one of the service's keys has signed.

    The key of its `kid`, or where it names none, any of the algorithm's type. `algs`: those that count. A header
    that brings a key of its own or asks for other rules counts for nothing (RFC 8725 section 3.10). Raises
    SignatureRefused.
    """
    header = _header(unverified, algs)
    alg, kid = header["alg"], header.get("kid")
    if "kid" in header and not (isinstance(kid, str) and kid):
        raise SignatureRefused("its key id is none")
    for key in for_alg(keys(kid), alg):
        try:
            signed = jws.deserialize_compact(unverified, key, registry=Algorithms([alg]))
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            continue
        return header, signed.payload
    raise SignatureRefused("no key of the service has signed it")


def _header(unverified: str, algs: Sequence[str]) -> Mapping[str, Any]:
    """The protected header, each part of the JWS in its one spelling."""
    if len(unverified) > LONGEST or not _COMPACT.fullmatch(unverified):
        raise SignatureRefused("not a JWS in compact form")
    try:
        raw, _, _ = map(base64url.decode, unverified.split("."))
        header = strict_json.members(raw)
    except ValueError as error:
        raise SignatureRefused("not a JWS") from error
    if header.get("alg") not in algs:
        raise SignatureRefused("another algorithm")
    if any(name in header for name in (*_BRINGS_ITS_KEY, *_CHANGES_THE_RULES)):
        raise SignatureRefused("a header that is not read")
    return header


def _of_use(unverified: Sequence[object]) -> tuple[PublicKey, ...]:
    made = []
    for key in unverified:
        with suppress(KeysRefused):
            made.append(_key(key))
    return tuple(made)


def _distinct(keys: tuple[PublicKey, ...]) -> tuple[PublicKey, ...]:
    names = [(key.kid, key.get("use")) for key in keys if key.kid]
    if len(names) != len(set(names)):
        raise KeysRefused("two keys for one use have one id")
    return keys


def _serves(key: PublicKey, use: str, alg: str) -> bool:
    curve = key.get("crv")
    algs = _KINDS[key.key_type, str(curve) if curve else None].get(use, ())
    return alg in algs and key.get("use") in (None, use) and key.get("alg") in (None, alg)


def _key(unverified: object) -> PublicKey:
    if not isinstance(unverified, dict):
        raise KeysRefused("a key is a JSON object")
    if any(name in unverified for name in _SECRETS):
        raise KeysRefused("a private key is registered nowhere")
    if not _KEY_ID.fullmatch(str(unverified.get("kid", "-"))):
        raise KeysRefused("a key id has 1 to 255 printable ASCII characters")
    uses = _uses(unverified)
    members = {name: unverified[name] for name in _PUBLIC if name in unverified}
    members |= {"use": uses[0]} if len(uses) == 1 else {}
    try:
        if unverified["kty"] == "RSA":
            _require_size(unverified["n"])
        key = _KEYS[unverified["kty"]].import_key(members)
        _require_sound(key)
    except KeysRefused:
        raise
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise KeysRefused("a key cannot be read") from error
    return key


def _uses(unverified: Mapping[str, object]) -> Sequence[str]:
    """For what the key may be here, by what it says of itself. Raises KeysRefused where that is nothing."""
    kty, curve = unverified.get("kty"), unverified.get("crv")
    serves = _KINDS.get((str(kty), None if curve is None else str(curve)))
    if serves is None:
        raise KeysRefused("a key is RSA, or on P-256, Ed25519 or, for encryption alone, P-384, P-521 or X25519")
    use, alg, operations = (unverified.get(name) for name in ("use", "alg", "key_ops"))
    uses = [by for by, algs in serves.items() if use in (None, by) and (alg is None or alg in algs)]
    if isinstance(operations, list):
        uses = [by for by in uses if _OPERATIONS[by] & {str(named) for named in operations}]
    if not uses:
        raise KeysRefused("a key is for signatures or encryption, by an algorithm that we use")
    return uses


def _require_size(unverified_modulus: str) -> None:
    """Before anything is computed with it."""
    modulus = base64.b64decode(unverified_modulus + "==", altchars=b"-_")
    number = int.from_bytes(modulus, "big")
    if number.bit_length() not in _RSA_BITS:
        raise KeysRefused("an RSA key has 2048 to 4096 bits")
    if number % 2 == 0:
        raise KeysRefused("an RSA modulus is odd")


def _require_sound(key: PublicKey) -> None:
    """Refuse the points of X25519 with which everybody agrees on zero (RFC 7748 section 6.1).

    The library reads them, and fails only when an answer is encrypted to them. Raises KeysRefused.
    """
    point = key.public_key
    if isinstance(point, X25519PublicKey):
        try:
            _ANY_SCALAR.exchange(point)
        except ValueError as error:
            raise KeysRefused("a point of X25519 to which nothing can be encrypted") from error
