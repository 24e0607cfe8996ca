"""The proof of a signature by a certificate's key: which algorithms count, in each of three spellings.

The table is that of certification paths: RSA from 2048 bits and the NIST curves, each with SHA-2.
"""

from collections.abc import Mapping
from types import MappingProxyType

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from idp.jpki.certificate import UNREADABLE
from idp.jpki.path import algorithms
from idp.jpki.path.algorithms import PublicKey, SignatureAlgorithm
from idp.jpki.path.reasons import PathRefusal
from idp.signatures.found import Fault

HASHES: Mapping[str, hashes.HashAlgorithm] = MappingProxyType(
    {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
)
_RSA, _EC = rsa.RSAPublicKey, ec.EllipticCurvePublicKey
OF_JOSE: Mapping[str, SignatureAlgorithm] = MappingProxyType(
    {
        **{f"RS{bits}": SignatureAlgorithm(_RSA, HASHES[f"sha{bits}"]) for bits in (256, 384, 512)},
        **{f"PS{bits}": SignatureAlgorithm(_RSA, HASHES[f"sha{bits}"], pss=True) for bits in (256, 384, 512)},
        **{f"ES{bits}": SignatureAlgorithm(_EC, HASHES[f"sha{bits}"]) for bits in (256, 384, 512)},
    }
)
"""RFC 7518 section 3.1."""
_CURVES = {"ES256": ("secp256r1", 32), "ES384": ("secp384r1", 48), "ES512": ("secp521r1", 66)}


def digest(name: str, data: bytes) -> bytes:
    """The hash of that name in HASHES."""
    hasher = hashes.Hash(HASHES[name])
    hasher.update(data)
    return hasher.finalize()


def key_of(certificate_der: bytes) -> PublicKey | None:
    """The certificate's key; None where it cannot be read or is too weak to count."""
    try:
        key = x509.load_der_x509_certificate(certificate_der).public_key()
        identifier = asn1.Certificate.load(certificate_der, strict=True).public_key["algorithm"].dump()
        return algorithms.require_key(identifier, key, weak_ok=False)
    except (*UNREADABLE, PathRefusal):
        return None


def fault_of(row: SignatureAlgorithm, signer: bytes, signature: bytes, signed: bytes) -> Fault | None:
    """What is wrong with a signature over these bytes, as X.509 carries signatures; None if the key made it."""
    key = key_of(signer)
    if key is None or not isinstance(key, row.family):
        return Fault.ALGORITHM_REFUSED
    return None if algorithms.verifies(row, key, signature, signed) else Fault.SIGNATURE_INVALID


def fault_of_jose(alg: str, signer: bytes, signature: bytes, signed: bytes) -> Fault | None:
    """The same as JOSE carries them: r||s, and each ECDSA on its own curve (RFC 7518 section 3.4)."""
    row = OF_JOSE.get(alg)
    if row is None:
        return Fault.ALGORITHM_REFUSED
    if alg in _CURVES:
        curve, octets = _CURVES[alg]
        key = key_of(signer)
        if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != curve:
            return Fault.ALGORITHM_REFUSED
        if len(signature) != 2 * octets:
            return Fault.SIGNATURE_INVALID
        r, s = (int.from_bytes(half) for half in (signature[:octets], signature[octets:]))
        signature = encode_dss_signature(r, s)
    return fault_of(row, signer, signature, signed)
