"""OCSP, who may answer: RFC 6960 section 3.2, points 3 and 4, and section 4.2.2.2."""

from dataclasses import replace

import pytest
from components import resigned
from components.forgery import elliptic_key
from components.hierarchy import DAY, NOW, SERIAL, found_authority
from components.status import MINUTE, NONCE, ocsp_answer, responder, unrecognized
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from idp.jpki.ocsp import judge
from idp.jpki.ocsp_question import Question
from idp.jpki.revocation import Method, NoEvidence

BY_NAME, BY_KEY = ocsp.OCSPResponderEncoding.NAME, ocsp.OCSPResponderEncoding.HASH
SECOND = MINUTE / 60
OTHER_NAME = resigned.x509.Name.build({"organization_name": "JPKI-TEST"})


def judged(hierarchy, der):
    """The judgement of an answer about the card's certificate."""
    return judge(der, Question(hierarchy.anchor, SERIAL, NONCE), now=NOW)


def delegated(**deviation):
    """An answer whose responder certificate has a deviation."""
    return lambda h: ocsp_answer(h, signer=responder(h.user, **deviation))


def by_the_authority(encoding):
    """The CA signs itself; no certificate travels."""
    return lambda h: ocsp_answer(
        h, signer=h.user.certificate, certificates=(), responder_id=encoding, signing_key=h.user.key
    )


def with_strangers(h):
    """The responder's certificate stands behind two that are not it."""
    own = responder(h.user)
    stranger = responder(h.user, key=h.stranger_key, signing_key=h.stranger_key)
    return ocsp_answer(h, signer=own, certificates=(stranger, h.certificate(), own))


def behind_its_namesake(h):
    """ResponderID by name, and a revoked key's responder certificate of the same name stands first."""
    own = responder(h.user)
    earlier = responder(h.user, key=h.stranger_key)
    return ocsp_answer(h, signer=own, certificates=(earlier, own), responder_id=BY_NAME)


AUTHORISED = {
    "delegated, by key": delegated(),
    "delegated, by name": lambda h: ocsp_answer(h, responder_id=BY_NAME),
    "the authority, by key": by_the_authority(BY_KEY),
    "the authority, by name": by_the_authority(BY_NAME),
    "behind strangers": with_strangers,
    "behind another CA's responder": lambda h: ocsp_answer(
        h, signer=responder(h.user), certificates=(responder(h.signature), responder(h.user))
    ),
    "behind its namesake": behind_its_namesake,
    "first moment": delegated(begin=NOW),
    "last moment": delegated(end=NOW),
}


@pytest.mark.parametrize("name", AUTHORISED)
def test_an_authorised_signer_is_believed(hierarchy, name):
    """The issuing CA itself, or a responder that it delegated."""
    assert judged(hierarchy, AUTHORISED[name](hierarchy)).method == Method.OCSP


def by_elliptic_curve(encoding):
    """The CA delegated to a key of another kind than JPKI uses."""

    def answer(h):
        key = elliptic_key()
        return ocsp_answer(h, signer=responder(h.user, key=key), signing_key=key, responder_id=encoding)

    return answer


def self_delegated(h):
    """Anybody's own CA of the same name delegates to anybody."""
    signer = responder(h.user, key=h.stranger_key, signing_key=h.stranger_key)
    return ocsp_answer(h, signer=signer, signing_key=h.stranger_key)


def other_kind(h):
    """The signature CA's responder answers about a user certificate."""
    return ocsp_answer(h, signer=responder(h.signature), signing_key=h.signature.responder_key)


def other_generation(h):
    """The newer generation's responder answers about the older's certificate: same name, another key."""
    return ocsp_answer(h, signer=responder(h.newer), signing_key=h.newer.responder_key)


def by_a_card(h):
    """A resident's own card, whose certificate the CA did issue, signs that it is good."""
    return ocsp_answer(h, signer=h.certificate(), signing_key=h.card_key, responder_id=BY_NAME)


