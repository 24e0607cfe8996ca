"""OCSP for the tiers of a path: the responders that two officers named are asked, and no others.

An address in a certificate is never followed: whoever wrote it would choose whom we talk to.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from connectors.errors import ConnectorError
from connectors.ports import OcspSource
from idp.jpki.certificate import UNREADABLE

NONCE_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class TierQuestions:
    """Questions to one purpose's responders."""

    source: OcspSource
    token_bytes: Callable[[int], bytes]

    def answer(self, certificate: bytes, issuer: bytes) -> bytes | None:
        """The unjudged OCSPResponse about a certificate; None without one, or with one to another question.

        A responder that signs its answers beforehand sends no nonce (RFC 5019 section 4); then their time counts.
        """
        nonce = self.token_bytes(NONCE_BYTES)
        with suppress(ConnectorError, *UNREADABLE):
            answer = self.source.ask(_request(certificate, issuer, nonce))
            if _nonce(answer) in (None, nonce):
                return answer
        return None


def _request(certificate: bytes, issuer: bytes, nonce: bytes) -> bytes:
    """CertID by SHA-1, which every responder knows (RFC 6960 section 4.3): it finds, and proves nothing."""
    pair = (x509.load_der_x509_certificate(certificate), x509.load_der_x509_certificate(issuer))
    builder = ocsp.OCSPRequestBuilder().add_certificate(*pair, hashes.SHA1())  # noqa: S303
    return builder.add_extension(x509.OCSPNonce(nonce), critical=False).build().public_bytes(Encoding.DER)


def _nonce(answer: bytes) -> bytes | None:
    try:
        return ocsp.load_der_ocsp_response(answer).extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        return None
