"""OCSP on every tier: answers that are right, wrong, hostile, old, about somebody else, or by nobody's leave."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from vectors.hierarchy import DAY, NOW, Entity, der, issue, new_key, purposes, root, usage
from vectors.town import Town

OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"
REVOKED, UNKNOWN = ocsp.OCSPCertStatus.REVOKED, ocsp.OCSPCertStatus.UNKNOWN
SURPRISE = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")


@pytest.fixture(scope="module")
def town() -> Town:
    """One town for all tests: nothing changes it."""
    return Town()


BAD_ANSWERS = {
    "unknown": ({"status": UNKNOWN}, "status_unknown"),
    "stale": ({"next_update": NOW - timedelta(seconds=1)}, "evidence_too_old"),
    "no end": ({"next_update": None}, "evidence_too_old"),
    "future": ({"this_update": NOW + timedelta(minutes=5)}, "evidence_too_old"),
    "critical extension": ({"extensions": [(SURPRISE, True)]}, "evidence_missing"),
    "SHA-1 CertID": ({"hash_algorithm": hashes.SHA1()}, "ok"),
    "SHA-224 CertID": ({"hash_algorithm": hashes.SHA224()}, "evidence_missing"),
    "SHA-384 CertID": ({"hash_algorithm": hashes.SHA384()}, "ok"),
    "by name": ({"by_name": True}, "ok"),
    "extension": ({"extensions": [(x509.OCSPNonce(b"n" * 16), False)]}, "ok"),
}


@pytest.mark.parametrize("tier", range(3))
@pytest.mark.parametrize("case", BAD_ANSWERS)
def test_answer_of_the_issuer(town, case, tier):
    """What the issuer itself answers is judged alike on every tier."""
    settings, expected = BAD_ANSWERS[case]
    assert town.ocsp(town.answers(tier, **settings)) == expected


def responder(issuer: Entity, *extra, **settings) -> Entity:
    extensions = [purposes(OCSP_SIGNING), (x509.OCSPNoCheck(), False), (usage("digital_signature"), True), *extra]
    return issuer.issue("responder", **({"extensions": extensions} | settings))


RESPONDERS = {
    "delegated": (lambda t, i: responder(i), "ok"),
    "no usage extension": (lambda t, i: responder(i, without=[x509.KeyUsage]), "ok"),
    "no AKI": (lambda t, i: responder(i, without=[x509.AuthorityKeyIdentifier]), "ok"),
    "no OCSPSigning": (lambda t, i: responder(i, without=[x509.ExtendedKeyUsage]), "evidence_missing"),
    "other purpose": (
        lambda t, i: i.issue("r", extensions=[purposes("1.3.6.1.5.5.7.3.2"), (x509.OCSPNoCheck(), False)]),
        "evidence_missing",
    ),
    "no nocheck": (lambda t, i: responder(i, without=[x509.OCSPNoCheck]), "evidence_missing"),
    "may not sign": (
        lambda t, i: i.issue(
            "r",
            extensions=[purposes(OCSP_SIGNING), (x509.OCSPNoCheck(), False), (usage("key_agreement"), True)],
        ),
        "evidence_missing",
    ),
    "expired": (lambda t, i: responder(i, not_after=NOW - DAY), "evidence_missing"),
    "authority": (
        lambda t, i: i.issue(
            "r",
            ca=True,
            extensions=[purposes(OCSP_SIGNING), (x509.OCSPNoCheck(), False)],
            without=[x509.KeyUsage],
        ),
        "evidence_missing",
    ),
    "critical surprise": (lambda t, i: responder(i, (SURPRISE, True)), "evidence_missing"),
    "of another CA": (lambda t, i: responder(root("stranger")), "evidence_missing"),
    "of a CA of the same name": (lambda t, i: responder(root(i.subject)), "evidence_missing"),
    "of the tier above": (
        lambda t, i: responder(t.anchor) if i is not t.anchor else root("x"),
        "evidence_missing",
    ),
    "the certificate itself": (lambda t, i: t.leaf, "evidence_missing"),
    "forged": (
        lambda t, i: issue(
            "r",
            issuer=i,
            signing_key=new_key(),
            extensions=[purposes(OCSP_SIGNING), (x509.OCSPNoCheck(), False)],
        ),
        "evidence_missing",
    ),
}


@pytest.mark.parametrize("tier", range(3))
@pytest.mark.parametrize("case", RESPONDERS)
def test_delegated_responder(town, case, tier):
    """Only a responder that the issuer certified directly, for OCSP and without a check, may answer for it."""
    make, expected = RESPONDERS[case]
    issuer = [town.anchor, town.bridge, town.office][tier]
    assert town.ocsp(town.answers(tier, responder=make(town, issuer))) == expected


def test_answers_about_somebody_else(town):
    """Other serial, other issuer key, other issuer name, other ResponderID: no evidence."""
    neighbour = town.office.issue("neighbour")
    twin = root(town.office.subject)
    alias = town.office.issue("alias", key=town.office.key)
    renamed = issue("renamed", issuer=town.bridge, ca=True, key=town.office.key)
    for wrong in (
        town.office.answer(neighbour.certificate),
        town.office.answer(town.leaf.certificate, issuer=twin.certificate),
        twin.answer(town.leaf.certificate, issuer=town.office.certificate),
        town.office.answer(renamed.issue("leaf", serial=town.leaf.certificate.serial_number).certificate),
        town.office.answer(town.leaf.certificate, named=alias, by_name=True),
    ):
        assert town.ocsp([*town.answers()[:2], wrong]) == "evidence_missing"


def test_unsuccessful_and_hostile_answers(town):
    """A failure, junk, a huge answer and one with appended bytes are no evidence."""
    failure = der(ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER))
    good = town.answers()
    for wrong in (failure, b"junk", good[2] + b"\x00", b"\x30" * 100):
        assert town.ocsp([*good[:2], wrong]) == "evidence_missing"
    assert town.ocsp([*good[:2], bytes(65 * 1024)]) == "evidence_missing"
    assert town.ocsp([bytes(1)] * 33) == "too_large"


def test_unfit_certificates_in_an_answer_are_left_out(town):
    """A responder whose certificate does not pass the gate is none."""
    weak = issue(
        "weak",
        issuer=town.office,
        key=ec.generate_private_key(ec.SECP192R1()),
        extensions=[purposes(OCSP_SIGNING), (x509.OCSPNoCheck(), False)],
    )
    assert town.ocsp(town.answers(2, responder=weak)) == "evidence_missing"
