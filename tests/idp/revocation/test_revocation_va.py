"""A validation authority among the methods: the last resort of the usual orders, or the first."""

import pytest
from components.hierarchy import SERIAL
from cryptography.x509 import ocsp

from idp.errors import Reason, Refusal
from idp.jpki.revocation import Method
from idp.revocation.check import RevocationCheck, SerialAlone
from idp.revocation.policy import Order, RevocationPolicy

REVOKED = {"status": ocsp.OCSPCertStatus.REVOKED}
UNAVAILABLE = Reason.REVOCATION_UNAVAILABLE


@pytest.fixture
def sources(responder, repository, authority):
    """All three, by their methods."""
    return {Method.OCSP: responder, Method.CRL: repository, Method.VA: authority}


@pytest.fixture
def check(by_ocsp, by_crl, by_va, clock):
    """All three methods."""
    return RevocationCheck(by_ocsp=by_ocsp, by_crl=by_crl, by_va=by_va, now=clock)


def outcome(check, hierarchy, order):
    """(method, fallback) of the evidence, or the refusal's reason."""
    try:
        evidence = check.evidence_for(SerialAlone(hierarchy.anchor, SERIAL), RevocationPolicy(order))
    except Refusal as refusal:
        return refusal.reason
    return evidence.method, evidence.fallback


@pytest.mark.parametrize(
    ("order", "down", "expected"),
    [
        (Order.OCSP_FIRST, {Method.OCSP}, (Method.CRL, True)),
        (Order.OCSP_FIRST, {Method.OCSP, Method.CRL}, (Method.VA, True)),
        (Order.CRL_FIRST, {Method.CRL}, (Method.OCSP, True)),
        (Order.CRL_FIRST, {Method.OCSP, Method.CRL}, (Method.VA, True)),
        (Order.VA_FIRST, set(), (Method.VA, False)),
        (Order.VA_FIRST, {Method.VA}, (Method.CRL, True)),
        (Order.VA_FIRST, {Method.VA, Method.CRL}, (Method.OCSP, True)),
        (Order.BOTH, {Method.CRL}, UNAVAILABLE),
        *((order, {Method.OCSP, Method.CRL, Method.VA}, UNAVAILABLE) for order in Order),
    ],
)
def test_which_method_speaks(check, sources, hierarchy, order, down, expected):
    """Each in its turn; a VA is no substitute where both others are demanded."""
    for method in down:
        sources[method].down = True
    assert outcome(check, hierarchy, order) == expected


@pytest.mark.parametrize("order", [Order.VA_FIRST, Order.OCSP_FIRST])
def test_what_a_va_refuses_is_refused(check, sources, hierarchy, order):
    """Nothing falls back from a no."""
    sources[Method.VA].answer = REVOKED
    if order is Order.OCSP_FIRST:
        sources[Method.OCSP].down = sources[Method.CRL].down = True
    assert outcome(check, hierarchy, order) is Reason.CERTIFICATE_REVOKED


@pytest.mark.parametrize(
    ("order", "down", "expected"),
    [
        (Order.VA_FIRST, False, (Method.CRL, True)),
        (Order.OCSP_FIRST, False, (Method.OCSP, False)),
        (Order.OCSP_FIRST, True, UNAVAILABLE),
        (Order.CRL_FIRST, True, UNAVAILABLE),
    ],
)
def test_a_va_that_nobody_configured_is_passed_over(
    by_ocsp, by_crl, clock, sources, hierarchy, order, down, expected
):
    """Whoever asks for one first and has none is told that another spoke."""
    sources[Method.OCSP].down = sources[Method.CRL].down = down
    plain = RevocationCheck(by_ocsp=by_ocsp, by_crl=by_crl, now=clock)
    assert outcome(plain, hierarchy, order) == expected
    assert sources[Method.VA].asked == 0


def test_a_va_is_left_alone_by_itself(check, sources, hierarchy):
    """Its breaker is its own: OCSP is asked as before."""
    sources[Method.VA].down = True
    for _ in range(7):
        outcome(check, hierarchy, Order.VA_FIRST)
    assert sources[Method.VA].asked == 5
    assert outcome(check, hierarchy, Order.OCSP_FIRST) == (Method.OCSP, False)
