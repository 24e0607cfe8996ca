"""The order of methods: each policy, with each source up, down and saying no."""

from dataclasses import dataclass

import pytest
from components.hierarchy import DAY, NOW, SERIAL
from components.status import MINUTE
from cryptography.x509 import ocsp

from idp.errors import Reason, Refusal
from idp.jpki.revocation import Method
from idp.revocation.check import RevocationCheck
from idp.revocation.policy import Order, RevocationPolicy

REVOKED = {"status": ocsp.OCSPCertStatus.REVOKED}
LISTED = {"entries": [(SERIAL, ())]}
OLD_LIST = {"this_update": NOW - 5 * DAY, "next_update": NOW - 4 * DAY}


@dataclass(frozen=True)
class Certificate:
    """As much of a verified certificate as the check looks at."""

    anchor: object
    serial: int = SERIAL
    crl_point: bytes | None = None


@pytest.fixture
def check(by_ocsp, by_crl, clock):
    """Both methods."""
    return RevocationCheck(by_ocsp=by_ocsp, by_crl=by_crl, now=clock)


def outcome(check, hierarchy, policy):
    """(method, fallback) of the evidence, or the refusal's reason."""
    try:
        evidence = check.evidence_for(Certificate(hierarchy.anchor), policy)
    except Refusal as refusal:
        return refusal.reason
    return evidence.method, evidence.fallback


@pytest.mark.parametrize(
    ("order", "ocsp_down", "crl_down", "expected"),
    [
        (Order.OCSP_FIRST, False, False, (Method.OCSP, False)),
        (Order.OCSP_FIRST, True, False, (Method.CRL, True)),
        (Order.OCSP_FIRST, True, True, Reason.REVOCATION_UNAVAILABLE),
        (Order.CRL_FIRST, False, False, (Method.CRL, False)),
        (Order.CRL_FIRST, False, True, (Method.OCSP, True)),
        (Order.CRL_FIRST, True, True, Reason.REVOCATION_UNAVAILABLE),
        (Order.BOTH, False, False, (Method.OCSP, False)),
        (Order.BOTH, True, False, Reason.REVOCATION_UNAVAILABLE),
        (Order.BOTH, False, True, Reason.REVOCATION_UNAVAILABLE),
    ],
)
def test_which_method_speaks(check, responder, repository, hierarchy, order, ocsp_down, crl_down, expected):
    """Up or down, each order has one answer."""
    responder.down, repository.down = ocsp_down, crl_down
    assert outcome(check, hierarchy, RevocationPolicy(order)) == expected


@pytest.mark.parametrize(
    ("order", "answer", "contents"),
    [
        (Order.OCSP_FIRST, REVOKED, {}),
        (Order.CRL_FIRST, {}, LISTED),
        (Order.BOTH, REVOKED, {}),
        (Order.BOTH, {}, LISTED),
    ],
)
def test_one_no_is_enough(check, responder, repository, hierarchy, order, answer, contents):
    """The method that is asked and says revoked decides: nothing falls back from that."""
    responder.answer, repository.contents = answer, contents
    assert outcome(check, hierarchy, RevocationPolicy(order)) is Reason.CERTIFICATE_REVOKED


def test_old_evidence_is_its_own_reason(check, responder, repository, hierarchy):
    """OCSP down and an authentic but old list: too old, which is another thing than unavailable."""
    responder.down, repository.contents = True, OLD_LIST
    assert outcome(check, hierarchy, RevocationPolicy()) is Reason.EVIDENCE_TOO_OLD


def test_a_policy_may_ask_for_younger_evidence(check, responder, hierarchy):
    """A service's greatest age holds beside each method's own limit."""
    responder.answer = {"this_update": NOW - 10 * MINUTE}
    assert outcome(check, hierarchy, RevocationPolicy(Order.BOTH, 11 * MINUTE)) is Reason.EVIDENCE_TOO_OLD
    assert outcome(check, hierarchy, RevocationPolicy(max_age=11 * MINUTE)) == (Method.OCSP, False)
    assert outcome(check, hierarchy, RevocationPolicy(max_age=9 * MINUTE)) is Reason.EVIDENCE_TOO_OLD
