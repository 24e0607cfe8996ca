"""Client certificates that a proxy hands over (RFC 9440): believed of who knows the shared secret alone. Pure.

Two proxies do: the card host's, for residents, and the mTLS host's, for services. Each has a secret of its own.
"""

import base64
import binascii
import hmac
import re
from dataclasses import dataclass

from idp.keys.sealing import digest

CERTIFICATE_HEADER = "Client-Cert"
_BYTE_SEQUENCE = re.compile(r":([A-Za-z0-9+/]+={0,2}):")


class HeaderRefused(ValueError):
    """Not one certificate of a bearable size; the sentence says why."""


class HeaderTooLong(HeaderRefused):
    """More than the caller wants to read."""


@dataclass(frozen=True, slots=True)
class Hop:
    """The way from a proxy to us. `key_digest`: of the secret that both know; None: there is no such proxy."""

    key_digest: bytes | None

    def is_shown_by(self, unverified_key: str) -> bool:
        """Whether whoever sent this is the proxy: nobody else's certificates are believed."""
        return self.key_digest is not None and hmac.compare_digest(digest(unverified_key), self.key_digest)


def certificate_in(unverified: str, *, max_bytes: int) -> bytes:
    """The DER of a Client-Cert field: one Byte Sequence (RFC 9440 section 2.2, RFC 9651 section 3.3.5).

    Raises HeaderTooLong for more than `max_bytes`; HeaderRefused for anything else, two fields joined into one
    among them.
    """
    if len(unverified) > max_bytes * 4 // 3 + 6:
        raise HeaderTooLong("Client-Cert is too long")
    sequence = _BYTE_SEQUENCE.fullmatch(unverified)
    if sequence is None:
        raise HeaderRefused("Client-Cert is not one Byte Sequence")
    try:
        return base64.b64decode(sequence[1], validate=True)
    except binascii.Error as error:
        raise HeaderRefused("Client-Cert is not base64") from error
