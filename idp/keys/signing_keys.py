"""Keys of a tenant's ring: made, sealed for the store, opened again, and reduced to what is left of them.

Most sign tokens. A retired one verifies and signs nothing: only its public half is kept, under the same seal, so
that nobody who writes into the database can have a key of their own published. To the others services encrypt
their requests; a retired one of those is kept whole for the days in which something may still come that it opens.
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

from idp.keys.jws_signature import no_signer, signer
from idp.keys.ring_keys import RequestKey, SigningKey
from idp.keys.sealing import Place, TenantKeys
from idp.services.request_encryption import ECDH_ES, REQUEST_KEYS
from idp.store.signing_keys import CURRENT, RETIRED, SigningKeyRow

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
_RSA_BITS = 2048
_KID_BYTES = 8


def new_private_key(alg: str) -> PrivateKey:
    """A key for one of `tenancy.SIGNING_ALGS` (RFC 7518 section 3.1, RFC 8037) or of `REQUEST_KEYS`."""
    if alg in ("ES256", ECDH_ES):
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


def sealed_retired(keys: TenantKeys, row: SigningKeyRow) -> bytes:
    """What is stored of the key once it is retired, sealed. Raises SealBroken.

    Of a key that signs SubjectPublicKeyInfo, of one that opens requests all that was stored.
    """
    if row.state == RETIRED or row.alg in REQUEST_KEYS:
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
    if row.state == RETIRED:
        public = _jwk(load_der_public_key(der), parameters)
        return SigningKey(row.kid, row.alg, row.state, row.since, public, no_signer)
    private = load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    sign = signer(row.alg, private)
    return SigningKey(row.kid, row.alg, row.state, row.since, _jwk(private, parameters), sign)


def open_request_key(keys: TenantKeys, row: SigningKeyRow) -> RequestKey:
    """A stored key that opens requests. Raises as `open_key`.

    One for ECDH-ES names no algorithm in its JWK: it is for every way of it.
    """
    der = keys.open(_place(row.kid), row.sealed_private_key)
    private = load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    if isinstance(private, rsa.RSAPrivateKey):
        by_rsa = RSAKey(private, private, {"kid": row.kid, "use": "enc", "alg": row.alg})
        return RequestKey(row.kid, row.alg, row.state, row.since, by_rsa)
    if isinstance(private, ec.EllipticCurvePrivateKey):
        by_ec = ECKey(private, private, {"kid": row.kid, "use": "enc"})
        return RequestKey(row.kid, row.alg, row.state, row.since, by_ec)
    raise ValueError("a key for requests is of a kind that opens nothing here")


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
