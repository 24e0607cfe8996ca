"""A real OCSP responder over the published state: one URL for every generation, told apart by issuerKeyHash.

RFC 6960. Answers are signed by a responder that the CA delegated; a certificate never issued is *unknown*.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp

from connectors.sandbox import asker, issuing
from connectors.sandbox.authority import Authority
from connectors.sandbox.publication import OCSP_PERIOD
from connectors.sandbox.state import Issued, OcspMode, State

MAX_REQUEST_BYTES = 16 * 1024
_RESPONDER_LIFE = timedelta(days=7)
_RESPONDER_SERIAL = 0x7F000000


def answer(authorities: Sequence[Authority], state: State, unverified_request: bytes, now: datetime) -> bytes:
    """The DER OCSPResponse to a DER OCSPRequest about one certificate; about several: malformedRequest.

    In the mode SIGNED an unsigned request is answered with sigRequired.
    """
    try:
        if state.ocsp_mode is OcspMode.SIGNED and not asker.is_signed(unverified_request):
            return _failure(ocsp.OCSPResponseStatus.SIG_REQUIRED)
        request = ocsp.load_der_ocsp_request(unverified_request)
        nonce = _nonce(request)
        issuer = next((a for a in authorities if _issued_by(a, request)), None)
    except (ValueError, TypeError, NotImplementedError, UnsupportedAlgorithm, x509.DuplicateExtension):
        return _failure(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
    if request.serial_number < 0:
        return _failure(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
    if issuer is None:
        return _failure(ocsp.OCSPResponseStatus.UNAUTHORIZED)
    issued = state.find(issuer.kind, issuer.generation, request.serial_number)
    status, at, reason = _status(issued)
    responder = _responder(issuer, now)
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response_by_hash(
            request.issuer_name_hash,
            request.issuer_key_hash,
            request.serial_number,
            request.hash_algorithm,
            status,
            state.ocsp_at,
            state.ocsp_at + OCSP_PERIOD,
            at,
            reason,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, responder)
        .certificates([responder])
    )
    if nonce is not None:
        builder = builder.add_extension(nonce, critical=False)
    return builder.sign(issuer.responder_key, hashes.SHA256()).public_bytes(Encoding.DER)


def _nonce(request: ocsp.OCSPRequest) -> x509.OCSPNonce | None:
    try:
        return request.extensions.get_extension_for_class(x509.OCSPNonce).value
    except x509.ExtensionNotFound:
        return None


def _issued_by(authority: Authority, request: ocsp.OCSPRequest) -> bool:
    """Whether both hashes of the CertID are this generation's (SHA-1 or SHA-256)."""
    digest = {"sha1": _sha1, "sha256": _sha256}.get(request.hash_algorithm.name)
    if digest is None:
        return False
    key = authority.key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    return (digest(authority.certificate.subject.public_bytes()), digest(key)) == (
        request.issuer_name_hash,
        request.issuer_key_hash,
    )


def _sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _status(
    issued: Issued | None,
) -> tuple[ocsp.OCSPCertStatus, datetime | None, x509.ReasonFlags | None]:
    if issued is None:
        return ocsp.OCSPCertStatus.UNKNOWN, None, None
    revocation = issued.revocation
    if revocation is None or not revocation.in_ocsp:
        return ocsp.OCSPCertStatus.GOOD, None, None
    return ocsp.OCSPCertStatus.REVOKED, revocation.at, revocation.reason


def _responder(issuer: Authority, now: datetime) -> x509.Certificate:
    """This week's responder certificate."""
    week = int(now.timestamp() // _RESPONDER_LIFE.total_seconds())
    begin = datetime.fromtimestamp(week * _RESPONDER_LIFE.total_seconds(), now.tzinfo) - timedelta(days=1)
    return issuing.responder_certificate(
        issuer,
        serial=_RESPONDER_SERIAL + week,
        not_before=begin,
        not_after=begin + _RESPONDER_LIFE + timedelta(days=2),
    )


def _failure(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)
