"""OCSP, what is asked and what an answer must say: RFC 6960 section 3.2, points 1, 2, 5 and 6."""

import hashlib

import pytest
from components import resigned
from components.hierarchy import DAY, NOW, SERIAL
from components.status import MINUTE, NONCE, ocsp_answer, unrecognized
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from idp.errors import Reason, Refusal
from idp.jpki.ocsp import judge
from idp.jpki.ocsp_question import MAX_RESPONSE_BYTES, Question
from idp.jpki.revocation import CLOCK_SKEW, Method, NoEvidence

SECOND = MINUTE / 60
GOOD, REVOKED, UNKNOWN = ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED, ocsp.OCSPCertStatus.UNKNOWN


def question(hierarchy):
    """The question about the card's certificate."""
    return Question(hierarchy.anchor, SERIAL, NONCE)


def judged(hierarchy, der):
    """The judgement of an answer to it."""
    return judge(der, question(hierarchy), now=NOW)


def answered(**deviation):
    """An answer with a deviation."""
    return lambda hierarchy: ocsp_answer(hierarchy, **deviation)


def edited(edit, before=lambda der: der):
    """A good answer, changed and signed again by its responder."""
    return lambda hierarchy: resigned.answer(before(ocsp_answer(hierarchy)), hierarchy.user.responder_key, edit)


def altered(change):
    """The bytes of a good answer, changed."""
    return lambda hierarchy: change(ocsp_answer(hierarchy))


def failure(status):
    """An answer that is an error message."""
    return lambda _hierarchy: ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)


def test_the_request_names_the_certificate_and_our_nonce(hierarchy):
    """The CertID is the one that the library makes from both certificates; the nonce goes with it."""
    certificate = hierarchy.certificate()
    issuer = hierarchy.user.certificate
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())
    expected = builder.add_extension(x509.OCSPNonce(NONCE), critical=False).build()
    assert expected.public_bytes(Encoding.DER) == question(hierarchy).request()


def test_a_good_answer_is_evidence(hierarchy):
    """With its times as signed, and the digest by which an auditor finds it again."""
    der = ocsp_answer(hierarchy)
    evidence = judged(hierarchy, der)
    assert (Method.OCSP, NOW, NOW - MINUTE, NOW + 14 * MINUTE, hashlib.sha256(der).digest(), False) == (
        evidence.method,
        evidence.checked_at,
        evidence.this_update,
        evidence.next_update,
        evidence.digest,
        evidence.fallback,
    )


UNREADABLE = {
    "nothing": lambda _h: b"",
    "an error page": lambda _h: b"<html>503</html>",
    "cut off": altered(lambda der: der[:-1]),
    "a byte after it": altered(lambda der: der + b"\0"),
    "two of them": altered(lambda der: der + der),
    "success without content": lambda _h: bytes.fromhex("30030a0100"),
    "a status that does not exist": lambda _h: bytes.fromhex("30030a0104"),
    "content of another type": altered(
        lambda der: der.replace(bytes.fromhex("2b0601050507300101"), bytes.fromhex("2b0601050507300102"), 1)
    ),
    "a version that does not exist": edited(lambda data: data.__setitem__("version", 1)),
    "an extension twice": edited(lambda data: data["response_extensions"].append(data["response_extensions"][0])),
    "a nonce that is no OCTET STRING": edited(
        resigned.unchanged, lambda der: der.replace(b"\4\x22\4\x20" + NONCE, b"\4\x22\2\x20" + NONCE, 1)
    ),
} | {
    status.name: failure(status)
    for status in ocsp.OCSPResponseStatus
    if status is not ocsp.OCSPResponseStatus.SUCCESSFUL
}
BESIDE_THE_QUESTION = {
    "another serial number": answered(serial=SERIAL + 1),
    "another generation": lambda h: ocsp_answer(h, about=h.newer),
    "the other kind's CA": lambda h: ocsp_answer(h, about=h.signature),
    "the CertID by another hash": answered(certid_hash=hashes.SHA256()),
    "SHA-1 hashes under another hash's name": edited(
        lambda data: data["responses"][0]["cert_id"].__setitem__("hash_algorithm", {"algorithm": "sha256"})
    ),
    "the issuer's key under another name": edited(
        lambda data: data["responses"][0]["cert_id"].__setitem__("issuer_name_hash", bytes(20))
    ),
    "the CertID by a hash that nobody knows": edited(
        lambda data: data["responses"][0]["cert_id"].__setitem__("hash_algorithm", {"algorithm": "1.2.3.4"})
    ),
    "no SingleResponse": edited(lambda data: data.__setitem__("responses", [])),
    "two of them about the certificate": edited(lambda data: data["responses"].append(data["responses"][0])),
    "no nonce": answered(nonce=None),
    "another nonce": answered(nonce=NONCE[::-1]),
    "the nonce's beginning": answered(nonce=NONCE[:16]),
    "unknown critical extension": answered(extra=(unrecognized("1.2.3.4", b"\5\0", critical=True),)),
    "from the future": answered(this_update=NOW + CLOCK_SKEW + SECOND),
    "without nextUpdate": answered(next_update=None),
}


@pytest.mark.parametrize("name", UNREADABLE | BESIDE_THE_QUESTION)
def test_an_answer_that_tells_nothing(hierarchy, name):
    """No evidence, and no exception of the parser's: the next method is asked."""
    with pytest.raises(NoEvidence) as none:
        judged(hierarchy, (UNREADABLE | BESIDE_THE_QUESTION)[name](hierarchy))
    assert not none.value.stale


