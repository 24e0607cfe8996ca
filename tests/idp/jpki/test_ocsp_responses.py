"""The responder's side of OCSP: requests of strangers read, what we know answered in signed words."""

import pytest
from asn1crypto import ocsp as asn1
from components.forgery import new_key
from components.hierarchy import DAY, NOW, SERIAL
from components.status import MINUTE, NONCE
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.ocsp import OCSPCertStatus, OCSPResponseStatus

from idp.errors import Reason, Refusal
from idp.jpki import ocsp_answer
from idp.jpki.front_certificate import front_certificate
from idp.jpki.ocsp_answer import FrontResponder, NoAnswer, Standing, bad, good, read_enquiry
from idp.jpki.ocsp_question import Question
from idp.jpki.revocation import Evidence, Method, revoked

EVIDENCE = Evidence(Method.CRL, NOW, NOW - 5 * MINUTE, NOW + 10 * MINUTE, bytes(32))
MALFORMED, UNAUTHORIZED = OCSPResponseStatus.MALFORMED_REQUEST, OCSPResponseStatus.UNAUTHORIZED


@pytest.fixture(scope="module")
def front():
    """The responder that the tenant's clients trust."""
    key = new_key()
    lifetime = {"not_before": NOW - DAY, "not_after": NOW + DAY}
    return FrontResponder(front_certificate(key, "OCSP front", serial=7, **lifetime), key)


def request_of(authority, *, serial=SERIAL, nonce=NONCE, algorithm=None, extra=()):
    """A request about a certificate of that authority."""
    algorithm = algorithm or hashes.SHA1()
    same = (
        ocsp.OCSPRequestBuilder().add_certificate(authority.certificate, authority.certificate, algorithm).build()
    )
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        same.issuer_name_hash, same.issuer_key_hash, serial, algorithm
    )
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    for value, critical in extra:
        builder = builder.add_extension(value, critical=critical)
    return builder.build().public_bytes(Encoding.DER)


def swapped(der, old, new):
    """The request with octets exchanged."""
    assert der.count(old) == 1
    return der.replace(old, new)


@pytest.mark.parametrize("algorithm", [hashes.SHA1(), hashes.SHA256()], ids=["SHA-1", "SHA-256"])
@pytest.mark.parametrize("name", ["user", "newer", "signature"])
def test_every_anchor_is_found_by_its_key(hierarchy, name, algorithm):
    """Generations of one name are told apart; both hashes are understood."""
    authority = getattr(hierarchy, name)
    enquiry = read_enquiry(request_of(authority, algorithm=algorithm), hierarchy.anchors)
    assert (enquiry.anchor.certificate, enquiry.serial, enquiry.nonce) == (authority.certificate, SERIAL, NONCE)


def two_questions(hierarchy):
    """A request about two certificates."""
    parsed = asn1.OCSPRequest.load(request_of(hierarchy.user))
    requests = parsed["tbs_request"]["request_list"]
    requests.append(requests[0].copy())
    return parsed.dump(force=True)


