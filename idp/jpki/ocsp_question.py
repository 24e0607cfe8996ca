"""The question that we put to a responder, and whether an answer is one to it; who signed it is judged elsewhere.

RFC 6960 sections 4.1 and 4.2. Shared by `ocsp.py` (responders of the authority) and `va.py` (a configured one).
"""

import hmac
from dataclasses import dataclass
from itertools import chain

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from idp.errors import Reason
from idp.jpki.certificate import UNREADABLE
from idp.jpki.revocation import Evidence, NoEvidence, StatusRefused, revoked
from idp.jpki.trust import Anchor

MAX_RESPONSE_BYTES = 32 * 1024
_CERT_ID_HASH = hashes.SHA1  # the CertID hash that every responder knows (RFC 5019); it identifies, no more


@dataclass(frozen=True, slots=True)
class Question:
    """One certificate asked about: its issuing anchor, serial number and our nonce (32 bytes, RFC 9654)."""

    anchor: Anchor
    serial: int
    nonce: bytes

    def request(self) -> bytes:
        """The DER OCSPRequest (RFC 6960 section 4.1), CertID by the hashes of issuer name and key."""
        builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
            self.anchor.name_hash, self.anchor.key_hash, self.serial, _CERT_ID_HASH()
        )
        return builder.add_extension(x509.OCSPNonce(self.nonce), False).build().public_bytes(Encoding.DER)


def require_good(single: ocsp.OCSPSingleResponse, evidence: Evidence) -> None:
    """Return for *good*. Raises Refusal: CERTIFICATE_REVOKED, or CERTIFICATE_STATUS_UNKNOWN for *unknown*."""
    if single.certificate_status is ocsp.OCSPCertStatus.REVOKED:
        raise revoked(_reason(single), revoked_at=single.revocation_time_utc, evidence=evidence)
    if single.certificate_status is not ocsp.OCSPCertStatus.GOOD:
        unknown = "the responder does not know this certificate"
        raise StatusRefused(Reason.CERTIFICATE_STATUS_UNKNOWN, unknown, evidence=evidence)


def _reason(single: ocsp.OCSPSingleResponse) -> str | None:
    """The reason, if the answer gives one that exists: a revocation counts without."""
    try:
        return single.revocation_reason.value if single.revocation_reason else None
    except ValueError:
        return None


def parse(unverified_der: bytes) -> tuple[ocsp.OCSPResponse, ocsp.OCSPSingleResponse, bytes | None]:
    """A successful answer, the one SingleResponse in it, and its nonce. Raises NoEvidence for anything else."""
    if len(unverified_der) > MAX_RESPONSE_BYTES:
        raise NoEvidence("OCSP answer too large")
    nonce = None
    try:
        response = ocsp.load_der_ocsp_response(unverified_der)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise NoEvidence(f"OCSP status {response.response_status.name}")
        singles = list(response.responses)
        if len(singles) != 1:  # the extensions of one among several cannot be looked at
            raise NoEvidence("OCSP answer about another number of certificates than the one asked for")
        for extension in chain(response.extensions, response.single_extensions):
            if extension.critical:
                raise NoEvidence("unknown critical extension in the OCSP answer")
        for extension in response.extensions:
            if isinstance(extension.value, x509.OCSPNonce):
                nonce = extension.value.nonce
    except UNREADABLE as error:
        raise NoEvidence("OCSP answer does not parse") from error
    return response, singles[0], nonce


def require_answer_to(question: Question, nonce: bytes | None, single: ocsp.OCSPSingleResponse) -> None:
    """Return if the answer carries our nonce and its SingleResponse our CertID. Raises NoEvidence otherwise."""
    if nonce is None:
        raise NoEvidence("OCSP answer without nonce")
    if not hmac.compare_digest(nonce, question.nonce):
        raise NoEvidence("OCSP answer to another nonce")
    try:
        is_ours = (
            single.issuer_name_hash == question.anchor.name_hash
            and single.issuer_key_hash == question.anchor.key_hash
            and single.serial_number == question.serial
            and isinstance(single.hash_algorithm, _CERT_ID_HASH)
        )
    except UNREADABLE as error:
        raise NoEvidence("OCSP answer with a CertID that nobody can read") from error
    if not is_ours:
        raise NoEvidence("OCSP answer about another certificate")
