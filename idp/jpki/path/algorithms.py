"""Which signatures and keys count: a closed table keyed by the exact DER AlgorithmIdentifier.

Comparing whole encodings leaves no room for absent, surplus or exotic parameters. RSA from 2048 bits and the
NIST curves with SHA-2 are accepted (P-384 with SHA-384 is the next card's); SHA-1, short RSA and DSA only
under `weak_ok`, which exists for public test vectors and no product store sets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import gcd, prod
from types import MappingProxyType

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa

from idp.jpki.path.reasons import PathReason, PathRefusal

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | dsa.DSAPublicKey
MIN_RSA_BITS, MIN_WEAK_RSA_BITS, MAX_RSA_BITS = 2048, 1024, 8192
_SMALL_PRIMES = prod(n for n in range(3, 752, 2) if all(n % d for d in range(3, 28, 2) if d < n))
"""The odd primes below 752 (NIST SP 800-89 section 5.3.3): a modulus shares no factor with them."""
_CURVE_COST: Mapping[str, int] = MappingProxyType({"secp256r1": 150, "secp384r1": 900, "secp521r1": 1200})
_SHA1 = hashes.SHA1()  # noqa: S303  only under weak_ok
_RSA_COST = 60  # microseconds for 2048 bits, growing with the square


@dataclass(frozen=True, slots=True)
class SignatureAlgorithm:
    """How one AlgorithmIdentifier signs; `pss` salts are as long as the hash (RFC 4055 section 3.1)."""

    family: type
    hash: hashes.HashAlgorithm
    pss: bool = False
    weak: bool = False


def _pss(hash_octet: str, salt: str) -> bytes:
    digest = f"300d0609608648016503040{hash_octet}0500"
    mgf1 = f"a11c301a06092a864886f70d010108{digest}"
    return bytes.fromhex(f"304106092a864886f70d01010a3034a00f{digest}{mgf1}a2030201{salt}")


SIGNATURES: Mapping[bytes, SignatureAlgorithm] = MappingProxyType(
    {
        bytes.fromhex("300d06092a864886f70d01010b0500"): SignatureAlgorithm(rsa.RSAPublicKey, hashes.SHA256()),
        bytes.fromhex("300d06092a864886f70d01010c0500"): SignatureAlgorithm(rsa.RSAPublicKey, hashes.SHA384()),
        bytes.fromhex("300d06092a864886f70d01010d0500"): SignatureAlgorithm(rsa.RSAPublicKey, hashes.SHA512()),
        _pss("201", "20"): SignatureAlgorithm(rsa.RSAPublicKey, hashes.SHA256(), pss=True),
        _pss("202", "30"): SignatureAlgorithm(rsa.RSAPublicKey, hashes.SHA384(), pss=True),
        _pss("203", "40"): SignatureAlgorithm(rsa.RSAPublicKey, hashes.SHA512(), pss=True),
        bytes.fromhex("300a06082a8648ce3d040302"): SignatureAlgorithm(ec.EllipticCurvePublicKey, hashes.SHA256()),
        bytes.fromhex("300a06082a8648ce3d040303"): SignatureAlgorithm(ec.EllipticCurvePublicKey, hashes.SHA384()),
        bytes.fromhex("300a06082a8648ce3d040304"): SignatureAlgorithm(ec.EllipticCurvePublicKey, hashes.SHA512()),
        bytes.fromhex("300d06092a864886f70d0101050500"): SignatureAlgorithm(
            rsa.RSAPublicKey,
            _SHA1,
            weak=True,
        ),
        bytes.fromhex("300906072a8648ce380403"): SignatureAlgorithm(dsa.DSAPublicKey, _SHA1, weak=True),
        bytes.fromhex("300b0609608648016503040302"): SignatureAlgorithm(
            dsa.DSAPublicKey, hashes.SHA256(), weak=True
        ),
    }
)
_KEY_IDENTIFIERS = frozenset(
    bytes.fromhex(identifier)
    for identifier in (
        "300d06092a864886f70d0101010500",  # rsaEncryption, NULL
        "301306072a8648ce3d020106082a8648ce3d030107",  # P-256
        "301006072a8648ce3d020106052b81040022",  # P-384
        "301006072a8648ce3d020106052b81040023",  # P-521
    )
)
_DSA_KEY = bytes.fromhex("06072a8648ce380401")


def signature_algorithm(identifier: bytes, *, weak_ok: bool) -> SignatureAlgorithm:
    """The table's row. Raises PathRefusal with ALGORITHM_REFUSED for anything outside it."""
    row = SIGNATURES.get(identifier)
    if row is None or (row.weak and not weak_ok):
        raise PathRefusal(PathReason.ALGORITHM_REFUSED, identifier.hex())
    return row


def require_key(identifier: bytes, key: object, *, weak_ok: bool) -> PublicKey:
    """The key, if its kind and strength count; `identifier` is its SubjectPublicKeyInfo's algorithm in DER.

    Raises PathRefusal with KEY_REFUSED.
    """
    if isinstance(key, dsa.DSAPublicKey) and weak_ok and _DSA_KEY in identifier:
        return key
    if identifier not in _KEY_IDENTIFIERS:
        raise PathRefusal(PathReason.KEY_REFUSED, "kind of key")
    if isinstance(key, rsa.RSAPublicKey):
        _require_rsa(key, weak_ok=weak_ok)
        return key
    assert isinstance(key, ec.EllipticCurvePublicKey)  # the identifier leaves nothing else  # noqa: S101
    return key


def _require_rsa(key: rsa.RSAPublicKey, *, weak_ok: bool) -> None:
    numbers = key.public_numbers()
    least = MIN_WEAK_RSA_BITS if weak_ok else MIN_RSA_BITS
    if not least <= key.key_size <= MAX_RSA_BITS or key.key_size % 8:
        raise PathRefusal(PathReason.KEY_REFUSED, "RSA size")
    if not (3 if weak_ok else 65537) <= numbers.e < 1 << 64 or not numbers.e & 1:
        raise PathRefusal(PathReason.KEY_REFUSED, "RSA exponent")
    if not numbers.n & 1 or gcd(numbers.n, _SMALL_PRIMES) != 1:
        raise PathRefusal(PathReason.KEY_REFUSED, "RSA modulus with a small factor")


def cost(key: PublicKey) -> int:
    """Estimated microseconds of one check with this key, rounded up."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        return _CURVE_COST[key.curve.name]
    return max(_RSA_COST, _RSA_COST * key.key_size * key.key_size // (2048 * 2048))


def verifies(row: SignatureAlgorithm, key: PublicKey, signature: bytes, data: bytes) -> bool:
    """Whether the signature is this key's over these bytes; a key of another family never verifies."""
    if not isinstance(key, row.family):
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            scheme: padding.AsymmetricPadding = (
                padding.PSS(padding.MGF1(row.hash), row.hash.digest_size) if row.pss else padding.PKCS1v15()
            )
            key.verify(signature, data, scheme, row.hash)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(row.hash))
        else:
            key.verify(signature, data, row.hash)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True
