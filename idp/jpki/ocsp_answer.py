"""OCSP from the responder's side: what a client asks, and the signed answer to it (RFC 6960 section 4).

For clients that trust our certificate by their own configuration (section 4.2.2.2), whoever issued what they ask
about. Pure: what is known of the certificate is found out in between, elsewhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.ocsp import OCSPCertStatus, OCSPResponseStatus

from idp.errors import Reason, Refusal
from idp.jpki.certificate import SERIAL_END, UNREADABLE
from idp.jpki.revocation import Evidence, StatusRefused
from idp.jpki.trust import Anchor

MAX_REQUEST_BYTES = 4 * 1024
MAX_NONCE_BYTES = 128
"""RFC 9654 section 2.1: a longer nonce, and an empty one, makes a request malformed."""
BAD_NEWS_LIFE = timedelta(minutes=1)
"""How long a client may keep *revoked* and *unknown*: what is unknown now may be issued in a moment."""
UNTOLD = datetime(1970, 1, 1, tzinfo=UTC)
"""Time of a revocation whose time nobody told us: so long ago that no signature is saved by it."""
_NAMED_REASONS = {flag.value: flag for flag in x509.ReasonFlags if flag is not x509.ReasonFlags.unspecified}
_CERT_ID_HASHES = {"sha1": hashes.SHA1, "sha256": hashes.SHA256}


class NoAnswer(Exception):
    """A request that is answered with an OCSPResponseStatus alone, unsigned (RFC 6960 section 2.3)."""

    def __init__(self, status: OCSPResponseStatus) -> None:
        super().__init__(status.name)
        self.status = status

    def response(self) -> bytes:
        """The DER OCSPResponse."""
        return ocsp.OCSPResponseBuilder.build_unsuccessful(self.status).public_bytes(Encoding.DER)


@dataclass(frozen=True, slots=True)
class Enquiry:
    """One certificate that a client asks about: its issuing anchor, serial number, and how the client named it."""

    anchor: Anchor
    serial: int
    hash_algorithm: hashes.HashAlgorithm
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    nonce: bytes | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of the certificate; `revoked_at` for *revoked* alone, `reason` where it was told."""

    status: OCSPCertStatus
    this_update: datetime
    next_update: datetime
    revoked_at: datetime | None = None
    reason: x509.ReasonFlags | None = None


@dataclass(frozen=True, slots=True)
class FrontResponder:
    """Who signs our answers: a certificate that clients trust by their own configuration, and its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    def answer(self, enquiry: Enquiry, standing: Standing, *, now: datetime) -> bytes:
        """The signed DER OCSPResponse, nonce echoed, ResponderID by key; RSASSA-PKCS1-v1_5 with SHA-256.

        `producedAt` is the library's reading of the real clock. Raises NoAnswer (internalError) when the
        certificate is outside its time: no client could believe the answer.
        """
        if not self.certificate.not_valid_before_utc <= now <= self.certificate.not_valid_after_utc:
            raise NoAnswer(OCSPResponseStatus.INTERNAL_ERROR)
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response_by_hash(
                enquiry.issuer_name_hash,
                enquiry.issuer_key_hash,
                enquiry.serial,
                enquiry.hash_algorithm,
                standing.status,
                standing.this_update,
                standing.next_update,
                standing.revoked_at,
                standing.reason,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, self.certificate)
            .certificates([self.certificate])
        )
        if enquiry.nonce is not None:
            builder = builder.add_extension(x509.OCSPNonce(enquiry.nonce), critical=False)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)


def read_enquiry(unverified_der: bytes, anchors: Iterable[Anchor]) -> Enquiry:
    """What a DER OCSPRequest asks. Its signature, if any, proves nothing here: who may ask is decided elsewhere.

    Raises NoAnswer: malformedRequest for what is not one question about one certificate, or has a critical
    extension that we do not know; unauthorized for a certificate of another authority than the anchors.
    """
    if len(unverified_der) > MAX_REQUEST_BYTES:
        raise NoAnswer(OCSPResponseStatus.MALFORMED_REQUEST)
    try:
        request = ocsp.load_der_ocsp_request(unverified_der)
        nonce = _nonce(request.extensions)
        algorithm, serial = request.hash_algorithm, request.serial_number
        named = request.issuer_name_hash, request.issuer_key_hash
    except (*UNREADABLE, NotImplementedError) as error:  # NotImplementedError: several certificates
        raise NoAnswer(OCSPResponseStatus.MALFORMED_REQUEST) from error
    if not 0 < serial < SERIAL_END:  # RFC 5280 section 4.1.2.2: 20 octets at most
        raise NoAnswer(OCSPResponseStatus.MALFORMED_REQUEST)
    for anchor in anchors:
        if _issuer_hashes(anchor.certificate, algorithm.name) == named:
            return Enquiry(anchor, serial, algorithm, *named, nonce)
    raise NoAnswer(OCSPResponseStatus.UNAUTHORIZED)


def good(evidence: Evidence) -> Standing:
    """What our evidence says, in its own time."""
    return Standing(OCSPCertStatus.GOOD, evidence.this_update, evidence.next_update)


def bad(refusal: Refusal, *, now: datetime) -> Standing:
    """What a refusal of the revocation check says, learned just now.

    Raises NoAnswer (tryLater) for a refusal that tells nothing about the certificate.
    """
    if refusal.reason is Reason.CERTIFICATE_STATUS_UNKNOWN:
        return Standing(OCSPCertStatus.UNKNOWN, now, now + BAD_NEWS_LIFE)
    if refusal.reason is not Reason.CERTIFICATE_REVOKED:
        raise NoAnswer(OCSPResponseStatus.TRY_LATER)
    told = refusal.revoked_at if isinstance(refusal, StatusRefused) else None
    reason = _NAMED_REASONS.get(refusal.revocation_reason or "")
    return Standing(OCSPCertStatus.REVOKED, now, now + BAD_NEWS_LIFE, told or UNTOLD, reason)


def _nonce(extensions: x509.Extensions) -> bytes | None:
    found = None
    for extension in extensions:
        if isinstance(extension.value, x509.OCSPNonce):
            found = extension.value.nonce
            if not 0 < len(found) <= MAX_NONCE_BYTES:
                raise NoAnswer(OCSPResponseStatus.MALFORMED_REQUEST)
        elif extension.critical:
            raise NoAnswer(OCSPResponseStatus.MALFORMED_REQUEST)
    return found


@lru_cache(maxsize=256)
def _issuer_hashes(anchor: x509.Certificate, algorithm: str) -> tuple[bytes, bytes] | None:
    """Hashes of the issuer's name and key as a CertID has them (RFC 6960 section 4.1.1), None for other hashes."""
    known = _CERT_ID_HASHES.get(algorithm)
    if known is None:
        return None
    own = ocsp.OCSPRequestBuilder().add_certificate(anchor, anchor, known()).build()
    return own.issuer_name_hash, own.issuer_key_hash
