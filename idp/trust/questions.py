"""OCSP for the tiers of a path: the responders that two officers named are asked, and no others.

An address in a certificate is never followed: whoever wrote it would choose whom we talk to.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

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
    """Questions to one purpose's responders. `max_age`: of an answer that was signed beforehand."""

    source: OcspSource
    token_bytes: Callable[[int], bytes]
    max_age: timedelta

    def answer(self, certificate: bytes, issuer: bytes, at: datetime) -> bytes | None:
        """The unjudged OCSPResponse about a certificate; None without one, or with one to another question.

        A responder that signs its answers beforehand sends no nonce (RFC 5019 section 4): its own `nextUpdate` may
        lie weeks ahead, so one that says *good* counts for `max_age` alone. *Revoked* never grows old.
        """
        nonce = self.token_bytes(NONCE_BYTES)
        with suppress(ConnectorError, *UNREADABLE):
            answer = self.source.ask(_request(certificate, issuer, nonce))
            said = _nonce(answer)
            if said == nonce or (said is None and self._is_young(answer, at)):
                return answer
        return None

    def _is_young(self, answer: bytes, at: datetime) -> bool:
        """One that is over by its own words goes to the judge, who says so."""
        singles = list(ocsp.load_der_ocsp_response(answer).responses)
        return any(single.certificate_status is ocsp.OCSPCertStatus.REVOKED for single in singles) or all(
            at - single.this_update_utc <= self.max_age or _is_over(single, at) for single in singles
        )


def _request(certificate: bytes, issuer: bytes, nonce: bytes) -> bytes:
    """CertID by SHA-1, which every responder knows (RFC 6960 section 4.3): it finds, and proves nothing."""
    pair = (x509.load_der_x509_certificate(certificate), x509.load_der_x509_certificate(issuer))
    builder = ocsp.OCSPRequestBuilder().add_certificate(*pair, hashes.SHA1())  # noqa: S303
    return builder.add_extension(x509.OCSPNonce(nonce), critical=False).build().public_bytes(Encoding.DER)


def _is_over(single: ocsp.OCSPSingleResponse, at: datetime) -> bool:
    return single.next_update_utc is None or at > single.next_update_utc


def _nonce(answer: bytes) -> bytes | None:
    try:
        return ocsp.load_der_ocsp_response(answer).extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        return None
