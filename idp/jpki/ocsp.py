"""OCSP: the request we send and the judgement of the answer, by the list of RFC 6960 section 3.2."""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from idp.errors import Reason, Refusal
from idp.jpki.certificate import UNREADABLE
from idp.jpki.revocation import Evidence, Method, NoEvidence, require_fresh, revoked
from idp.jpki.trust import Anchor

MAX_AGE = timedelta(minutes=30)
"""J-LIS refreshes its OCSP data every 15 minutes; twice that allows for one late snapshot."""
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
        name_hash, key_hash = _issuer_hashes(self.anchor.certificate)
        builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
            name_hash, key_hash, self.serial, _CERT_ID_HASH()
        )
        return builder.add_extension(x509.OCSPNonce(self.nonce), False).build().public_bytes(Encoding.DER)


def judge(unverified_der: bytes, question: Question, *, now: datetime) -> Evidence:
    """Evidence that the certificate is good.

    What is proven (RFC 6960 section 3.2), and what happens otherwise:

    1. the answer is about the certificate asked for, and about our nonce: NoEvidence;
    2. its signature is valid: NoEvidence;
    3. the signer is the anchor itself or a responder that the anchor issued directly: NoEvidence;
    4. that responder is authorised to sign now (OCSPSigning, nocheck, inside its time): NoEvidence;
    5. and 6. thisUpdate and nextUpdate enclose now, and the data are fresh: NoEvidence, stale if old.

    Then the status: *revoked* raises Refusal with CERTIFICATE_REVOKED, *unknown* CERTIFICATE_STATUS_UNKNOWN.
    """
    response = _parse(unverified_der)
    # 1
    single = _require_answer_to(question, response)
    # 2, 3, 4
    _require_authorised_signer(response, question.anchor, now)
    # 5, 6
    next_update = require_fresh(single.this_update_utc, single.next_update_utc, now=now, max_age=MAX_AGE)
    _require_good(single)
    digest = hashlib.sha256(unverified_der).digest()
    return Evidence(Method.OCSP, now, single.this_update_utc, next_update, digest)


def _require_good(single: ocsp.OCSPSingleResponse) -> None:
    if single.certificate_status is ocsp.OCSPCertStatus.REVOKED:
        raise revoked(_reason(single))
    if single.certificate_status is not ocsp.OCSPCertStatus.GOOD:
        raise Refusal(Reason.CERTIFICATE_STATUS_UNKNOWN, "the responder does not know this certificate")


def _parse(unverified_der: bytes) -> ocsp.OCSPResponse:
    if len(unverified_der) > MAX_RESPONSE_BYTES:
        raise NoEvidence("OCSP answer too large")
    try:
        response = ocsp.load_der_ocsp_response(unverified_der)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise NoEvidence(f"OCSP status {response.response_status.name}")
        if len(list(response.responses)) != 1:  # the extensions of one among several cannot be looked at
            raise NoEvidence("OCSP answer about another number of certificates than the one asked for")
        critical = [e for e in (*response.extensions, *response.single_extensions) if e.critical]
    except UNREADABLE as error:
        raise NoEvidence("OCSP answer does not parse") from error
    if critical:
        raise NoEvidence("unknown critical extension in the OCSP answer")
    return response


def _require_answer_to(question: Question, response: ocsp.OCSPResponse) -> ocsp.OCSPSingleResponse:
    """The one SingleResponse for our CertID, in an answer to our nonce."""
    try:
        nonce = response.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound as error:
        raise NoEvidence("OCSP answer without nonce") from error
    if not hmac.compare_digest(nonce, question.nonce):
        raise NoEvidence("OCSP answer to another nonce")
    name_hash, key_hash = _issuer_hashes(question.anchor.certificate)
    try:
        matching = [
            single
            for single in response.responses
            if isinstance(single.hash_algorithm, _CERT_ID_HASH)
            and single.issuer_name_hash == name_hash
            and single.issuer_key_hash == key_hash
            and single.serial_number == question.serial
        ]
    except UNREADABLE as error:
        raise NoEvidence("OCSP answer with a CertID that nobody can read") from error
    if len(matching) != 1:
        raise NoEvidence("OCSP answer about another certificate")
    return matching[0]


def _require_authorised_signer(response: ocsp.OCSPResponse, anchor: Anchor, now: datetime) -> None:
    try:
        for key in _authorised_keys(response, anchor, now):
            if _signed_by(response, key):
                return
    except UNREADABLE as error:
        raise NoEvidence("OCSP signer does not parse") from error
    raise NoEvidence("OCSP answer not signed by an authorised responder")


def _authorised_keys(response: ocsp.OCSPResponse, anchor: Anchor, now: datetime) -> Iterator[rsa.RSAPublicKey]:
    """The keys that may have signed: the anchor's, then those of responders in the answer that it authorised."""
    if _is_responder(anchor.certificate, response):
        yield anchor.public_key
    for certificate in response.certificates:
        alive = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
        if alive and _is_responder(certificate, response):
            key = _delegate_key(certificate, anchor.certificate)
            if key is not None:
                yield key


def _is_responder(certificate: x509.Certificate, response: ocsp.OCSPResponse) -> bool:
    """Whether the ResponderID (RFC 6960 section 4.2.1) names this certificate."""
    if response.responder_name is not None:
        return certificate.subject == response.responder_name
    return _key_hash(certificate) == response.responder_key_hash


@lru_cache(maxsize=64)
def _key_hash(certificate: x509.Certificate) -> bytes | None:
    """KeyHash of a ResponderID: SHA-1 of the BIT STRING of an RSA key, else None."""
    key = certificate.public_key()
    return x509.SubjectKeyIdentifier.from_public_key(key).digest if isinstance(key, rsa.RSAPublicKey) else None


@lru_cache(maxsize=64)  # a responder signs thousands of answers with one certificate
def _delegate_key(certificate: x509.Certificate, anchor: x509.Certificate) -> rsa.RSAPublicKey | None:
    """The key of a responder that the anchor authorised, else None.

    RFC 6960 section 4.2.2.2: issued directly, OCSPSigning, nocheck. Its validity is asked of each answer anew.
    """
    key = certificate.public_key()
    try:
        certificate.verify_directly_issued_by(anchor)
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        certificate.extensions.get_extension_for_class(x509.OCSPNoCheck)
    except (InvalidSignature, x509.ExtensionNotFound):
        return None
    return key if isinstance(key, rsa.RSAPublicKey) and ExtendedKeyUsageOID.OCSP_SIGNING in purposes else None


def _signed_by(response: ocsp.OCSPResponse, key: rsa.RSAPublicKey) -> bool:
    """RSASSA-PKCS1-v1_5 with SHA-256 and nothing else, as JPKI's certificates are signed."""
    if not isinstance(response.signature_hash_algorithm, hashes.SHA256):
        return False
    try:
        key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=64)
def _reason(single: ocsp.OCSPSingleResponse) -> str | None:
    """The reason, if the answer gives one that exists: a revocation counts without."""
    try:
        return single.revocation_reason.value if single.revocation_reason else None
    except ValueError:
        return None


def _issuer_hashes(anchor: x509.Certificate) -> tuple[bytes, bytes]:
    """SHA-1 of the issuer's name in DER, and of its PKCS#1 public key (RFC 6960 section 4.1.1)."""
    name = anchor.subject.public_bytes()
    key = anchor.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    return hashlib.sha1(name, usedforsecurity=False).digest(), hashlib.sha1(key, usedforsecurity=False).digest()
