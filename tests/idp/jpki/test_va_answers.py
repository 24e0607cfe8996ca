"""Answers of a validation authority: the rules of OCSP, and one signer whom our configuration names."""

import hashlib
import re

import pytest
from components import resigned
from components.forgery import elliptic_key, new_key
from components.hierarchy import DAY, NOW, SERIAL
from components.status import MINUTE, NONCE, ocsp_answer, responder, unrecognized
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from idp.errors import Reason, Refusal
from idp.jpki.front_certificate import front_certificate
from idp.jpki.ocsp_question import Question
from idp.jpki.revocation import Method, NoEvidence, StatusRefused
from idp.jpki.va import AuthorityRefused, ValidationAuthority, read_validation_authority

BY_NAME = ocsp.OCSPResponderEncoding.NAME
REVOKED, UNKNOWN = ocsp.OCSPCertStatus.REVOKED, ocsp.OCSPCertStatus.UNKNOWN
SHA256_WITH_RSA = bytes.fromhex("06092a864886f70d01010b")
LATE = {"this_update": NOW - 31 * MINUTE}


def certificate_of(key, **lifetime):
    """A certificate that no certification authority of the hierarchy issued."""
    own = {"not_before": NOW - DAY, "not_after": NOW + DAY, **lifetime}
    return front_certificate(key, "Validation Authority", serial=1, **own)


@pytest.fixture(scope="module")
def va(hierarchy):
    """The configured authority, whose key is the stranger's."""
    certificate = certificate_of(hierarchy.stranger_key)
    return ValidationAuthority(certificate, hierarchy.stranger_key.public_key())


def answered(hierarchy, va, **deviation):
    """Its answer about the card's certificate."""
    return ocsp_answer(hierarchy, **{"signer": va.certificate, "signing_key": hierarchy.stranger_key, **deviation})


def judged(hierarchy, va, der, now=NOW):
    """Its judgement."""
    return va.judge(der, Question(hierarchy.anchor, SERIAL, NONCE), now=now)


@pytest.mark.parametrize(
    "deviation",
    [{}, {"responder_id": BY_NAME}, {"certificates": ()}],
    ids=["by key", "by name", "its certificate left out"],
)
def test_good_is_evidence(hierarchy, va, deviation):
    """Method VA, the times of the answer, and its digest."""
    der = answered(hierarchy, va, **deviation)
    evidence = judged(hierarchy, va, der)
    assert (evidence.method, evidence.fallback, evidence.checked_at) == (Method.VA, False, NOW)
    assert (evidence.this_update, evidence.next_update) == (NOW - MINUTE, NOW + 14 * MINUTE)
    assert evidence.digest == hashlib.sha256(der).digest()


def test_revoked_is_a_refusal_with_reason_and_time(hierarchy, va):
    """Who asks on behalf of others can tell them when."""
    der = answered(hierarchy, va, status=REVOKED, reason=x509.ReasonFlags.key_compromise)
    with pytest.raises(StatusRefused) as refusal:
        judged(hierarchy, va, der)
    assert (refusal.value.reason, refusal.value.revocation_reason) == (Reason.CERTIFICATE_REVOKED, "keyCompromise")
    assert refusal.value.revoked_at == NOW - DAY


def test_revoked_counts_without_a_reason_that_exists(hierarchy, va):
    """Reason 7 means nothing in X.509; the revocation stands."""
    told = answered(hierarchy, va, status=REVOKED, reason=x509.ReasonFlags.key_compromise)
    odd = told.replace(bytes.fromhex("a0030a0101"), bytes.fromhex("a0030a0107"), 1)
    with pytest.raises(StatusRefused) as refusal:
        judged(hierarchy, va, resigned.answer(odd, hierarchy.stranger_key, resigned.unchanged))
    assert refusal.value.revocation_reason == "unspecified"


def test_unknown_is_a_refusal(hierarchy, va):
    """A validation authority that does not know a certificate says nothing good of it."""
    with pytest.raises(Refusal) as refusal:
        judged(hierarchy, va, answered(hierarchy, va, status=UNKNOWN))
    assert refusal.value.reason is Reason.CERTIFICATE_STATUS_UNKNOWN


