"""OCSP asked, judged and remembered; a responder that fails is left alone."""

from datetime import timedelta

import pytest
from components.hierarchy import NOW, SERIAL
from components.status import MINUTE
from cryptography.x509 import ocsp

from idp.errors import Reason, Refusal
from idp.jpki.revocation import NoEvidence
from idp.revocation.breaker import FAILURES, RETRY_SECONDS
from idp.revocation.tally import Tally


def ask(by_ocsp, hierarchy, serial=SERIAL, *, tally=None):
    """Evidence for the card's certificate."""
    return by_ocsp.evidence_for(hierarchy.anchor, serial, tally=tally)


def test_a_good_answer_is_used_again(by_ocsp, responder, hierarchy, clock):
    """Within its quarter of an hour the responder is asked once."""
    first = ask(by_ocsp, hierarchy)
    clock.now += 13 * MINUTE
    again = ask(by_ocsp, hierarchy)
    assert (again.digest, again.this_update) == (first.digest, first.this_update)
    assert again.checked_at == clock.now
    assert responder.asked == 1


@pytest.mark.parametrize(
    ("next_update", "minutes"),
    [(NOW + 5 * MINUTE, 5), (NOW + 60 * MINUTE, 15)],
    ids=["until nextUpdate", "a quarter of an hour at most"],
)
def test_it_is_used_no_longer(by_ocsp, responder, hierarchy, clock, next_update, minutes):
    """The earlier of nextUpdate and 15 minutes ends it."""
    responder.answer = {"next_update": next_update}
    ask(by_ocsp, hierarchy)
    clock.now = NOW + minutes * MINUTE - timedelta(seconds=1)
    ask(by_ocsp, hierarchy)
    assert responder.asked == 1
    clock.now = NOW + minutes * MINUTE
    responder.answer = {"this_update": clock.now, "next_update": clock.now + MINUTE}
    ask(by_ocsp, hierarchy)
    assert responder.asked == 2


def test_another_certificate_is_another_question(by_ocsp, responder, hierarchy):
    """An answer about one serial number says nothing about the next."""
    ask(by_ocsp, hierarchy)
    responder.answer = {"serial": SERIAL + 1}
    ask(by_ocsp, hierarchy, SERIAL + 1)
    assert responder.asked == 2


def test_nobody_learns_that_another_asked(by_ocsp, responder, hierarchy):
    """An answer is used again for the same tenant and service, and for nobody else."""
    for tenant_id, client_id in (
        ("aoba", "library"),
        ("aoba", "parking"),
        ("wakaba", "library"),
        ("aobal", "ibrary"),
    ):
        for remembered in (False, True):
            tally = Tally.of_service(tenant_id, client_id)
            ask(by_ocsp, hierarchy, tally=tally)
            assert [question.remembered for question in tally.asked] == [remembered]
    ask(by_ocsp, hierarchy)
    assert responder.asked == 5


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (ocsp.OCSPCertStatus.REVOKED, Reason.CERTIFICATE_REVOKED),
        (ocsp.OCSPCertStatus.UNKNOWN, Reason.CERTIFICATE_STATUS_UNKNOWN),
    ],
)
def test_a_bad_answer_is_never_remembered(by_ocsp, responder, hierarchy, status, reason):
    """Revoked and unknown are refusals, asked for anew each time, and no failure of the responder."""
    responder.answer = {"status": status}
    for _ in range(FAILURES + 2):
        with pytest.raises(Refusal) as refusal:
            ask(by_ocsp, hierarchy)
        assert refusal.value.reason is reason
    assert responder.asked == FAILURES + 2


@pytest.mark.parametrize(
    "broken", [{"down": True}, {"answer": {"nonce": bytes(32)}}], ids=["no answer", "an answer to another nonce"]
)
def test_a_failing_responder_is_left_alone(by_ocsp, responder, hierarchy, clock, broken):
    """After five failures nobody waits; once it is back, it is found within thirty seconds."""
    for name, value in broken.items():
        setattr(responder, name, value)
    for _ in range(2 * FAILURES):
        with pytest.raises(NoEvidence):
            ask(by_ocsp, hierarchy)
    assert responder.asked == FAILURES
    responder.down, responder.answer = False, {}
    clock.now += timedelta(seconds=RETRY_SECONDS)
    ask(by_ocsp, hierarchy)
    ask(by_ocsp, hierarchy, SERIAL)
    assert responder.asked == FAILURES + 1


def test_what_is_remembered_names_nobody(by_ocsp, hierarchy):
    """Neither the serial number nor a plain hash of it is a key of the memory."""
    ask(by_ocsp, hierarchy)
    (key,) = by_ocsp._good
    assert len(key) == 32
    assert SERIAL.to_bytes(4, "big") not in key
