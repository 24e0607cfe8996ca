"""OCSP: each thing that an answer can fail by, from real bytes and by its own words, which operators read."""

import pytest
from components import resigned
from components.hierarchy import DAY, NOW, SERIAL
from components.status import MINUTE, NONCE, ocsp_answer, responder, unrecognized
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from vectors import rewritten
from vectors.jpki_raw import oid, seq, tlv

from idp.errors import Reason, Refusal
from idp.jpki.ocsp import judge
from idp.jpki.ocsp_question import MAX_RESPONSE_BYTES, Question
from idp.jpki.revocation import NoEvidence

REVOKED, UNKNOWN = ocsp.OCSPCertStatus.REVOKED, ocsp.OCSPCertStatus.UNKNOWN
TRY_LATER = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)


def edited(hierarchy, edit) -> bytes:
    """A good answer, changed, and signed by its responder."""
    return resigned.answer(ocsp_answer(hierarchy), hierarchy.user.responder_key, edit)


def twice(data) -> None:
    """The SingleResponse stands twice."""
    data["responses"].append(data["responses"][0])


def odd_hash(data) -> None:
    """A CertID by a hash that nobody knows."""
    data["responses"][0]["cert_id"]["hash_algorithm"] = {"algorithm": "1.2.3.4"}


def large(hierarchy) -> bytes:
    """A good answer of more than 32 KiB."""
    return ocsp_answer(hierarchy, extra=[unrecognized("1.2.3.4", bytes(MAX_RESPONSE_BYTES))])


def nameless(hierarchy) -> bytes:
    """An answer by name, with a responder's certificate whose name nobody can read."""
    unreadable = seq(tlv(0x31, seq(oid("2.5.4.3"), tlv(0x0C, b"\xff\xfe"))))
    signer = responder(hierarchy.user).public_bytes(Encoding.DER)
    odd = rewritten.members(signer, hierarchy.user.key, lambda listed: listed.__setitem__(5, unreadable))
    outer = rewritten.parts(ocsp_answer(hierarchy, responder_id=ocsp.OCSPResponderEncoding.NAME))
    kind, octets = rewritten.parts(rewritten.parts(outer[1])[0])
    signed = rewritten.parts(octets[rewritten.element(octets, 0)[1] :])[:3]
    basic = seq(*signed, tlv(0xA0, seq(odd)))
    return seq(outer[0], tlv(0xA0, seq(kind, tlv(0x04, basic))))


WORDS = {
    "OCSP answer too large": large,
    "OCSP status TRY_LATER": lambda _h: TRY_LATER.public_bytes(Encoding.DER),
    "OCSP answer about another number of certificates than the one asked for": lambda h: edited(h, twice),
    "unknown critical extension in the OCSP answer": lambda h: ocsp_answer(
        h, extra=[unrecognized("1.2.3.4", b"\5\0", critical=True)]
    ),
    "OCSP answer does not parse": lambda h: ocsp_answer(h)[:-1],
    "OCSP answer without nonce": lambda h: ocsp_answer(h, nonce=None),
    "OCSP answer to another nonce": lambda h: ocsp_answer(h, nonce=NONCE[::-1]),
    "OCSP answer with a CertID that nobody can read": lambda h: edited(h, odd_hash),
    "OCSP answer about another certificate": lambda h: ocsp_answer(h, serial=SERIAL + 1),
    "OCSP signer does not parse": nameless,
    "OCSP answer not signed by an authorised responder": lambda h: resigned.answer(
        ocsp_answer(h), h.stranger_key, resigned.unchanged
    ),
    "thisUpdate lies in the future": lambda h: ocsp_answer(h, this_update=NOW + 2 * MINUTE),
    "no nextUpdate": lambda h: ocsp_answer(h, next_update=None),
    "evidence too old": lambda h: ocsp_answer(h, this_update=NOW - DAY, next_update=NOW + DAY),
}


@pytest.mark.parametrize("words", WORDS)
def test_no_evidence_says_why(hierarchy, words):
    """One fault, one sentence; only an authentic answer can be stale."""
    with pytest.raises(NoEvidence) as none:
        judge(WORDS[words](hierarchy), Question(hierarchy.anchor, SERIAL, NONCE), now=NOW)
    assert (str(none.value), none.value.stale) == (words, words == "evidence too old")


@pytest.mark.parametrize(
    ("status", "reason"), [(REVOKED, Reason.CERTIFICATE_REVOKED), (UNKNOWN, Reason.CERTIFICATE_STATUS_UNKNOWN)]
)
def test_a_status_that_is_not_good_refuses(hierarchy, status, reason):
    """Revoked and unknown are answers, and no other method is asked after them."""
    with pytest.raises(Refusal) as refused:
        judge(ocsp_answer(hierarchy, status=status), Question(hierarchy.anchor, SERIAL, NONCE), now=NOW)
    assert refused.value.reason is reason
