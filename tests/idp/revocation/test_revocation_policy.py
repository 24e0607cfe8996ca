"""Revocation policies as data: stored, read, combined; when a check may be made up for later."""

from datetime import UTC, datetime, timedelta

import pytest

from idp.jpki.revocation import Method
from idp.revocation.policy import (
    DEFAULT,
    Deferral,
    Order,
    RevocationPolicy,
    combine,
    read_policy,
    write_policy,
)

UNTIL = datetime(2026, 12, 1, tzinfo=UTC)
WITHIN = timedelta(hours=72)
SECOND = timedelta(seconds=1)
DEFER = {"until": int(UNTIL.timestamp()), "within_seconds": 72 * 3600}


def test_every_order_has_its_methods():
    """A list is never behind two responders; a VA is nobody's second opinion."""
    assert {order: RevocationPolicy(order).methods for order in Order} == {
        Order.OCSP_FIRST: (Method.OCSP, Method.CRL, Method.VA),
        Order.CRL_FIRST: (Method.CRL, Method.OCSP, Method.VA),
        Order.VA_FIRST: (Method.VA, Method.CRL, Method.OCSP),
        Order.BOTH: (Method.OCSP, Method.CRL),
    }


def test_a_policy_with_leave_to_defer_is_stored_and_read():
    """As two numbers."""
    policy = RevocationPolicy(Order.VA_FIRST, timedelta(minutes=5), Deferral(UNTIL, WITHIN))
    assert write_policy(policy) == {"order": "va_first", "max_age_seconds": 300, "defer": DEFER}
    assert read_policy(write_policy(policy)) == policy


@pytest.mark.parametrize(
    "members",
    [
        {"until": DEFER["until"]},
        {**DEFER, "more": 1},
        {**DEFER, "until": "2026-12-01"},
        {**DEFER, "until": True},
        {**DEFER, "until": 10**30},
        {**DEFER, "until": 10**12},
        {**DEFER, "within_seconds": 0},
        {**DEFER, "within_seconds": 1.5},
        {**DEFER, "within_seconds": 10**30},
        [],
        "forever",
        True,
    ],
)
def test_another_deferral_is_refused(members):
    """Half of one, text, fractions, times that no clock tells: never taken for leave."""
    with pytest.raises(ValueError, match=r"^(defer|until|within_seconds) is "):
        read_policy({"defer": members})


@pytest.mark.parametrize(("moment", "may"), [(UNTIL - SECOND, True), (UNTIL, False), (UNTIL + SECOND, False)])
def test_leave_ends(moment, may):
    """From `until` on the policy is as strict as any other."""
    assert RevocationPolicy(defer=Deferral(UNTIL, WITHIN)).may_defer(moment) is may


def test_nobody_defers_unless_told():
    """The default has no leave."""
    assert not DEFAULT.may_defer(UNTIL)
    assert not any(read_policy({"order": order}).may_defer(UNTIL) for order in Order)


@pytest.mark.parametrize(
    ("tenant", "service", "policy"),
    [
        ({}, {}, DEFAULT),
        ({"order": "crl_first"}, {}, RevocationPolicy(Order.CRL_FIRST)),
        ({"order": "crl_first"}, {"order": "both"}, RevocationPolicy(Order.BOTH)),
        ({"max_age_seconds": 60}, {"order": "both"}, RevocationPolicy(Order.BOTH, 60 * SECOND)),
        ({"max_age_seconds": 60}, {"max_age_seconds": None}, DEFAULT),
        ({"defer": DEFER}, {}, RevocationPolicy(defer=Deferral(UNTIL, WITHIN))),
        ({"defer": DEFER}, {"defer": None}, DEFAULT),
        ({"order": "va_first"}, {"order": None}, DEFAULT),
    ],
)
def test_what_the_service_states_holds(tenant, service, policy):
    """Member by member; null is a statement too."""
    assert combine(tenant, service) == policy


@pytest.mark.parametrize(("tenant", "service"), [({"order": "neither"}, {"order": "both"}), ({}, {"defer": 1})])
def test_a_policy_that_is_none_is_refused_on_either_side(tenant, service):
    """Even where the service's own member would hide it."""
    with pytest.raises(ValueError, match=r"valid Order|^defer is"):
        combine(tenant, service)


CHOSEN = {
    (None, Method.OCSP): Order.OCSP_FIRST,
    (None, Method.CRL): Order.CRL_FIRST,
    (None, None): Order.OCSP_FIRST,
    (None, Method.VA): Order.OCSP_FIRST,
    ("ocsp_first", Method.CRL): Order.OCSP_FIRST,
    ("va_first", Method.CRL): Order.VA_FIRST,
    ("va_first", Method.OCSP): Order.OCSP_FIRST,
    ("crl_first", Method.OCSP): Order.OCSP_FIRST,
    ("crl_first", None): Order.CRL_FIRST,
    ("both", Method.CRL): Order.BOTH,
    ("both", Method.OCSP): Order.BOTH,
}


@pytest.mark.parametrize(("stated", "wish"), CHOSEN)
def test_a_request_chooses_the_method_but_overrules_nobody(stated, wish):
    """What somebody decided is never made weaker; age and leave stay as they are."""
    members = {"max_age_seconds": 60, "defer": DEFER} | ({"order": stated} if stated else {})
    chosen = combine(members, {}).preferring(wish)
    assert chosen == RevocationPolicy(CHOSEN[stated, wish], 60 * SECOND, Deferral(UNTIL, WITHIN))