def by_a_namesake(h):
    """A stranger's own root under the CA's name signs."""
    root = found_authority(h.user.kind, 2, h.stranger_key, h.stranger_key)
    return ocsp_answer(h, signer=root.certificate, responder_id=BY_NAME, signing_key=h.stranger_key)


def naming(choice, value):
    """An answer that an authorised responder signed, and that says somebody else did."""
    responder_id = resigned.ocsp.ResponderId(name=choice, value=value)
    return lambda h: resigned.answer(
        ocsp_answer(h), h.user.responder_key, lambda data: data.__setitem__("responder_id", responder_id)
    )


def by_another_key(h):
    """The right responder is named, and a stranger signs."""
    return resigned.answer(ocsp_answer(h), h.stranger_key, resigned.unchanged)


def unreadable_key(h):
    """A responder that the CA certified, with a key of an algorithm that nobody knows."""
    oid, other = bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a864886f70d010163")
    der = responder(h.user).public_bytes(Encoding.DER).replace(oid, other)
    signer = resigned.certificate(der, h.user.key, resigned.unchanged)
    return ocsp_answer(h, certificates=[x509.load_der_x509_certificate(signer)])


def signature_of(change):
    """A good answer whose BasicOCSPResponse was changed outside of what is signed."""

    def answer(h):
        basic = resigned.ocsp.OCSPResponse.load(ocsp_answer(h))["response_bytes"]["response"].parsed
        change(basic, h)
        return resigned.successful(basic)

    return answer


def pss(basic, h):
    """RSASSA-PSS with SHA-256, by the right key."""
    basic["signature_algorithm"] = {
        "algorithm": "rsassa_pss",
        "parameters": {
            "hash_algorithm": {"algorithm": "sha256"},
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": "sha256"}},
            "salt_length": 32,
        },
    }
    basic["signature"] = h.user.responder_key.sign(
        basic["tbs_response_data"].dump(), padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()
    )


def broken_extension(h):
    """A responder that the CA certified, one of whose extensions does not parse."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(responder(h.user).subject)
        .issuer_name(h.user.certificate.subject)
        .public_key(h.user.responder_key.public_key())
        .serial_number(8)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
    )
    value, critical = unrecognized("2.5.29.37", b"\4\1")
    return ocsp_answer(h, signer=builder.add_extension(value, critical).sign(h.user.key, hashes.SHA256()))


COUNTRY, UNREADABLE_COUNTRY = bytes.fromhex("060355040613024a50"), bytes.fromhex("06035504060b024a50")


def unreadable_name(h):
    """The ResponderID's C has a string type that does not exist; it stands first in the answer."""
    der = ocsp_answer(h, responder_id=BY_NAME).replace(COUNTRY, UNREADABLE_COUNTRY, 1)
    return resigned.answer(der, h.user.responder_key, resigned.unchanged)


def unreadable_subject(h):
    """The same fault in the subject of a responder that the CA certified."""
    issuer, subject, key = responder(h.user).public_bytes(Encoding.DER).split(COUNTRY)
    der = issuer + COUNTRY + subject + UNREADABLE_COUNTRY + key
    signer = resigned.certificate(der, h.user.key, resigned.unchanged)
    return ocsp_answer(h, certificates=[x509.load_der_x509_certificate(signer)], responder_id=BY_NAME)


