"""The next card: P-384 keys under a P-384 authority are data that nobody enabled, and code that is ready."""

from dataclasses import replace

import pytest
from components.hierarchy import DAY, NOW, SERIAL, Hierarchy
from components.status import NONCE, ocsp_answer, responder
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from connectors.ports import CertificateKind
from connectors.sandbox import names
from connectors.sandbox.authority import Authority
from connectors.sandbox.profile import key_usage
from idp.errors import Reason, Refusal
from idp.jpki import ocsp, ocsp_question
from idp.jpki.algorithms import ES384, RS256
from idp.jpki.certificate import parse
from idp.jpki.profile import SANDBOX
from idp.jpki.proof import Challenge
from idp.jpki.revocation import Method, NoEvidence
from idp.jpki.trust import AnchorRefused, read_anchor
from idp.jpki.verify import UnverifiedProof, verify

CHALLENGE = Challenge("https://id.example/t/aoba", "https://id.example", "AAECAwQFBgcICQoLDA0ODw", bytes(32))
READY = replace(SANDBOX, algorithms=(RS256, ES384))
SHA384 = hashes.SHA384()


def root(key):
    """A self-signed authority of the form that today's have, with that key."""
    name = names.authority(CertificateKind.USER)
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(4)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + 900 * DAY)
        .add_extension(key_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(own, critical=False)
        .sign(key, SHA384)
    )


@pytest.fixture(scope="module")
def next_one(hierarchy):
    """A hierarchy whose issuing generation, card and responder have P-384 keys."""
    key, responder_key, card_key = (ec.generate_private_key(ec.SECP384R1()) for _ in range(3))
    authority = Authority(CertificateKind.USER, 4, root(key), key, responder_key)
    return Hierarchy(authority, hierarchy.newer, hierarchy.signature, card_key, hierarchy.stranger_key)


@pytest.fixture(scope="module")
def anchor(next_one):
    """That generation as an operator of tomorrow trusts it."""
    der = next_one.user.certificate.public_bytes(Encoding.DER)
    return read_anchor(CertificateKind.USER, der, algorithms=READY.algorithms)


def signed(key, message=None):
    """The next card's signature: r||s."""
    r, s = decode_dss_signature(key.sign(message or CHALLENGE.message(), ec.ECDSA(SHA384)))
    return r.to_bytes(48) + s.to_bytes(48)


def judged(anchor, der, signature, *, profile=READY, algorithm="ES384"):
    """The login's verification."""
    sent = UnverifiedProof(parse(der), algorithm, signature)
    return verify(sent, CHALLENGE, anchors=(anchor,), profile=profile, now=NOW)


def refusal(*arguments, **circumstances):
    """The reason of the refusal that must come."""
    with pytest.raises(Refusal) as refused:
        judged(*arguments, **circumstances)
    return refused.value.reason


def test_an_enabled_row_verifies_it(next_one, anchor):
    """Certificate by ECDSA, challenge by r||s: only the profile's data were changed."""
    verified = judged(anchor, next_one.der(hash_algorithm=SHA384), signed(next_one.card_key))
    assert (verified.serial, verified.holder.algorithm, verified.holder.key) == (
        SERIAL,
        ES384,
        next_one.card_key.public_key(),
    )


def test_nobody_enabled_it(next_one, anchor):
    """Today's profile refuses the card, and today's table the authority."""
    der, signature = next_one.der(hash_algorithm=SHA384), signed(next_one.card_key)
    assert refusal(anchor, der, signature, profile=SANDBOX) == Reason.ALGORITHM_REFUSED
    with pytest.raises(AnchorRefused, match="enabled"):
        read_anchor(CertificateKind.USER, next_one.user.certificate.public_bytes(Encoding.DER))


def test_the_rows_are_not_mixed(hierarchy, next_one, anchor):
    """Neither card may name the other's algorithm, and an authority signs in its own row's hash alone."""
    new, old = next_one.card_key, hierarchy.card_key
    ours = signed(new)
    rsa_signature = old.sign(CHALLENGE.message(), padding.PKCS1v15(), hashes.SHA256())
    assert refusal(anchor, next_one.der(hash_algorithm=SHA384), ours, algorithm="RS256") == (
        Reason.ALGORITHM_REFUSED
    )
    assert refusal(anchor, next_one.der(key=old, hash_algorithm=SHA384), rsa_signature) == (
        Reason.ALGORITHM_REFUSED
    )
    assert refusal(anchor, next_one.der(hash_algorithm=hashes.SHA256()), ours) == Reason.CERTIFICATE_UNTRUSTED


def test_an_old_card_may_live_under_the_new_authority(hierarchy, next_one, anchor):
    """The holder's row and the issuer's are two questions: renewals cross over."""
    signature = hierarchy.card_key.sign(CHALLENGE.message(), padding.PKCS1v15(), hashes.SHA256())
    der = next_one.der(key=hierarchy.card_key, hash_algorithm=SHA384)
    assert judged(anchor, der, signature, algorithm="RS256").holder.algorithm is RS256


def test_another_cards_signature_is_refused(next_one, anchor):
    """The signature decides as it does for RSA."""
    stranger = ec.generate_private_key(ec.SECP384R1())
    der = next_one.der(hash_algorithm=SHA384)
    assert refusal(anchor, der, signed(stranger)) == Reason.SIGNATURE_INVALID


def test_its_responder_is_believed(next_one, anchor):
    """OCSP by a P-384 delegate, and by the authority itself."""
    question = ocsp_question.Question(anchor, SERIAL, NONCE)
    root_too = {"signer": next_one.user.certificate, "certificates": (), "signing_key": next_one.user.key}
    delegated = ocsp_answer(
        next_one, signer=responder(next_one.user, hash_algorithm=SHA384), hash_algorithm=SHA384
    )
    direct = ocsp_answer(next_one, **root_too, hash_algorithm=SHA384)
    assert [ocsp.judge(der, question, now=NOW).method for der in (delegated, direct)] == [Method.OCSP] * 2


def test_a_responder_of_the_other_row_is_not(hierarchy, next_one, anchor):
    """Under a P-384 authority an RSA delegate is nobody's, whatever it was certified for."""
    key = hierarchy.user.responder_key
    signer = responder(next_one.user, key=key, hash_algorithm=SHA384)
    answer = ocsp_answer(next_one, signer=signer, signing_key=key)
    with pytest.raises(NoEvidence):
        ocsp.judge(answer, ocsp_question.Question(anchor, SERIAL, NONCE), now=NOW)


def test_a_responder_certified_in_the_other_hash_is_not(next_one, anchor):
    """The delegation itself is signed as its row says."""
    answer = ocsp_answer(next_one, signer=responder(next_one.user), hash_algorithm=SHA384)
    with pytest.raises(NoEvidence):
        ocsp.judge(answer, ocsp_question.Question(anchor, SERIAL, NONCE), now=NOW)
