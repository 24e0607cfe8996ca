"""The report: sums of the meter with their fees."""

from datetime import date
from types import MappingProxyType, SimpleNamespace

import pytest

from idp.metering.fees import Status
from idp.metering.report import MonthRefused, lines, month_of, totals
from idp.store.meters import MeterKey
from idp.tenants.tenant_settings import TenantSettings


def tenant(*, public_body=False):
    """As much of a tenant as a report looks at."""
    library = SimpleNamespace(service_id="library")
    return SimpleNamespace(
        clients=MappingProxyType({"c1": library}), settings=TenantSettings(public_body=public_body)
    )


def key(**members):
    """A meter key, an answered OCSP login check unless said otherwise."""
    ordinary = {
        "day": date(2026, 5, 1),
        "client_id": "c1",
        "kind": "user",
        "purpose": "login",
        "method": "ocsp",
        "remembered": False,
        "answered": True,
    }
    return MeterKey(**(ordinary | members))


def test_remembered_and_unanswered_checks_are_counted_and_cost_nothing():
    """They stand beside those that J-LIS answered, in the same line."""
    counts = [(key(), 7), (key(remembered=True), 3), (key(answered=False), 2), (key(day=date(2026, 5, 2)), 1)]
    (line,) = lines(counts, tenant())
    assert (line.checks, line.remembered, line.unanswered) == (13, 3, 2)
    assert (line.status, line.amount, line.unconfirmed) == (Status.UNCONFIRMED, 0, 16)
    assert line.service_id == "library"


def test_a_remembered_failure_is_one_check_in_one_column():
    """Nothing is subtracted twice."""
    (line,) = lines([(key(remembered=True, answered=False), 4)], tenant())
    assert (line.checks, line.remembered, line.unanswered, line.unconfirmed) == (4, 4, 0, 0)


def test_a_month_with_two_periods_has_a_line_for_each():
    """What was waived in December is not mixed with what nobody knows of January."""
    days = [(key(day=date(2025, 12, 31)), 5), (key(day=date(2026, 1, 1)), 6)]
    assert [(line.status, line.checks) for line in lines(days, tenant())] == [
        (Status.UNCONFIRMED, 6),
        (Status.WAIVED, 5),
    ]


def test_totals_keep_apart_what_is_owed_what_may_be_and_what_nobody_knows():
    """Three sums, none of which hides another."""
    counts = [(key(day=date(2022, 5, 1)), 5), (key(kind="signature"), 6), (key(method="va"), 7)]
    found = totals(lines(counts, tenant()))
    assert (found.checks, found.amount, found.unconfirmed, found.unknown_fees) == (18, 10, 120, 7)


def test_a_public_body_is_exempt_by_its_setting():
    """As the tenant's settings say."""
    (line,) = lines([(key(), 9)], tenant(public_body=True))
    assert (line.status, line.unconfirmed) == (Status.EXEMPT, 0)


def test_checks_of_a_service_that_is_gone_keep_their_client_id():
    """They are not lost, and not given to somebody else."""
    assert [line.service_id for line in lines([(key(client_id="gone"), 1), (key(client_id=""), 1)], tenant())] == [
        "",
        "gone",
    ]


def test_a_month_has_its_first_and_last_day():
    """Leap years included."""
    assert month_of("2028-02") == (date(2028, 2, 1), date(2028, 2, 29))


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-1", "26-01", "2026-00", "2026-01 ", "", "２０２６-０１", "1999-01"]
)
def test_anything_else_is_no_month(text):
    """A typed refusal."""
    with pytest.raises(MonthRefused):
        month_of(text)