OID = x509.ObjectIdentifier("1.2.3.4")
UNKNOWN_CRITICAL = (x509.UnrecognizedExtension(OID, b"\5\0"), True)
UNREADABLE = {
    "nothing": lambda h: b"",
    "garbage": lambda h: bytes(range(256)),
    "cut off": lambda h: request_of(h.user)[:-1],
    "a byte after it": lambda h: request_of(h.user) + b"\0",
    "too large": lambda h: request_of(h.user, extra=[(x509.UnrecognizedExtension(OID, bytes(4096)), False)]),
    "a critical extension that we do not know": lambda h: request_of(h.user, extra=[UNKNOWN_CRITICAL]),
    "an empty nonce": lambda h: request_of(h.user, nonce=b""),
    "a nonce of 129 octets": lambda h: request_of(h.user, nonce=bytes(129)),
    "a serial number below zero": lambda h: swapped(
        request_of(h.user), bytes.fromhex("02047e000001"), bytes.fromhex("0204fe000001")
    ),
    "the serial number zero": lambda h: swapped(
        request_of(h.user, serial=0x7E), bytes.fromhex("02017e"), bytes.fromhex("020100")
    ),
    "two certificates": two_questions,
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_single_question_is_malformed(hierarchy, name):
    """One word for all of it, and no exception of the parser's."""
    with pytest.raises(NoAnswer) as none:
        read_enquiry(UNREADABLE[name](hierarchy), hierarchy.anchors)
    assert none.value.status is MALFORMED
    assert ocsp.load_der_ocsp_response(none.value.response()).response_status is MALFORMED


FOREIGN = {
    "another authority": lambda h: (request_of(h.user), [a for a in h.anchors if a != h.anchor]),
    "the issuer's key under another name": lambda h: (
        swapped(request_of(h.user), h.anchor.name_hash, bytes(20)),
        h.anchors,
    ),
    "a hash that we do not take": lambda h: (request_of(h.user, algorithm=hashes.SHA512()), h.anchors),
    "no anchors": lambda h: (request_of(h.user), []),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_other_authorities_are_not_ours_to_speak_of(hierarchy, name):
    """Unauthorized, as RFC 6960 calls it."""
    der, anchors = FOREIGN[name](hierarchy)
    with pytest.raises(NoAnswer) as none:
        read_enquiry(der, anchors)
    assert none.value.status is UNAUTHORIZED


@pytest.mark.parametrize("nonce", [NONCE, b"n", bytes(128), None], ids=["32", "1", "128", "none"])
def test_the_answer_repeats_the_question(hierarchy, front, nonce):
    """CertID by the client's hash, nonce echoed and never made up, times of our evidence, signed by our key."""
    request = request_of(hierarchy.user, nonce=nonce, algorithm=hashes.SHA256())
    enquiry = read_enquiry(request, hierarchy.anchors)
    answer = ocsp.load_der_ocsp_response(front.answer(enquiry, good(EVIDENCE), now=NOW))
    asked = ocsp.load_der_ocsp_request(request)
    for name in ("issuer_name_hash", "issuer_key_hash", "serial_number"):
        assert getattr(answer, name) == getattr(asked, name)
    assert answer.hash_algorithm.name == "sha256"
    assert [extension.value for extension in answer.extensions] == ([x509.OCSPNonce(nonce)] if nonce else [])
    assert (answer.this_update_utc, answer.next_update_utc) == (EVIDENCE.this_update, EVIDENCE.next_update)
    assert answer.certificate_status is OCSPCertStatus.GOOD
    assert answer.certificates == [front.certificate]
    front.key.public_key().verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize(
    ("reason", "flag"),
    [("keyCompromise", x509.ReasonFlags.key_compromise), ("unspecified", None), ("certificateHold", "hold")],
)
def test_revoked_with_what_was_told(hierarchy, front, reason, flag):
    """Reason and time where we have them; a reason left unspecified is left out."""
    standing = bad(revoked(reason, revoked_at=NOW - DAY), now=NOW)
    answer = ocsp.load_der_ocsp_response(front.answer(enquiry_of(hierarchy), standing, now=NOW))
    assert answer.certificate_status is OCSPCertStatus.REVOKED
    assert answer.revocation_time_utc == NOW - DAY
    assert answer.revocation_reason is (x509.ReasonFlags.certificate_hold if flag == "hold" else flag)
    assert (answer.this_update_utc, answer.next_update_utc) == (NOW, NOW + MINUTE)


@pytest.mark.parametrize(
    "refusal", [revoked("superseded"), Refusal(Reason.CERTIFICATE_REVOKED)], ids=["no time", "neither"]
)
def test_a_revocation_of_unknown_time_was_always_one(refusal):
    """No signature becomes valid because nobody told us when."""
    standing = bad(refusal, now=NOW)
    assert (standing.status, standing.revoked_at) == (OCSPCertStatus.REVOKED, ocsp_answer.UNTOLD)


def test_unknown_is_said_for_a_moment(hierarchy, front):
    """What is unknown now may be issued in a minute."""
    standing = bad(Refusal(Reason.CERTIFICATE_STATUS_UNKNOWN), now=NOW)
    answer = ocsp.load_der_ocsp_response(front.answer(enquiry_of(hierarchy), standing, now=NOW))
    assert (answer.certificate_status, answer.next_update_utc) == (OCSPCertStatus.UNKNOWN, NOW + MINUTE)


@pytest.mark.parametrize("reason", [Reason.REVOCATION_UNAVAILABLE, Reason.EVIDENCE_TOO_OLD])
def test_without_evidence_one_may_try_later(reason):
    """We never say good, and never unknown, because nobody answered us."""
    with pytest.raises(NoAnswer) as none:
        bad(Refusal(reason), now=NOW)
    assert none.value.status is OCSPResponseStatus.TRY_LATER


@pytest.mark.parametrize("now", [NOW - DAY - MINUTE, NOW + DAY + MINUTE], ids=["before", "after"])
def test_a_responder_outside_its_time_says_nothing(hierarchy, front, now):
    """No client could believe it."""
    standing = Standing(OCSPCertStatus.GOOD, now, now + MINUTE)
    with pytest.raises(NoAnswer) as none:
        front.answer(enquiry_of(hierarchy), standing, now=now)
    assert none.value.status is OCSPResponseStatus.INTERNAL_ERROR


def test_an_extension_that_we_may_pass_over_is(hierarchy):
    """What is not critical is no reason to refuse."""
    request = request_of(hierarchy.user, extra=[(UNKNOWN_CRITICAL[0], False)])
    assert read_enquiry(request, hierarchy.anchors).nonce == NONCE


def test_our_own_questions_are_understood(hierarchy):
    """What we ask others, we can be asked."""
    enquiry = read_enquiry(Question(hierarchy.anchor, SERIAL, NONCE).request(), hierarchy.anchors)
    assert (enquiry.anchor, enquiry.serial, enquiry.nonce) == (hierarchy.anchor, SERIAL, NONCE)


def enquiry_of(hierarchy):
    """A question about the card's certificate."""
    return read_enquiry(request_of(hierarchy.user), hierarchy.anchors)


def test_the_certificate_is_for_signing_answers_alone(front):
    """OCSPSigning, no authority, signed by itself."""
    certificate = front.certificate
    certificate.verify_directly_issued_by(certificate)
    extensions = {type(extension.value): extension for extension in certificate.extensions}
    assert list(extensions[x509.ExtendedKeyUsage].value) == [x509.ExtendedKeyUsageOID.OCSP_SIGNING]
    assert not extensions[x509.BasicConstraints].value.ca
    assert extensions[x509.KeyUsage].value.digital_signature
    assert not extensions[x509.KeyUsage].value.key_cert_sign
