"""JWS signatures by a tenant's own keys (RFC 7518 sections 3.3 to 3.5, RFC 8037 section 3.1). Pure.

Of a key everything is looked up once, when it is opened. joserfc does so with each signature; it verifies them.
"""

from collections.abc import Callable
from functools import partial

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

Sign = Callable[[bytes], bytes]
"""Makes the signature of a signing input."""

_SHA256 = hashes.SHA256()
_ECDSA = ec.ECDSA(_SHA256)
_PADDINGS: dict[str, padding.AsymmetricPadding] = {
    "RS256": padding.PKCS1v15(),
    "PS256": padding.PSS(mgf=padding.MGF1(_SHA256), salt_length=padding.PSS.DIGEST_LENGTH),
}
_COORDINATE_BYTES = 32
"""Of P-256 (RFC 7518 section 3.4)."""


def signer(alg: str, private: object) -> Sign:
    """How this private key signs by one of `tenancy.SIGNING_ALGS`. Raises ValueError for a key of another kind."""
    if alg == "ES256" and isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name == "secp256r1":
        return partial(_by_p256, private)
    if alg in _PADDINGS and isinstance(private, rsa.RSAPrivateKey):
        return partial(private.sign, padding=_PADDINGS[alg], algorithm=_SHA256)
    if alg == "EdDSA" and isinstance(private, ed25519.Ed25519PrivateKey):
        return private.sign
    raise ValueError("a signing key is of a kind that signs nothing here")


def _by_p256(private: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    r, s = decode_dss_signature(private.sign(message, _ECDSA))
    return r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")


def no_signer(_message: bytes) -> bytes:
    """Of a retired key, whose private half is gone. Raises ValueError."""
    raise ValueError("a retired key signs nothing")
