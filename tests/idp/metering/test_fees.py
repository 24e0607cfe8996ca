"""Fees: the one pure function that turns a count into yen."""

from datetime import date
from itertools import pairwise

import pytest

from connectors.ports import CertificateKind
from idp.jpki.revocation import Method
from idp.metering.fees import FEES, PERIODS, Count, Status, charge

USER, SIGNATURE = CertificateKind.USER, CertificateKind.SIGNATURE


def cost(day, kind, method, billable=10, *, public_body=False):
    """What ten answered checks of twelve cost."""
    count = Count(day=day, kind=kind, method=method, checks=billable + 2, billable=billable)
    return charge(count, public_body=public_body)


@pytest.mark.parametrize(
    ("day", "kind", "method", "status", "amount", "unconfirmed"),
    [
        (date(2022, 12, 31), USER, Method.OCSP, Status.CHARGED, 20, 0),
        (date(2022, 12, 31), SIGNATURE, Method.OCSP, Status.CHARGED, 200, 0),
        (date(2022, 12, 31), SIGNATURE, Method.CRL, Status.CHARGED, 200, 0),
        (date(2023, 1, 1), USER, Method.OCSP, Status.WAIVED, 0, 0),
        (date(2025, 12, 31), SIGNATURE, Method.OCSP, Status.WAIVED, 0, 0),
        (date(2026, 1, 1), SIGNATURE, Method.OCSP, Status.UNCONFIRMED, 0, 200),
        (date(2026, 11, 26), USER, Method.OCSP, Status.UNCONFIRMED, 0, 20),
        (date(2023, 1, 1), USER, Method.CRL, Status.WAIVED, 0, 0),
        (date(2099, 1, 1), SIGNATURE, Method.CRL, Status.WAIVED, 0, 0),
        (date(2024, 6, 1), USER, Method.VA, Status.UNCONFIRMED, 0, None),
    ],
)
def test_a_check_costs_what_its_day_kind_and_method_say(day, kind, method, status, amount, unconfirmed):
    """20 and 2 yen; lists free without end, OCSP for three years, and afterwards nobody has said."""
    found = cost(day, kind, method)
    assert (found.status, found.amount, found.unconfirmed) == (status, amount, unconfirmed)
    assert found.source


def test_a_public_body_as_verifier_pays_nothing_to_jlis():
    """Whatever the day; what a validation authority asks is its own matter."""
    assert cost(date(2026, 5, 1), SIGNATURE, Method.OCSP, public_body=True).status is Status.EXEMPT
    assert cost(date(2026, 5, 1), SIGNATURE, Method.OCSP, public_body=True).unconfirmed == 0
    assert cost(date(2026, 5, 1), SIGNATURE, Method.VA, public_body=True).status is Status.UNCONFIRMED


def test_checks_that_nobody_answered_cost_nothing_by_any_method():
    """No answer of J-LIS, no fee, not even an unknown one."""
    assert {cost(date(2026, 5, 1), USER, method, 0).unconfirmed for method in Method} == {0}


def test_a_day_before_the_first_period_is_said_to_be_unknown():
    """No fee is invented for it."""
    assert cost(date(2015, 12, 31), USER, Method.OCSP).unconfirmed is None


def test_no_day_of_a_method_has_two_periods():
    """The data does not contradict itself, and every row names its source."""
    for method in (Method.CRL, Method.OCSP):
        own = [period for period in PERIODS if period.method is method]
        for earlier, later in pairwise(own):
            assert earlier.last is not None
            assert (later.first - earlier.last).days == 1
    assert all(row.source for row in (*PERIODS, *FEES))
