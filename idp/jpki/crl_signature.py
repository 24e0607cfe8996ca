"""Who signed a list: the anchor by key identifier and name, then the signature over the file's own bytes.

The hash is made while the file streams by, so that no list lies in memory, and nothing is encoded anew.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from idp.jpki.crl_header import Header
from idp.jpki.crl_names import name_key
from idp.jpki.crl_refused import CrlReason, CrlRefused, UnknownIssuer
from idp.jpki.crl_tail import Tail
from idp.jpki.trust import Anchor


class Hash(Protocol):
    """A running hash of `hashlib`."""

    def update(self, data: memoryview, /) -> None:
        """Take in more bytes."""
        ...

    def digest(self) -> bytes:
        """The hash of all of them."""
        ...


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One row of the algorithm table. `verify` raises InvalidSignature, or TypeError for a key of another kind."""

    name: str
    new_hash: Callable[[], Hash]
    verify: Callable[[CertificatePublicKeyTypes, bytes, bytes], None]


def _rsa_sha256(key: CertificatePublicKeyTypes, signature: bytes, digest: bytes) -> None:
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("not an RSA key")
    key.verify(signature, digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))


def _p384_sha384(key: CertificatePublicKeyTypes, signature: bytes, digest: bytes) -> None:
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP384R1):
        raise TypeError("not a P-384 key")
    key.verify(signature, digest, ec.ECDSA(Prehashed(hashes.SHA384())))


ALGORITHMS: Mapping[bytes, Algorithm] = MappingProxyType(
    {
        bytes.fromhex("300d06092a864886f70d01010b0500"): Algorithm(
            "sha256WithRSAEncryption", hashlib.sha256, _rsa_sha256
        ),
        bytes.fromhex("300a06082a8648ce3d040303"): Algorithm("ecdsa-with-SHA384", hashlib.sha384, _p384_sha384),
    }
)
"""By the DER AlgorithmIdentifier, parameters included, so that no other spelling gets in."""


def algorithm_of(header: Header) -> Algorithm:
    """The list's algorithm. Raises CrlRefused with ALGORITHM for one that is not in the table."""
    try:
        return ALGORITHMS[header.algorithm]
    except KeyError:
        raise CrlRefused(CrlReason.ALGORITHM, "not an algorithm of the table") from None


def signer(header: Header, tail: Tail, tbs_digest: bytes, anchors: Iterable[Anchor]) -> Anchor:
    """The anchor that signed the TBSCertList of that hash: by key identifier, name, and right to sign lists.

    Key identifiers are chosen by whoever makes a certificate, so all of one identifier are tried (RFC 5280 section
    6.3.3 f and g). Raises UnknownIssuer when there is none, CrlRefused with SIGNATURE when none of them signed.
    """
    candidates = [
        anchor
        for anchor in anchors
        if anchor.key_id == tail.issuer_key_id and _is_named(anchor, header.issuer) and _may_sign_lists(anchor)
    ]
    if not candidates:
        raise UnknownIssuer("no trust anchor of that key and name", key_id=tail.issuer_key_id, name=header.issuer)
    for anchor in candidates:
        if _signed(anchor, header, tail, tbs_digest):
            return anchor
    raise CrlRefused(CrlReason.SIGNATURE, "not signed by the anchor of its key identifier")


def _signed(anchor: Anchor, header: Header, tail: Tail, tbs_digest: bytes) -> bool:
    try:
        algorithm_of(header).verify(anchor.certificate.public_key(), tail.signature, tbs_digest)
    except (InvalidSignature, TypeError, ValueError):
        return False
    return True


def _is_named(anchor: Anchor, issuer: bytes) -> bool:
    return name_key(anchor.certificate.subject.public_bytes()) == name_key(issuer)


def _may_sign_lists(anchor: Anchor) -> bool:
    try:
        return anchor.certificate.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign
    except x509.ExtensionNotFound:
        return True