NO_EVIDENCE = {
    "the anchor's own responder": (
        lambda h, _: ocsp_answer(h),
        "another responder",
    ),
    "the anchor itself": (
        lambda h, _: ocsp_answer(h, signer=h.user.certificate, certificates=(), signing_key=h.user.key),
        "another responder",
    ),
    "another key under its name": (
        lambda h, va: resigned.answer(answered(h, va, responder_id=BY_NAME), h.card_key, resigned.unchanged),
        "not signed by",
    ),
    "another key that names its key": (
        lambda h, va: resigned.answer(answered(h, va), h.card_key, resigned.unchanged),
        "not signed by",
    ),
    "a responder that the authority delegated": (
        lambda h, va: ocsp_answer(
            h, signer=responder(h.user, key=h.card_key, signing_key=h.stranger_key), signing_key=h.card_key
        ),
        "another responder",
    ),
    "SHA-512": (lambda h, va: answered(h, va, hash_algorithm=hashes.SHA512()), "SHA-256"),
    "an algorithm that nobody knows": (
        lambda h, va: answered(h, va, certificates=()).replace(SHA256_WITH_RSA, SHA256_WITH_RSA[:-1] + b"\x63"),
        "VA: answer does not parse",
    ),
    "another nonce": (lambda h, va: answered(h, va, nonce=bytes(32)), "nonce"),
    "no nonce": (lambda h, va: answered(h, va, nonce=None), "nonce"),
    "another serial number": (lambda h, va: answered(h, va, serial=SERIAL + 1), "another certificate"),
    "another generation": (lambda h, va: answered(h, va, about=h.newer), "another certificate"),
    "another kind": (lambda h, va: answered(h, va, about=h.signature), "another certificate"),
    "SHA-1 hashes under another hash's name": (
        lambda h, va: resigned.answer(
            answered(h, va),
            h.stranger_key,
            lambda part: part["responses"][0]["cert_id"].__setitem__("hash_algorithm", {"algorithm": "sha256"}),
        ),
        "another certificate",
    ),
    "a CertID of SHA-256": (lambda h, va: answered(h, va, certid_hash=hashes.SHA256()), "another certificate"),
    "an unknown critical extension": (
        lambda h, va: answered(h, va, extra=[unrecognized("1.2.3.4", b"\x05\x00", critical=True)]),
        "critical",
    ),
    "from the future": (lambda h, va: answered(h, va, this_update=NOW + 2 * MINUTE), "future"),
    "without end": (lambda h, va: answered(h, va, next_update=None), "nextUpdate"),
    "garbage": (lambda _h, _va: bytes(range(256)), "does not parse"),
    "nothing": (lambda _h, _va: b"", "does not parse"),
    "too large": (lambda h, va: answered(h, va) + bytes(32 * 1024), "too large"),
    "tryLater": (
        lambda _h, _va: ocsp.OCSPResponseBuilder.build_unsuccessful(
            ocsp.OCSPResponseStatus.TRY_LATER
        ).public_bytes(Encoding.DER),
        "TRY_LATER",
    ),
    "an answer about two": (
        lambda h, va: resigned.answer(
            answered(h, va), h.stranger_key, lambda part: part["responses"].append(part["responses"][0])
        ),
        "number of certificates",
    ),
    "an answer about none": (
        lambda h, va: resigned.answer(
            answered(h, va), h.stranger_key, lambda part: part.__setitem__("responses", [])
        ),
        "number of certificates",
    ),
}


@pytest.mark.parametrize("name", NO_EVIDENCE)
def test_no_evidence(hierarchy, va, name):
    """Whatever the configured key did not say now about this certificate proves nothing."""
    der, why = NO_EVIDENCE[name]
    with pytest.raises(NoEvidence, match=re.escape(why)) as failure:
        judged(hierarchy, va, der(hierarchy, va))
    assert not failure.value.stale


@pytest.mark.parametrize("deviation", [LATE, {"next_update": NOW - MINUTE}], ids=["31 minutes", "past its end"])
def test_old_evidence_is_told_apart(hierarchy, va, deviation):
    """Authentic but old: another person's business."""
    with pytest.raises(NoEvidence) as failure:
        judged(hierarchy, va, answered(hierarchy, va, **deviation))
    assert failure.value.stale


@pytest.mark.parametrize("now", [NOW - DAY - MINUTE, NOW + DAY + MINUTE], ids=["before", "after"])
def test_outside_its_time_it_is_not_believed(hierarchy, va, now):
    """The configured certificate's own lifetime holds."""
    der = answered(hierarchy, va, this_update=now - MINUTE, next_update=now + MINUTE)
    with pytest.raises(NoEvidence, match="outside its time"):
        judged(hierarchy, va, der, now)


def test_a_certificate_is_an_authority(va):
    """As its PEM is read."""
    assert read_validation_authority(va.certificate.public_bytes(Encoding.PEM)) == va


@pytest.mark.parametrize(
    "pem",
    [
        lambda h: b"",
        lambda h: h.user.certificate.public_bytes(Encoding.DER),
        lambda h: certificate_of(new_key(1024)).public_bytes(Encoding.PEM),
        lambda h: certificate_of(elliptic_key()).public_bytes(Encoding.PEM),
    ],
    ids=["nothing", "DER", "a short key", "an elliptic key"],
)
def test_another_certificate_is_refused(hierarchy, pem):
    """What could never judge is refused at the start."""
    with pytest.raises(AuthorityRefused, match=r"cannot be read|not an RSA key"):
        read_validation_authority(pem(hierarchy))
