"""What was asked is counted: once for each question, whoever answered it, and however it ended."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, Event

import pytest
from components.hierarchy import SERIAL
from cryptography.x509 import ocsp

from connectors.ports import CertificateKind
from idp.errors import Refusal
from idp.jpki.revocation import Method, NoEvidence
from idp.revocation.breaker import FAILURES
from idp.revocation.check import RevocationCheck, SerialAlone
from idp.revocation.policy import Order, RevocationPolicy
from idp.revocation.tally import Asked, LeftAlone, Tally

USER = CertificateKind.USER
REVOKED = {"status": ocsp.OCSPCertStatus.REVOKED}
UNKNOWN = {"status": ocsp.OCSPCertStatus.UNKNOWN}
LISTED = {"entries": [(SERIAL, ())]}


def asked(method, *, remembered=False, answered=True):
    """One question about the card's certificate."""
    return Asked(USER, method, remembered, answered)


OCSP, CRL, VA = asked(Method.OCSP), asked(Method.CRL), asked(Method.VA)
NO_OCSP, NO_CRL, NO_VA = (asked(method, answered=False) for method in (Method.OCSP, Method.CRL, Method.VA))


@pytest.fixture
def check(by_ocsp, by_crl, by_va, clock):
    """All three methods."""
    return RevocationCheck(by_ocsp=by_ocsp, by_crl=by_crl, by_va=by_va, now=clock)


def tallied(check, hierarchy, order):
    """The questions of one check."""
    tally = Tally()
    with suppress(Refusal):
        check.evidence_for(SerialAlone(hierarchy.anchor, SERIAL), RevocationPolicy(order), tally)
    return tally.asked


@pytest.mark.parametrize(
    ("order", "questions"),
    [
        (Order.OCSP_FIRST, (OCSP,)),
        (Order.CRL_FIRST, (CRL,)),
        (Order.VA_FIRST, (VA,)),
        (Order.BOTH, (OCSP, CRL)),
    ],
)
def test_who_was_asked_is_counted(check, hierarchy, order, questions):
    """In the order in which they answered, and nobody else."""
    assert tallied(check, hierarchy, order) == questions


@pytest.mark.parametrize("answer", [REVOKED, UNKNOWN], ids=["revoked", "unknown"])
@pytest.mark.parametrize("order", [Order.OCSP_FIRST, Order.BOTH])
def test_a_no_is_an_answer(check, responder, hierarchy, order, answer):
    """J-LIS answered; nobody else was asked after that."""
    responder.answer = answer
    assert tallied(check, hierarchy, order) == (OCSP,)


def test_a_no_by_list_is_an_answer(check, repository, hierarchy):
    """A list that names the certificate."""
    repository.contents = LISTED
    assert tallied(check, hierarchy, Order.CRL_FIRST) == (CRL,)


def test_silence_is_counted_as_such(check, responder, repository, authority, hierarchy):
    """Each method that was asked in vain, down the whole line."""
    responder.down = repository.down = authority.down = True
    assert tallied(check, hierarchy, Order.OCSP_FIRST) == (NO_OCSP, NO_CRL, NO_VA)
    assert tallied(check, hierarchy, Order.BOTH) == (NO_OCSP, NO_CRL)


def test_an_answer_that_proves_nothing_is_none(check, responder, hierarchy):
    """Another nonce: OCSP gave no usable answer, the list spoke."""
    responder.answer = {"nonce": bytes(32)}
    assert tallied(check, hierarchy, Order.OCSP_FIRST) == (NO_OCSP, CRL)


def test_what_is_remembered_is_counted_apart(check, responder, hierarchy):
    """The second check did not cost a question."""
    assert tallied(check, hierarchy, Order.OCSP_FIRST) == (OCSP,)
    assert tallied(check, hierarchy, Order.OCSP_FIRST) == (asked(Method.OCSP, remembered=True),)
    assert responder.asked == 1


def test_a_responder_left_alone_is_not_counted(check, responder, hierarchy):
    """While the breaker is open no question is put."""
    responder.down = True
    for _ in range(FAILURES):
        assert tallied(check, hierarchy, Order.OCSP_FIRST) == (NO_OCSP, CRL)
    assert tallied(check, hierarchy, Order.OCSP_FIRST) == (CRL,)
    assert responder.asked == FAILURES


@pytest.mark.parametrize(
    ("answer", "down", "answered"),
    [({}, False, True), (REVOKED, False, True), ({}, True, False)],
    ids=["good", "revoked", "down"],
)
def test_who_waits_for_another_asks_nothing(by_ocsp, responder, hierarchy, answer, down, answered):
    """Two at once: one question of its own, one remembered, whatever comes of it."""
    responder.answer, responder.down = answer, down
    under_way, go = Event(), Event()
    plainly = responder.ask

    def slowly(request):
        under_way.set()
        assert go.wait(10)
        return plainly(request)

    responder.ask = slowly

    def one():
        tally = Tally()
        with suppress(Refusal, NoEvidence):
            by_ocsp.evidence_for(hierarchy.anchor, SERIAL, tally=tally)
        return tally.asked

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(one)
        assert under_way.wait(10)
        second = pool.submit(one)
        while not waiting(by_ocsp):
            pass
        go.set()
        counted = [first.result(10), second.result(10)]
    assert counted == [
        (asked(Method.OCSP, answered=answered),),
        (asked(Method.OCSP, remembered=True, answered=answered),),
    ]
    assert responder.asked == 1


def test_who_asks_for_another_service_does_not_wait(by_ocsp, responder, hierarchy):
    """Of two at once for two services each asks for itself, and cannot tell that there is another."""
    both, plainly = Barrier(2), responder.ask

    def together(request):
        both.wait(10)
        return plainly(request)

    responder.ask = together

    def one(client_id):
        tally = Tally.of_service("aoba", client_id)
        by_ocsp.evidence_for(hierarchy.anchor, SERIAL, tally=tally)
        return tally.asked

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(one, ("library", "parking"))) == [(OCSP,), (OCSP,)]


def waiting(by_ocsp):
    """Whether a thread waits for the answer of another."""
    return any(flight._condition._waiters for flight in list(by_ocsp._flights._flying.values()))


@pytest.mark.parametrize("error", [LeftAlone("left alone"), KeyError("ours")])
def test_what_was_never_asked_is_not_counted(error):
    """Neither a source left alone nor a failure of our own."""
    tally = Tally()
    with pytest.raises(type(error)), tally.question(USER, Method.OCSP):
        raise error
    assert tally.asked == ()


def test_no_question_names_anybody(check, hierarchy):
    """Kind, method and two yes or no: nothing else is there to be counted."""
    (question,) = tallied(check, hierarchy, Order.OCSP_FIRST)
    assert set(question.__struct_fields__) == {"kind", "method", "remembered", "answered"}
