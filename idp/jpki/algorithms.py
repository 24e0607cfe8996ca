"""Signature algorithms of JPKI's keys, one row each: the rows are data, and one check serves them all.

A row says both which keys are meant and how they sign, so that no key is ever used with a neighbour's hash.
"""

from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import SignatureAlgorithmOID
from msgspec import Struct

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Algorithm:
    """One row. `name`: as JOSE has it (RFC 7518 section 3.1), which is how a proof names it.

    `spki_octets`, `spki_head`, `spki_tail`: how long every SubjectPublicKeyInfo (DER) of its keys is, and how it
    begins and ends: type and size of the key, the curve, the exponent. `scheme`: what `verify` of such a key takes
    behind signature and data. `coordinate_octets`: of ECDSA's r and s, None for RSA. `oid`, `identifier`: what
    stands in a certificate that was signed so: the object identifier, and the whole AlgorithmIdentifier in DER
    (RFC 4055 section 5, RFC 5758 section 3.2).
    """

    name: str
    spki_octets: int
    spki_head: bytes
    spki_tail: bytes
    scheme: tuple[Any, ...]
    coordinate_octets: int | None
    oid: x509.ObjectIdentifier
    identifier: bytes

    def has_key(self, spki: bytes) -> bool:
        """Whether this SubjectPublicKeyInfo, in the DER that our own library wrote, is of a key of the row."""
        return len(spki) == self.spki_octets and spki.startswith(self.spki_head) and spki.endswith(self.spki_tail)

    def is_signed(self, key: PublicKey, unverified_signature: bytes, data: bytes) -> bool:
        """Whether this key of the row signed these bytes; the signature as X.509 and OCSP carry it.

        RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2) or ECDSA with Ecdsa-Sig-Value in DER (RFC 3279 section 2.2.3).
        """
        try:
            key.verify(unverified_signature, data, *self.scheme)
        except InvalidSignature:
            return False
        return True

    def is_signed_by_holder(self, key: PublicKey, unverified_signature: bytes, data: bytes) -> bool:
        """The same for a signature as an authenticator sends it: that of ECDSA is r||s (RFC 7518 section 3.4)."""
        octets = self.coordinate_octets
        if octets is None:
            return self.is_signed(key, unverified_signature, data)
        if len(unverified_signature) != 2 * octets:
            return False
        r, s = (int.from_bytes(half) for half in (unverified_signature[:octets], unverified_signature[octets:]))
        return self.is_signed(key, encode_dss_signature(r, s), data)


RS256 = Algorithm(
    name="RS256",
    spki_octets=294,
    spki_head=bytes.fromhex("30820122300d06092a864886f70d01010105000382010f003082010a0282010100"),
    spki_tail=bytes.fromhex("0203010001"),
    scheme=(padding.PKCS1v15(), hashes.SHA256()),
    coordinate_octets=None,
    oid=SignatureAlgorithmOID.RSA_WITH_SHA256,
    identifier=bytes.fromhex("300d06092a864886f70d01010b0500"),
)
"""RSA-2048 with e = 65537, signing by SHA-256: today's cards and authorities."""
ES384 = Algorithm(
    name="ES384",
    spki_octets=120,
    spki_head=bytes.fromhex("3076301006072a8648ce3d020106052b8104002203620004"),
    spki_tail=b"",
    scheme=(ec.ECDSA(hashes.SHA384()),),
    coordinate_octets=48,
    oid=SignatureAlgorithmOID.ECDSA_WITH_SHA384,
    identifier=bytes.fromhex("300a06082a8648ce3d040303"),
)
"""P-384, signing by SHA-384: the next card's, by the plan of 2024. Verified as soon as a profile enables it."""
ES256 = Algorithm(
    name="ES256",
    spki_octets=91,
    spki_head=bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004"),
    spki_tail=b"",
    scheme=(ec.ECDSA(hashes.SHA256()),),
    coordinate_octets=32,
    oid=SignatureAlgorithmOID.ECDSA_WITH_SHA256,
    identifier=bytes.fromhex("300a06082a8648ce3d040302"),
)
"""P-256, signing by SHA-256: counter terminals' keys, in no certificate."""
ENABLED = (RS256,)
"""The rows in use: a key of no row here is refused."""


class SubjectKey(Struct, frozen=True):
    """A certificate's key with the row that it is of. `spki`: its SubjectPublicKeyInfo in DER."""

    key: PublicKey
    algorithm: Algorithm
    spki: bytes


def read_key(certificate: x509.Certificate, algorithms: tuple[Algorithm, ...]) -> SubjectKey | None:
    """The certificate's key, or None if it is of none of these rows. Raises what the parser raises."""
    key: Any = certificate.public_key()  # with the SPKI of a row it is of no other class than the row's
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for algorithm in algorithms:
        if algorithm.has_key(spki):
            return SubjectKey(key, algorithm, spki)
    return None
