"""A validation authority (VA): an OCSP responder that is trusted because our configuration names its certificate.

RFC 6960 section 4.2.2.2, the first of its three kinds of responder. The certification authority has no part in it.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import ocsp

from idp.errors import Reason, Refusal
from idp.jpki.certificate import UNREADABLE
from idp.jpki.ocsp import MAX_AGE, MAX_RESPONSE_BYTES, Question
from idp.jpki.revocation import Evidence, Method, NoEvidence, require_fresh, revoked

MINIMUM_KEY_BITS = 2048


class AuthorityRefused(ValueError):
    """A certificate that cannot be a validation authority's."""


@dataclass(frozen=True, slots=True)
class ValidationAuthority:
    """Whose answers we believe about every anchor's certificates. `public_key` is the certificate's."""

    certificate: x509.Certificate
    public_key: rsa.RSAPublicKey

    def judge(self, unverified_der: bytes, question: Question, *, now: datetime) -> Evidence:
        """Evidence that the certificate is good, by the rules of `ocsp.judge` with another signer.

        1. the answer is one, to our nonce, about the certificate asked for: else NoEvidence;
        2. the configured certificate is inside its time, named as the responder, and its key signed: NoEvidence;
        3. the data are fresh: NoEvidence, stale if old.

        Then the status: *revoked* raises Refusal with CERTIFICATE_REVOKED, *unknown* CERTIFICATE_STATUS_UNKNOWN.
        """
        try:
            # 1
            response, single = _read(unverified_der, question)
            # 2
            self._require_signed(response, now)
            # 3
            next_update = require_fresh(single.this_update_utc, single.next_update_utc, now=now, max_age=MAX_AGE)
            _require_good(single)
        except UNREADABLE as error:
            raise NoEvidence("VA: answer does not parse") from error
        digest = hashlib.sha256(unverified_der).digest()
        return Evidence(Method.VA, now, single.this_update_utc, next_update, digest)

    def _require_signed(self, response: ocsp.OCSPResponse, now: datetime) -> None:
        if not self.certificate.not_valid_before_utc <= now <= self.certificate.not_valid_after_utc:
            raise NoEvidence("VA: the configured certificate is outside its time")
        if not self._is_named(response):
            raise NoEvidence("VA: answer of another responder than the configured one")
        if not isinstance(response.signature_hash_algorithm, hashes.SHA256):
            raise NoEvidence("VA: answer not signed with SHA-256")
        try:
            self.public_key.verify(
                response.signature, response.tbs_response_bytes, padding.PKCS1v15(), hashes.SHA256()
            )
        except InvalidSignature as error:
            raise NoEvidence("VA: answer not signed by the configured responder") from error

    def _is_named(self, response: ocsp.OCSPResponse) -> bool:
        """Whether the ResponderID (RFC 6960 section 4.2.1) is the configured certificate's."""
        if response.responder_name is not None:
            return response.responder_name == self.certificate.subject
        key_hash = x509.SubjectKeyIdentifier.from_public_key(self.public_key).digest
        return response.responder_key_hash == key_hash


def read_validation_authority(certificate_pem: bytes) -> ValidationAuthority:
    """The validation authority of a PEM certificate, which the operator trusts; only its key is looked at.

    Raises AuthorityRefused unless the key is RSA and long enough.
    """
    try:
        certificate = x509.load_pem_x509_certificate(certificate_pem)
        key = certificate.public_key()
    except UNREADABLE as error:
        raise AuthorityRefused(f"certificate cannot be read: {type(error).__name__}") from None
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < MINIMUM_KEY_BITS:
        raise AuthorityRefused(f"not an RSA key of {MINIMUM_KEY_BITS} bits or more")
    return ValidationAuthority(certificate, key)


def _read(unverified_der: bytes, question: Question) -> tuple[ocsp.OCSPResponse, ocsp.OCSPSingleResponse]:
    """The answer and its one SingleResponse, about our CertID, to our nonce. Raises NoEvidence, or UNREADABLE."""
    if len(unverified_der) > MAX_RESPONSE_BYTES:
        raise NoEvidence("VA: answer too large")
    response = ocsp.load_der_ocsp_response(unverified_der)
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise NoEvidence(f"VA: status {response.response_status.name}")
    singles = list(response.responses)
    if len(singles) != 1:
        raise NoEvidence("VA: answer about another number of certificates than the one asked for")
    if any(e.critical for e in (*response.extensions, *response.single_extensions)):
        raise NoEvidence("VA: unknown critical extension in the answer")
    nonces = [e.value.nonce for e in response.extensions if isinstance(e.value, x509.OCSPNonce)]
    if len(nonces) != 1 or not hmac.compare_digest(nonces[0], question.nonce):
        raise NoEvidence("VA: answer without our nonce")
    if not _is_about(singles[0], question):
        raise NoEvidence("VA: answer about another certificate")
    return response, singles[0]


def _is_about(single: ocsp.OCSPSingleResponse, question: Question) -> bool:
    said = (single.issuer_name_hash, single.issuer_key_hash, single.serial_number)
    asked = (question.anchor.name_hash, question.anchor.key_hash, question.serial)
    return isinstance(single.hash_algorithm, hashes.SHA1) and said == asked


def _require_good(single: ocsp.OCSPSingleResponse) -> None:
    if single.certificate_status is ocsp.OCSPCertStatus.REVOKED:
        raise revoked(_reason(single), revoked_at=single.revocation_time_utc)
    if single.certificate_status is not ocsp.OCSPCertStatus.GOOD:
        raise Refusal(Reason.CERTIFICATE_STATUS_UNKNOWN, "the validation authority does not know this certificate")


def _reason(single: ocsp.OCSPSingleResponse) -> str | None:
    """The reason, if the answer gives one that exists: a revocation counts without."""
    try:
        return single.revocation_reason.value if single.revocation_reason else None
    except ValueError:
        return None
