"""OCSP: the request we send and the judgement of the answer, by the list of RFC 6960 section 3.2."""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from idp.errors import Reason, Refusal
from idp.jpki.algorithms import PublicKey, read_key
from idp.jpki.certificate import UNREADABLE
from idp.jpki.octets import element, elements
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
        builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
            self.anchor.name_hash, self.anchor.key_hash, self.serial, _CERT_ID_HASH()
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
    response, single, nonce = _parse(unverified_der)
    # 1
    _require_answer_to(question, nonce, single)
    # 2, 3, 4
    _require_authorised_signer(unverified_der, response, question.anchor, now)
    # 5, 6
    this_update = single.this_update_utc
    next_update = require_fresh(this_update, single.next_update_utc, now=now, max_age=MAX_AGE)
    _require_good(single)
    return Evidence(Method.OCSP, now, this_update, next_update, hashlib.sha256(unverified_der).digest())


def _require_good(single: ocsp.OCSPSingleResponse) -> None:
    if single.certificate_status is ocsp.OCSPCertStatus.REVOKED:
        raise revoked(_reason(single))
    if single.certificate_status is not ocsp.OCSPCertStatus.GOOD:
        raise Refusal(Reason.CERTIFICATE_STATUS_UNKNOWN, "the responder does not know this certificate")


def _reason(single: ocsp.OCSPSingleResponse) -> str | None:
    """The reason, if the answer gives one that exists: a revocation counts without."""
    try:
        return single.revocation_reason.value if single.revocation_reason else None
    except ValueError:
        return None


def _parse(unverified_der: bytes) -> tuple[ocsp.OCSPResponse, ocsp.OCSPSingleResponse, bytes | None]:
    """A successful answer, the one SingleResponse in it, and its nonce."""
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
        for extension in (*response.extensions, *response.single_extensions):
            if extension.critical:
                raise NoEvidence("unknown critical extension in the OCSP answer")
        for extension in response.extensions:
            if isinstance(extension.value, x509.OCSPNonce):
                nonce = extension.value.nonce
    except UNREADABLE as error:
        raise NoEvidence("OCSP answer does not parse") from error
    return response, singles[0], nonce


def _require_answer_to(question: Question, nonce: bytes | None, single: ocsp.OCSPSingleResponse) -> None:
    """The answer carries our nonce, and its SingleResponse our CertID."""
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


class _SignedParts(NamedTuple):
    """The octets of a BasicOCSPResponse: what is signed, the algorithm, the signature, and `certs` or nothing."""

    tbs: bytes
    algorithm: bytes
    signature: bytes
    certificates: bytes


def _signed_parts(der: bytes) -> _SignedParts:
    """Out of an answer that was parsed (RFC 6960 section 4.2.1)."""
    _, status = element(der, element(der, 0)[0])
    response_bytes, _ = element(der, element(der, status)[0])
    _, response_type = element(der, response_bytes)
    basic, end = element(der, element(der, response_type)[0])
    _, tbs = element(der, basic)
    _, algorithm = element(der, tbs)
    bits, signature = element(der, algorithm)
    return _SignedParts(der[basic:tbs], der[tbs:algorithm], der[bits + 1 : signature], der[signature:end])


def _require_authorised_signer(
    unverified_der: bytes, response: ocsp.OCSPResponse, anchor: Anchor, now: datetime
) -> None:
    """The answer is signed as the authority's certificates are, by the authority or a responder of its own."""
    parts = _signed_parts(unverified_der)
    try:
        if parts.algorithm == anchor.algorithm.identifier:
            for key in _authorised_keys(response, parts.certificates, anchor, now):
                if anchor.algorithm.is_signed(key, parts.signature, parts.tbs):
                    return
    except UNREADABLE as error:
        raise NoEvidence("OCSP signer does not parse") from error
    raise NoEvidence("OCSP answer not signed by an authorised responder")


def _authorised_keys(
    response: ocsp.OCSPResponse, certificates: bytes, anchor: Anchor, now: datetime
) -> Iterator[PublicKey]:
    """The keys that may have signed: the anchor's, then those of responders in the answer that it authorised."""
    name, key_hash = response.responder_name, response.responder_key_hash  # one of them: RFC 6960 section 4.2.1
    if anchor.key_hash == key_hash or (name is not None and anchor.certificate.subject == name):
        yield anchor.public_key
    for delegate in _delegates(certificates, anchor):
        named = delegate.key_hash == key_hash or (name is not None and delegate.certificate.subject == name)
        if named and delegate.not_before <= now <= delegate.not_after:
            yield delegate.key


class _Delegate(NamedTuple):
    """A responder that its authority authorised. `key_hash`: SHA-1 of its public key's BIT STRING."""

    certificate: x509.Certificate
    key: PublicKey
    key_hash: bytes
    not_before: datetime
    not_after: datetime


@lru_cache(maxsize=64)  # a responder signs thousands of answers, and sends the same certificate with each
def _delegates(certificates: bytes, anchor: Anchor) -> tuple[_Delegate, ...]:
    """The responders that the anchor authorised by these certificates (`certs` of an answer, or b"").

    Their validity is asked of each answer anew.
    """
    if not certificates:
        return ()
    begin, end = element(certificates, element(certificates, 0)[0])
    found = (_delegate(der, anchor) for der in elements(certificates, begin, end))
    return tuple(delegate for delegate in found if delegate is not None)


def _delegate(der: bytes, anchor: Anchor) -> _Delegate | None:
    """A responder by RFC 6960 section 4.2.2.2, else None: issued by the anchor directly, OCSPSigning, nocheck.

    Its key is of the anchor's algorithm, and so is the signature on its certificate.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        found = read_key(certificate, (anchor.algorithm,))
        certificate.verify_directly_issued_by(anchor.certificate)
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        certificate.extensions.get_extension_for_class(x509.OCSPNoCheck)
    except (*UNREADABLE, InvalidSignature, x509.ExtensionNotFound):
        return None
    if found is None or certificate.signature_algorithm_oid != anchor.algorithm.oid:
        return None
    if ExtendedKeyUsageOID.OCSP_SIGNING not in purposes:
        return None
    return _Delegate(
        certificate=certificate,
        key=found.key,
        key_hash=x509.SubjectKeyIdentifier.from_public_key(found.key).digest,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )
