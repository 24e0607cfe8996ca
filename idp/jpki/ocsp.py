"""OCSP: the judgement of an answer by the authority's own responders, by the list of RFC 6960 section 3.2."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from msgspec import Struct

from idp.jpki.algorithms import PublicKey, read_key
from idp.jpki.certificate import UNREADABLE
from idp.jpki.ocsp_question import Question, parse, require_answer_to, require_good
from idp.jpki.octets import element, elements
from idp.jpki.revocation import Evidence, Method, NoEvidence, require_fresh
from idp.jpki.trust import Anchor

MAX_AGE = timedelta(minutes=30)
"""J-LIS refreshes its OCSP data every 15 minutes; twice that allows for one late snapshot."""


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
    response, single, nonce = parse(unverified_der)
    # 1
    require_answer_to(question, nonce, single)
    # 2, 3, 4
    _require_authorised_signer(unverified_der, response, question.anchor, now)
    # 5, 6
    this_update = single.this_update_utc
    next_update = require_fresh(this_update, single.next_update_utc, now=now, max_age=MAX_AGE)
    evidence = Evidence(Method.OCSP, now, this_update, next_update, hashlib.sha256(unverified_der).digest())
    require_good(single, evidence)
    return evidence


class _SignedParts(Struct, frozen=True):
    """The octets of a BasicOCSPResponse: what is signed, the algorithm, the signature's bits, `certs` or nothing.

    The bits begin with the octet that tells how many of the last one are unused.
    """

    tbs: bytes
    algorithm: bytes
    bits: bytes
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
    return _SignedParts(der[basic:tbs], der[tbs:algorithm], der[bits:signature], der[signature:end])


def _require_authorised_signer(
    unverified_der: bytes, response: ocsp.OCSPResponse, anchor: Anchor, now: datetime
) -> None:
    """The answer is signed as the authority's certificates are, by the authority or a responder of its own."""
    parts = _signed_parts(unverified_der)
    try:
        if parts.algorithm == anchor.algorithm.identifier and parts.bits.startswith(b"\0"):
            for key in _authorised_keys(response, parts.certificates, anchor, now):
                if anchor.algorithm.is_signed(key, parts.bits[1:], parts.tbs):
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


class _Delegate(Struct, frozen=True):
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
