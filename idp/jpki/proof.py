"""The message that a user-authentication key signs at login, and the check of that signature.

Card login protocol, section 3. The same layout is written a second time in `connectors/card`, on purpose: the
known answer of that section binds the two.
"""

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from idp.errors import Reason, Refusal

CONTEXT = b"jpki-login/1\x00"
ALGORITHM = "RS256"
PUBLIC_EXPONENT = 65537
KEY_BITS = 2048


@dataclass(frozen=True, slots=True)
class Challenge:
    """What was asked: `issuer` and `origin` as the tenant's stored values, `nonce` 32 raw bytes."""

    issuer: str
    origin: str
    transaction: str
    nonce: bytes
    attributes: bytes = b""

    def message(self) -> bytes:
        """M of the protocol: context, then five SHA-256 digests; 173 bytes."""
        parts = (
            self.issuer.encode(),
            self.origin.encode(),
            self.transaction.encode(),
            self.nonce,
            self.attributes,
        )
        return CONTEXT + b"".join(hashlib.sha256(part).digest() for part in parts)


def require_algorithm(unverified_algorithm: str, public_key: object) -> rsa.RSAPublicKey:
    """The key, if algorithm and key are the ones of today's cards: RS256 with RSA-2048, e = 65537.

    Raises Refusal with ALGORITHM_REFUSED otherwise ("ES384" is reserved for the next card).
    """
    if unverified_algorithm != ALGORITHM:
        raise Refusal(Reason.ALGORITHM_REFUSED, "algorithm is not RS256")
    if (
        not isinstance(public_key, rsa.RSAPublicKey)
        or public_key.key_size != KEY_BITS
        or public_key.public_numbers().e != PUBLIC_EXPONENT
    ):
        raise Refusal(Reason.ALGORITHM_REFUSED, "key is not RSA-2048 with e = 65537")
    return public_key


def require_signature(key: rsa.RSAPublicKey, challenge: Challenge, unverified_signature: bytes) -> None:
    """Return if the signature is RSASSA-PKCS1-v1_5 with SHA-256 over M (RFC 8017 section 8.2).

    Raises Refusal with SIGNATURE_INVALID otherwise.
    """
    try:
        key.verify(unverified_signature, challenge.message(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        raise Refusal(Reason.SIGNATURE_INVALID, "signature over M") from error
