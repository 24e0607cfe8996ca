"""Certificate revocation lists over HTTP (RFC 2585 section 4.3)."""

from connectors.http import Outbound
from connectors.jlis import answers
from connectors.ports import CertificateKind, CrlSource

MAX_BYTES = 64 * 1024 * 1024
"""A list fetched here is held in memory whole: a million entries. Larger ones come from files: `idp crl load`."""


class CrlHttp(CrlSource):
    """A repository of whole-CA lists at `{url}/{kind}/{issuer key id, lower hex}.crl`.

    `outbound` bounds the size too: give it one of its own, with `max_bytes=MAX_BYTES`.
    """

    def __init__(self, url: str, outbound: Outbound) -> None:
        self._url = url.rstrip("/")
        self._outbound = outbound

    def fetch(self, kind: CertificateKind, issuer_key_id: bytes) -> bytes:
        """The newest DER CertificateList of that CA generation, unjudged.

        Raises Unreachable, Refused (4xx: no such list) or Garbled (not a list by type or size).
        """
        url = f"{self._url}/{kind}/{issuer_key_id.hex()}.crl"
        answer = self._outbound.send("GET", url, headers={"Accept": "application/pkix-crl"})
        return answers.require(
            answer, "application/pkix-crl", max_bytes=MAX_BYTES, peer="the revocation list repository"
        )
