"""What two officers change in a city's stores, and what they cannot."""

import pytest
from components.tiers import (
    Authority,
    sha256,
)

from idp.jpki.path.reasons import PathReason
from idp.registration import NotAllowed


def test_two_officers_configure_what_a_city_trusts(guarded):
    """Nothing of it holds before both have said so; then a company's certificate is good."""
    root = Authority("Root", guarded.now).root()
    city = guarded.city
    asked = city.trust.changes.add(city.tenant, "accredited", "anchor", root.der)
    assert asked.facts["sha256"] == sha256(root.der)
    city.approve(asked, "sato", confirmation=sha256(root.der).replace(":", " ").lower())
    assert guarded.reason("accredited", root.leaf()) is PathReason.ANCHOR_UNFIT
    city.approve(asked, "suzuki", confirmation=sha256(root.der))
    guarded.state("accredited")
    guarded.lists("accredited", root.crl())
    assert guarded.judge("accredited", root.leaf()).path[-1] == root.der


def test_a_certificate_is_loaded_once_and_removed_by_two(guarded):
    """The same again is refused with the second approval; after its removal nothing is trusted."""
    root = Authority("Root", guarded.now).root()
    city, before = guarded.city, guarded.city.audited()
    guarded.load("accredited", root.der)
    with pytest.raises(NotAllowed, match="already"):
        guarded.load("accredited", root.der)
    (row,) = city.trust.changes.certificates(city.tenant)
    city.approve(city.trust.changes.remove(city.tenant, row))
    assert guarded.reason("accredited", root.leaf()) is PathReason.ANCHOR_UNFIT
    audited = [action for action, _ in city.audited()[len(before) :]]
    assert audited.count("trust.certificate-loaded") == audited.count("trust.certificate-removed") == 1


def test_a_wrong_fingerprint_loads_nothing(guarded):
    """Each officer must give the right one."""
    root = Authority("Root", guarded.now).root()
    proposal = guarded.city.trust.changes.add(guarded.city.tenant, "lgpki", "anchor", root.der)
    for wrong in (sha256(root.leaf()), "", "é", sha256(root.der)[:-1]):
        with pytest.raises(NotAllowed, match="fingerprint"):
            guarded.city.approve(proposal, confirmation=wrong)
    assert guarded.city.trust.changes.certificates(guarded.city.tenant) == []
