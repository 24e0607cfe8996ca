"""A validation authority (VA): an OCSP responder that is trusted because our configuration names its certificate.

RFC 6960 section 4.2.2.2, the first of its three kinds of responder. The certification authority has no part in it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import ocsp

from idp.jpki.certificate import UNREADABLE
from idp.jpki.ocsp import MAX_AGE
from idp.jpki.ocsp_question import Question, parse, require_answer_to, require_good
from idp.jpki.revocation import Evidence, Method, NoEvidence, require_fresh

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
            response, single, nonce = parse(unverified_der)
            require_answer_to(question, nonce, single)
            # 2
            self._require_signed(response, now)
            # 3
            next_update = require_fresh(single.this_update_utc, single.next_update_utc, now=now, max_age=MAX_AGE)
            digest = hashlib.sha256(unverified_der).digest()
            evidence = Evidence(Method.VA, now, single.this_update_utc, next_update, digest)
            require_good(single, evidence)
        except UNREADABLE as error:
            raise NoEvidence("VA: answer does not parse") from error
        return evidence

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
