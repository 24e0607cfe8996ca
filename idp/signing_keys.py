"""Keys that sign tokens: made, sealed for the store, opened again, and reduced to their public half.

A retired key verifies and signs nothing: only its public half is kept, under the same seal, so that nobody who
writes into the database can have a key of their own published.
"""

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)
from joserfc.jwk import ECKey, KeyParameters, OKPKey, RSAKey

from idp.sealing import Place, TenantKeys
from idp.store.signing_keys import CURRENT, RETIRED, SigningKeyRow
from idp.tenancy import SigningKey

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
_RSA_BITS = 2048
_KID_BYTES = 8


def new_private_key(alg: str) -> PrivateKey:
    """A key for one of `tenancy.SIGNING_ALGS` (RFC 7518 section 3.1, RFC 8037)."""
    if alg == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    if alg == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)


def new_kid(alg: str, token_bytes: Callable[[int], bytes]) -> str:
    """A key id that begins with its algorithm."""
    return f"{alg.lower()}-{token_bytes(_KID_BYTES).hex()}"


def sealed_private(keys: TenantKeys, kid: str, private: PrivateKey) -> bytes:
    """The private key as it is stored: PKCS#8, sealed."""
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return keys.seal(_place(kid), der)


def sealed_public(keys: TenantKeys, row: SigningKeyRow) -> bytes:
    """What is stored of the key once it is retired: SubjectPublicKeyInfo, sealed. Raises SealBroken."""
    if row.state == RETIRED:
        return row.sealed_private_key
    der = keys.open(_place(row.kid), row.sealed_private_key)
    private = load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return keys.seal(_place(row.kid), public)


def open_key(keys: TenantKeys, row: SigningKeyRow) -> SigningKey:
    """A stored key. Raises SealBroken for one that was altered, ValueError for one whose state was.

    The RSA key check (36 ms) is skipped: only this product writes these bytes, and the seal proves that.
    """
    der = keys.open(_place(row.kid), row.sealed_private_key)
    parameters: KeyParameters = {"kid": row.kid, "use": "sig", "alg": row.alg}
    opened = (
        load_der_public_key(der)
        if row.state == RETIRED
        else load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    )
    return SigningKey(row.kid, row.alg, row.state, row.since, _jwk(opened, parameters))


def _jwk(key: object, parameters: KeyParameters) -> RSAKey | ECKey | OKPKey:
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        return RSAKey(key, key, parameters)
    if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey):
        return ECKey(key, key, parameters)
    if isinstance(key, ed25519.Ed25519PrivateKey | ed25519.Ed25519PublicKey):
        return OKPKey(key, key, parameters)
    raise ValueError("a signing key is of a kind that signs nothing here")


def founding_key(keys: TenantKeys, alg: str, *, since: int, token_bytes: Callable[[int], bytes]) -> SigningKeyRow:
    """The first key of a tenant for an algorithm: it signs at once, for nobody has an older key set."""
    kid = new_kid(alg, token_bytes)
    return SigningKeyRow(kid, alg, CURRENT, sealed_private(keys, kid, new_private_key(alg)), since)


def _place(kid: str) -> Place:
    return Place("signing_key", kid.encode(), "private_key")