STALE = {
    "thisUpdate of half an hour and a second": answered(this_update=NOW - 30 * MINUTE - SECOND),
    "nextUpdate past": answered(this_update=NOW - 20 * MINUTE, next_update=NOW - CLOCK_SKEW),
    "good, a day old": answered(this_update=NOW - DAY, next_update=NOW + DAY),
}


@pytest.mark.parametrize("name", STALE)
def test_an_old_answer_is_stale(hierarchy, name):
    """Authentic and old, which the operator is told as such."""
    with pytest.raises(NoEvidence) as none:
        judged(hierarchy, STALE[name](hierarchy))
    assert none.value.stale


def test_an_old_answer_by_nobody_is_not_even_stale(hierarchy):
    """The signer is judged before the age: a forger cannot pass for a slow responder."""
    old = ocsp_answer(hierarchy, this_update=NOW - DAY)
    der = resigned.answer(old, hierarchy.stranger_key, resigned.unchanged)
    with pytest.raises(NoEvidence) as none:
        judged(hierarchy, der)
    assert not none.value.stale


@pytest.mark.parametrize(
    "deviation",
    [
        {"this_update": NOW - 30 * MINUTE},
        {"this_update": NOW + CLOCK_SKEW},
        {"next_update": NOW - CLOCK_SKEW + SECOND},
        {"extra": (unrecognized("1.2.3.4", b"\5\0"),)},
    ],
    ids=["oldest", "their clock ahead", "end within the skew", "unknown extension, not critical"],
)
def test_an_answer_at_the_limit_is_evidence(hierarchy, deviation):
    """Each limit belongs to the accepted side."""
    assert judged(hierarchy, ocsp_answer(hierarchy, **deviation)).method == Method.OCSP


def about_another_too(data):
    """A second SingleResponse, about the next serial number, before ours."""
    other = data["responses"][0].copy()
    other["cert_id"]["serial_number"] = SERIAL + 1
    data["responses"] = [other, data["responses"][0]]


def test_one_answer_to_one_question(hierarchy):
    """RFC 6960 lets a responder say more than was asked; we refuse it, whose extensions we could not look at."""
    with pytest.raises(NoEvidence):
        judged(hierarchy, edited(about_another_too)(hierarchy))


def others_are_revoked(hierarchy):
    """Ours is good; the one before it in the same answer is revoked."""
    revoked = ocsp_answer(hierarchy, serial=SERIAL + 1, status=REVOKED)
    good = resigned.ocsp.OCSPResponse.load(ocsp_answer(hierarchy))["response_bytes"]["response"].parsed
    single = good["tbs_response_data"]["responses"][0]
    return resigned.answer(
        revoked,
        hierarchy.user.responder_key,
        lambda data: data["responses"].append(single),
    )


def test_only_our_own_status_counts(hierarchy):
    """Somebody else's revocation in the answer is not ours, and makes it no answer to our question."""
    with pytest.raises(NoEvidence):
        judged(hierarchy, others_are_revoked(hierarchy))


STATUSES = {
    "revoked without reason": (REVOKED, None, Reason.CERTIFICATE_REVOKED, "unspecified"),
    "key compromise": (REVOKED, x509.ReasonFlags.key_compromise, Reason.CERTIFICATE_REVOKED, "keyCompromise"),
    "superseded": (REVOKED, x509.ReasonFlags.superseded, Reason.CERTIFICATE_REVOKED, "superseded"),
    "on hold": (REVOKED, x509.ReasonFlags.certificate_hold, Reason.CERTIFICATE_REVOKED, "certificateHold"),
    "unknown": (UNKNOWN, None, Reason.CERTIFICATE_STATUS_UNKNOWN, None),
}


@pytest.mark.parametrize("name", STATUSES)
def test_a_status_that_is_not_good_refuses(hierarchy, name):
    """Revoked with its reason, unknown as unknown; neither lets another method be asked."""
    status, reason, code, told = STATUSES[name]
    with pytest.raises(Refusal) as refused:
        judged(hierarchy, ocsp_answer(hierarchy, status=status, reason=reason))
    assert (code, told) == (refused.value.reason, refused.value.revocation_reason)


def test_a_reason_that_does_not_exist_is_a_revocation_all_the_same(hierarchy):
    """The status counts, whatever is said of its cause."""
    told = ocsp_answer(hierarchy, status=REVOKED, reason=x509.ReasonFlags.key_compromise)
    odd = told.replace(bytes.fromhex("a0030a0101"), bytes.fromhex("a0030a0107"), 1)
    with pytest.raises(Refusal) as refused:
        judged(hierarchy, resigned.answer(odd, hierarchy.user.responder_key, resigned.unchanged))
    assert (refused.value.reason, refused.value.revocation_reason) == (Reason.CERTIFICATE_REVOKED, "unspecified")


def of_size(hierarchy, size):
    """A signed answer of exactly so many bytes, padded by an extension."""
    room = 20000
    grown = size - len(ocsp_answer(hierarchy, extra=(unrecognized("1.2.3.4", bytes(room)),)))
    return ocsp_answer(hierarchy, extra=(unrecognized("1.2.3.4", bytes(room + grown)),))


def test_the_greatest_size_is_read(hierarchy):
    """32 KiB are judged like any other answer."""
    der = of_size(hierarchy, MAX_RESPONSE_BYTES)
    assert (len(der), judged(hierarchy, der).method) == (MAX_RESPONSE_BYTES, Method.OCSP)


def test_one_byte_more_is_not_read(hierarchy):
    """A good answer is no evidence by its size alone."""
    with pytest.raises(NoEvidence, match="too large"):
        judged(hierarchy, of_size(hierarchy, MAX_RESPONSE_BYTES + 1))
