"""The public key to which a service's mapping file is encrypted; officers approve it by its thumbprint. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

from idp.registration import NotAllowed

MappingKey = RSAKey | ECKey | OKPKey
_RSA_BITS = 2048
_CURVES = ("P-256", "P-384", "P-521", "X25519")
_MEMBERS = ("kty", "n", "e", "crv", "x", "y")
_KINDS = "a mapping file is encrypted to RSA, P-256, P-384, P-521 or X25519"
_SHORT = f"an RSA key has at least {_RSA_BITS} bits"
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, JoseError, UnsupportedAlgorithm, RecursionError)


def read_key(text: bytes) -> dict[str, str]:
    """A service's public key, PEM (SubjectPublicKeyInfo) or JWK, as a JWK. Raises NotAllowed for any other."""
    try:
        key = _of_jwk(json.loads(text)) if text.lstrip().startswith(b"{") else _of_pem(text)
        members = {name: str(value) for name, value in key.as_dict(private=False).items() if name in _MEMBERS}
        strong = isinstance(key, RSAKey) or members["crv"] in _CURVES
    except NotAllowed:
        raise
    except _UNREADABLE as error:
        raise NotAllowed("this is no public key in PEM or JWK") from error
    if not strong:
        raise NotAllowed(_KINDS)
    return members


def open_key(members: Mapping[str, Any]) -> MappingKey:
    """The key of a plan. Raises NotAllowed."""
    try:
        return _of_jwk(members)
    except _UNREADABLE as error:
        raise NotAllowed("this is no key for a mapping file") from error


def thumbprint(members: Mapping[str, Any]) -> str:
    """RFC 7638, by which a service confirms that the key is its own. Raises NotAllowed."""
    return str(open_key(members).thumbprint())


def _of_jwk(members: Mapping[str, Any]) -> MappingKey:
    if {"d", "k", "p", "q"} & set(members):
        raise NotAllowed("this is no public key: a private one never leaves its service")
    if members.get("kty") == "RSA" and len(members["n"]) * 6 < _RSA_BITS:
        raise NotAllowed(_SHORT)
    key = import_key(dict(members))
    if not isinstance(key, MappingKey):
        raise NotAllowed(_KINDS)
    return key


def _of_pem(text: bytes) -> MappingKey:
    public = load_pem_public_key(text)
    if isinstance(public, rsa.RSAPublicKey):
        if public.key_size < _RSA_BITS:
            raise NotAllowed(_SHORT)
        return RSAKey.import_key(text)
    if isinstance(public, ec.EllipticCurvePublicKey):
        return ECKey.import_key(text)
    if isinstance(public, x25519.X25519PublicKey):
        return OKPKey.import_key(text)
    raise NotAllowed(_KINDS)
