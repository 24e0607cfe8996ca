"""A service's own revocation policy, from its registration to its logins."""

from datetime import timedelta

import pytest

from idp.errors import Reason
from idp.revocation.policy import DEFAULT, Order, RevocationPolicy, read_policy, write_policy

MINUTE = timedelta(minutes=1)
POLICIES = [DEFAULT, *(RevocationPolicy(order, age) for order in Order for age in (None, 5 * MINUTE))]


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_is_stored_and_read(policy):
    """What is written is what is read."""
    assert read_policy(write_policy(policy)) == policy


def test_a_registration_from_before_has_the_default():
    """A service registered before there were policies asks OCSP first."""
    assert read_policy({}) == DEFAULT


@pytest.mark.parametrize(
    "members", [{"order": "neither"}, {"max_age_seconds": 0}, {"max_age_seconds": "5"}, {"max_age_seconds": True}]
)
def test_another_policy_is_refused(members):
    """An order that we do not know and an age that is none are never taken for something else."""
    with pytest.raises(ValueError, match=r"valid Order|positive number"):
        read_policy(members)


@pytest.mark.parametrize(
    ("order", "method"), [(Order.OCSP_FIRST, "ocsp"), (Order.CRL_FIRST, "crl"), (Order.BOTH, "ocsp")]
)
def test_each_service_has_its_own(aoba, order, method):
    """The same person at the same moment: each service's token says by which method it was checked."""
    service = aoba.register("aoba", f"by-{method}-{order.replace('_', '-')}", revocation={"order": order})
    claims = aoba.sign_in(service, scope="openid jpki_status")
    assert (claims["revocation"]["method"], claims["revocation"]["fallback"]) == (method, False)


def test_both_means_both(aoba):
    """With OCSP down a service that demands both refuses what another accepts."""
    strict = aoba.register("aoba", "strict", revocation={"order": Order.BOTH})
    aoba.control(do="ocsp", mode="down")
    aoba.sign_in(aoba.library)
    login = aoba.begin(strict)
    aoba.challenge(login)
    assert aoba.prove(login, aoba.sign(login)).json["code"] == Reason.REVOCATION_UNAVAILABLE