UNAUTHORISED = {
    "the authority signs in another's name": lambda h: resigned.answer(
        ocsp_answer(h), h.user.key, resigned.unchanged
    ),
    "a ResponderID that nobody can read": unreadable_name,
    "a responder's name that nobody can read": unreadable_subject,
    "the ResponderID names another key": naming("by_key", bytes(20)),
    "the ResponderID names another name": naming("by_name", OTHER_NAME),
    "no certificate travels": lambda h: ocsp_answer(h, certificates=()),
    "another certificate travels": lambda h: ocsp_answer(h, certificates=(h.certificate(),)),
    "another key signed": by_another_key,
    "no extKeyUsage": delegated(purpose=None),
    "another purpose": delegated(purpose=ExtendedKeyUsageOID.CLIENT_AUTH),
    "any purpose": delegated(purpose=ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE),
    "no nocheck": delegated(nocheck=False),
    "ended": delegated(end=NOW - SECOND),
    "not begun": delegated(begin=NOW + SECOND, end=NOW + DAY),
    "delegated by itself": self_delegated,
    "the other kind's responder": other_kind,
    "another generation's responder": other_generation,
    "a resident's card": by_a_card,
    "a namesake of the authority": by_a_namesake,
    "an elliptic curve, by key": by_elliptic_curve(BY_KEY),
    "an elliptic curve, by name": by_elliptic_curve(BY_NAME),
    "a key that nobody can read": unreadable_key,
    "delegated by SHA-512": delegated(hash_algorithm=hashes.SHA512()),
    "SHA-512": lambda h: ocsp_answer(h, hash_algorithm=hashes.SHA512()),
    "SHA-1": lambda h: resigned.answer(ocsp_answer(h), h.user.responder_key, resigned.unchanged, outer="sha1_rsa"),
    "RSA-PSS": signature_of(pss),
    "an algorithm that nobody knows": signature_of(
        lambda basic, _h: basic.__setitem__("signature_algorithm", {"algorithm": "1.2.3.4"})
    ),
    "an empty signature": signature_of(lambda basic, _h: basic.__setitem__("signature", b"")),
    "a signature over other data": signature_of(
        lambda basic, _h: basic["tbs_response_data"]["responses"][0].__setitem__("next_update", NOW + 15 * MINUTE)
    ),
    "a responder's extension that is none": broken_extension,
}


@pytest.mark.parametrize("name", UNAUTHORISED)
def test_nobody_else_is_believed(hierarchy, name):
    """A good status by such a signer is no evidence, and not stale either."""
    with pytest.raises(NoEvidence) as none:
        judged(hierarchy, UNAUTHORISED[name](hierarchy))
    assert not none.value.stale


def test_a_remembered_responder_ends_all_the_same(hierarchy):
    """Its certificate is read once; its time is asked of each answer."""
    der = ocsp_answer(hierarchy, signer=responder(hierarchy.user, end=NOW + SECOND))
    question = Question(hierarchy.anchor, SERIAL, NONCE)
    assert judge(der, question, now=NOW).method == Method.OCSP
    with pytest.raises(NoEvidence):
        judge(der, question, now=NOW + 2 * SECOND)


def test_a_remembered_responder_is_one_anchors(hierarchy):
    """What one authority's delegates were found to be says nothing of another's: the octets are not enough."""
    der = ocsp_answer(hierarchy)
    own, other = hierarchy.anchor, replace(hierarchy.anchor, certificate=hierarchy.newer.certificate)
    assert judge(der, Question(own, SERIAL, NONCE), now=NOW).method == Method.OCSP
    with pytest.raises(NoEvidence):
        judge(der, Question(other, SERIAL, NONCE), now=NOW)


def revoked(h):
    """What they all claim."""
    return ocsp_answer(h, status=ocsp.OCSPCertStatus.REVOKED)


def swapped_status(h):
    """The good answer's signature under the revoked answer's data."""
    good, bad = (
        resigned.ocsp.OCSPResponse.load(der)["response_bytes"]["response"].parsed
        for der in (ocsp_answer(h), revoked(h))
    )
    good["tbs_response_data"] = bad["tbs_response_data"]
    return resigned.successful(good)


FORGED_REVOCATIONS = {
    "by another key": lambda h: resigned.answer(revoked(h), h.stranger_key, resigned.unchanged),
    "by a resident's card": lambda h: ocsp_answer(
        h, status=ocsp.OCSPCertStatus.REVOKED, signer=h.certificate(), signing_key=h.card_key
    ),
    "status swapped in a good answer": swapped_status,
}


@pytest.mark.parametrize("name", FORGED_REVOCATIONS)
def test_nobody_else_can_revoke(hierarchy, name):
    """A forged *revoked* shuts nobody out."""
    with pytest.raises(NoEvidence):
        judged(hierarchy, FORGED_REVOCATIONS[name](hierarchy))
