"""Multi-tier stores whose revocation is asked of responders, over sockets."""

from datetime import timedelta

import pytest
from components.tiers import (
    DAY,
    Authority,
    responder,
)

from idp.jpki.path.reasons import PathReason
from idp.jpki.revocation import Method
from idp.trust.purposes import Required


class Accredited:
    """A private authority below a root, whose revocation is asked over a socket."""

    def __init__(self, store):
        self.root, self.issuing = Authority("Root", store.now).root(), Authority("Issuing", store.now)
        self.intermediate = self.root.certify(self.issuing)
        self.leaf = self.issuing.leaf()
        self.revoked: tuple[bytes, ...] = ()
        self.silent: set[str] = set()
        self.wishes: dict = {}
        store.load("accredited", self.root.der)
        store.load("accredited", self.intermediate, "intermediate")

    def answer(self, request: bytes) -> bytes:
        """Whichever of the two is asked about."""
        from cryptography.x509 import ocsp

        serial = ocsp.load_der_ocsp_request(request).serial_number
        who = self.root if serial == self.issuing.certificate.serial_number else self.issuing
        if who.name in self.silent:
            raise LookupError
        return who.answer(request, *self.revoked, **self.wishes)


@pytest.fixture
def accredited(store):
    """The same, with its responder configured."""
    made = Accredited(store)
    with responder(made.answer) as url:
        made.url = url
        yield made


def test_ocsp_speaks_for_every_tier(store, accredited):
    """Good at both; a responder that signed beforehand sends no nonce; revoked at the intermediate."""
    store.state("accredited", revocation=Required.OCSP, responders=(accredited.url,))
    for wishes in ({}, {"nonce": False}):
        accredited.wishes = wishes
        verdict = store.judge("accredited", accredited.leaf)
        assert [(each.tier, each.method) for each in verdict.tiers] == [(0, Method.OCSP), (1, Method.OCSP)]
    accredited.revoked = (accredited.intermediate,)
    assert store.reason("accredited", accredited.leaf) is PathReason.REVOKED


def test_an_old_answer_or_none_is_no_evidence(store, accredited):
    """Old, silent, and an answer to another question."""
    store.state("accredited", revocation=Required.OCSP, responders=(accredited.url,))
    accredited.wishes = {"nonce": False, "age": DAY}
    assert store.reason("accredited", accredited.leaf) is PathReason.EVIDENCE_TOO_OLD
    accredited.wishes, accredited.silent = {}, {"Root"}
    assert store.reason("accredited", accredited.leaf) is PathReason.EVIDENCE_MISSING


def test_an_answer_signed_beforehand_counts_for_hours(store, accredited):
    """However long it says itself that it lives; one to our own question counts, and *revoked* always does."""
    store.state("accredited", revocation=Required.OCSP, responders=(accredited.url,))
    for hours, nonce, refused in ((11, False, False), (13, False, True), (13, True, False)):
        accredited.wishes = {"nonce": nonce, "age": timedelta(hours=hours), "life": 30 * DAY}
        if refused:
            assert store.reason("accredited", accredited.leaf) is PathReason.EVIDENCE_MISSING
        else:
            store.judge("accredited", accredited.leaf)
    accredited.wishes |= {"nonce": False}
    accredited.revoked = (accredited.leaf, accredited.intermediate)
    assert store.reason("accredited", accredited.leaf) is PathReason.REVOKED


def test_an_answer_to_another_question_is_none(store, accredited):
    """A replayed answer carries the nonce of its own question."""
    store.state("accredited", revocation=Required.OCSP, responders=(accredited.url,))
    kept: dict[int, bytes] = {}
    fresh = accredited.answer

    def replay(request):
        from cryptography.x509 import ocsp

        return kept.setdefault(ocsp.load_der_ocsp_request(request).serial_number, fresh(request))

    with responder(replay) as url:
        store.state("accredited", revocation=Required.OCSP, responders=(url,))
        store.judge("accredited", accredited.leaf)
        assert store.reason("accredited", accredited.leaf) is PathReason.EVIDENCE_MISSING


def test_a_list_for_one_tier_and_an_answer_for_the_other(store, accredited):
    """`crl-or-ocsp`: the root publishes a list, the issuing authority answers; each alone is not enough."""
    store.state("accredited", revocation=Required.EITHER, responders=(accredited.url,))
    accredited.silent = {"Root"}
    assert store.reason("accredited", accredited.leaf) is PathReason.EVIDENCE_MISSING
    store.lists("accredited", accredited.root.crl())
    verdict = store.judge("accredited", accredited.leaf)
    assert [(each.tier, each.method) for each in verdict.tiers] == [(0, Method.OCSP), (1, Method.CRL)]
    accredited.revoked = (accredited.leaf,)
    assert store.reason("accredited", accredited.leaf) is PathReason.REVOKED
    accredited.revoked = ()
    store.lists("accredited", accredited.root.crl(accredited.intermediate, number=2))
    assert store.reason("accredited", accredited.leaf) is PathReason.REVOKED


def test_without_a_responder_either_means_lists(store, accredited):
    """Nobody is asked whom nobody named: an address in a certificate is none."""
    store.state("accredited", revocation=Required.EITHER)
    store.lists("accredited", accredited.root.crl())
    assert store.reason("accredited", accredited.leaf) is PathReason.EVIDENCE_MISSING
    store.lists("accredited", accredited.issuing.crl())
    assert store.judge("accredited", accredited.leaf).tiers[0].method is Method.CRL
