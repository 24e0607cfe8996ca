"""The message that a user-authentication key signs at login, and the check of that signature.

Card login protocol, section 3. The same layout is written a second time in `connectors/card`, on purpose: the
known answer of that section binds the two.
"""

import hashlib
from functools import lru_cache
from typing import Protocol

from msgspec import Struct

from idp.errors import Reason, Refusal
from idp.jpki.algorithms import Algorithm, SubjectKey

CONTEXT = b"jpki-login/1\x00"
_NO_ATTRIBUTES = hashlib.sha256(b"").digest()


class Signable(Protocol):
    """A challenge of any context."""

    def message(self) -> bytes:
        """What the holder's key is to sign."""
        ...


class Challenge(Struct, frozen=True):
    """What was asked: `issuer` and `origin` as the tenant's stored values, `nonce` 32 raw bytes."""

    issuer: str
    origin: str
    transaction: str
    nonce: bytes
    attributes: bytes = b""

    def message(self) -> bytes:
        """M of the protocol: context, then five SHA-256 digests; 173 bytes."""
        return b"".join(
            (
                CONTEXT,
                _digest_of_known(self.issuer),
                _digest_of_known(self.origin),
                hashlib.sha256(self.transaction.encode()).digest(),
                hashlib.sha256(self.nonce).digest(),
                hashlib.sha256(self.attributes).digest() if self.attributes else _NO_ATTRIBUTES,
            )
        )


@lru_cache(maxsize=4096)  # a tenant's issuer and origin, the same at each of its logins
def _digest_of_known(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def require_algorithm(unverified_algorithm: str, algorithm: Algorithm) -> Algorithm:
    """The holder's key's algorithm, if the proof names it. Raises Refusal with ALGORITHM_REFUSED otherwise."""
    if unverified_algorithm != algorithm.name:
        raise Refusal(Reason.ALGORITHM_REFUSED, "algorithm is not that of the key")
    return algorithm


def require_signature(holder: SubjectKey, message: bytes, unverified_signature: bytes) -> None:
    """Return if the holder's key signed the message, by the scheme of its row; ECDSA's signature is r||s.

    Raises Refusal with SIGNATURE_INVALID otherwise.
    """
    if not holder.algorithm.is_signed_by_holder(holder.key, unverified_signature, message):
        raise Refusal(Reason.SIGNATURE_INVALID, "signature over the message")
