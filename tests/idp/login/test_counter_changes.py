"""Counter logins while something changes: methods switched off, certificates revoked, J-LIS dark, days over."""

import pytest
from components.counter import enrol, finish, kazashi_service, refused, switch

from idp.errors import Reason


@pytest.fixture
def desk(aoba):
    """A service that takes kazashi, at a tenant that has switched it on."""
    switch(aoba, ["kazashi"])
    return kazashi_service(aoba)


@pytest.fixture
def window(aoba, desk):
    """A terminal for it."""
    return enrol(aoba, desk)


def test_a_tenant_that_switches_it_off_takes_no_kazashi(aoba, window, desk):
    """The service's registration alone is not enough."""
    aoba.sign_in(aoba.childcare)
    switch(aoba, [])
    assert window.challenge(aoba.begin(desk)).json["modes"] == ["pin"]
    assert refused(window.prove(aoba.begin(desk), "kazashi")) == (Reason.LEVEL_INSUFFICIENT, 403)


def test_a_revoked_certificate_is_refused_in_both_modes(aoba, window, desk):
    """J-LIS is asked for a card that is held over, too."""
    aoba.sign_in(aoba.childcare)
    aoba.control(do="revoke", resident="hanako")
    aoba.control(do="tick")
    for mode in ("pin", "kazashi"):
        assert refused(window.prove(aoba.begin(desk), mode)) == (Reason.CERTIFICATE_REVOKED, 403)


def test_there_is_no_leave_for_kazashi(aoba, window, desk):
    """Accept now, verify later lowers a level; below this one there is none."""
    aoba.sign_in(aoba.childcare)
    until = int(aoba.clock().timestamp()) + 3600
    aoba.product.policies.change_tenant(
        aoba.product.directory.tenant("aoba"), revocation={"defer": {"until": until, "within_seconds": 3600}}
    )
    aoba.control(do="ocsp", mode="down")
    aoba.control(do="crl", mode="stale")
    assert window.prove(aoba.begin(desk), "kazashi").status_code == 503
    login = aoba.begin(desk)
    assert finish(aoba, login, window.prove(login, "pin"))["acr"] == "aal2"


def test_a_terminal_ends_with_its_last_day(aoba, desk):
    """At midnight in Japan."""
    window = enrol(aoba, desk, terminal_id="today", days=0)
    assert window.challenge(aoba.begin(desk)).status_code == 200
    aoba.clock.set_offset(aoba.clock.offset + 24 * 3600)
    assert refused(window.challenge(aoba.begin(desk))) == (Reason.TERMINAL_REFUSED, 403)
