"""Multi-tier stores as two officers configured them: which certificates are relied on, and why others are not."""

import pytest
from components.tiers import (
    BRIDGE_POLICY,
    CLIENT_AUTH,
    DAY,
    OUR_POLICY,
    Authority,
    found_bridge,
)

from idp.jpki.crl_refused import CrlReason, CrlRefused
from idp.jpki.path.reasons import PathReason
from idp.jpki.revocation import Method
from idp.registration import NotAllowed


def test_a_bridge_maps_policies_to_ours(lgpki):
    """Root, cross-certificate, city and leaf, each in policies of its own; every tier has its list."""
    leaf = lgpki.made.leaf()
    verdict = lgpki.judge("lgpki", leaf)
    assert verdict.path == (leaf, lgpki.made.onward, lgpki.made.cross, lgpki.made.root.der)
    assert [(each.tier, each.method) for each in verdict.tiers] == [(tier, Method.CRL) for tier in range(3)]
    assert all(each.this_update < lgpki.now < each.next_update for each in verdict.tiers)


@pytest.mark.parametrize("tier", ["cross", "onward", "leaf"])
def test_one_revoked_tier_is_enough(lgpki, tier):
    """The leaf, the city's authority or the bridge itself."""
    made = lgpki.made
    leaf = made.leaf()
    issuer, revoked = {
        "cross": (made.root, made.cross),
        "onward": (made.bridge, made.onward),
        "leaf": (made.city, leaf),
    }[tier]
    lgpki.lists("lgpki", issuer.crl(revoked, number=2))
    assert lgpki.reason("lgpki", leaf) is PathReason.REVOKED


def test_every_tier_needs_a_fresh_list(lgpki):
    """After a day all of them are too old; a new one for one tier alone does not help."""
    later = lgpki.now + 2 * DAY
    leaf = lgpki.made.leaf()
    assert lgpki.reason("lgpki", leaf, at=later) is PathReason.EVIDENCE_TOO_OLD


def test_a_missing_list_is_no_good_news(store):
    """No list of the bridge: nobody knows whether the city's authority is still one."""
    made = found_bridge(store.now)
    store.load("lgpki", made.root.der)
    store.state("lgpki")
    store.lists("lgpki", made.root.crl())
    chain = (made.leaf(), made.onward, made.cross)
    assert store.reason("lgpki", *chain) is PathReason.EVIDENCE_MISSING


def test_only_what_a_store_accepts_is_accepted(lgpki):
    """A policy that nothing maps to ours, and a leaf that states none."""
    for policies in ((OUR_POLICY,), (BRIDGE_POLICY,), ()):
        assert lgpki.reason("lgpki", lgpki.made.leaf(policies=policies)) is PathReason.POLICY_REFUSED


def test_nothing_stated_is_nothing_accepted(store):
    """Until two officers have said which policies count, none does."""
    root = Authority("Root", store.now).root()
    store.load("accredited", root.der)
    store.lists("accredited", root.crl())
    assert store.reason("accredited", root.leaf()) is PathReason.POLICY_REFUSED
    store.state("accredited")
    assert store.judge("accredited", root.leaf()).path[-1] == root.der


def test_nothing_loaded_is_nothing_trusted(store):
    """A purpose without anchors refuses, and says so."""
    assert store.reason("lgpki", Authority("Root", store.now).root().leaf()) is PathReason.ANCHOR_UNFIT


def test_mapping_is_for_the_bridge_alone(store):
    """The same certificates, loaded for another purpose."""
    made = found_bridge(store.now)
    store.load("accredited", made.root.der)
    store.load("accredited", made.cross, "intermediate")
    store.load("accredited", made.onward, "intermediate")
    store.state("accredited")
    store.lists("accredited", *made.lists)
    assert store.reason("accredited", made.leaf()) is PathReason.POLICY_REFUSED


def test_commercial_registration_is_one_authority_below_its_root(store):
    """Root, registration authority, a company's certificate; the authority comes along with the certificate."""
    root, registry = Authority("Registry Root", store.now).root(), Authority("Registry", store.now)
    issued = root.certify(registry)
    store.load("commercial-registration", root.der)
    store.state("commercial-registration")
    store.load("commercial-registration", issued, "intermediate")
    store.lists("commercial-registration", root.crl(), registry.crl())
    leaf = registry.leaf()
    assert store.judge("commercial-registration", leaf).path == (leaf, issued, root.der)
    deeper = Authority("Deeper", store.now)
    chain = (deeper.leaf(), registry.certify(deeper))
    assert store.reason("commercial-registration", *chain) is PathReason.PATH_TOO_LONG


def test_a_purpose_is_not_another(store):
    """An anchor of the registry says nothing about accredited services, whatever it signed."""
    root = Authority("Root", store.now).root()
    store.load("commercial-registration", root.der)
    store.load("accredited", Authority("Other", store.now).root().der)
    store.state("commercial-registration")
    store.state("accredited")
    store.lists("commercial-registration", root.crl())
    store.judge("commercial-registration", root.leaf())
    assert store.reason("accredited", root.leaf()) is PathReason.ISSUER_UNKNOWN


def test_what_the_leaf_is_for_is_demanded(store):
    """No digitalSignature; and a stated extended key usage that the leaf lacks."""
    root = Authority("Root", store.now).root()
    store.load("accredited", root.der)
    store.state("accredited")
    store.lists("accredited", root.crl())
    assert store.reason("accredited", root.leaf(usages=("key_encipherment",))) is PathReason.USAGE_REFUSED
    store.state("accredited", extended_key_usages=(CLIENT_AUTH.dotted_string,))
    assert store.reason("accredited", root.leaf()) is PathReason.USAGE_REFUSED
    store.judge("accredited", root.leaf(purposes=(CLIENT_AUTH,)))


def refused_list(store, der) -> CrlReason:
    """Why a list is not taken."""
    with pytest.raises(CrlRefused) as refusal:
        store.lists("lgpki", der)
    return refusal.value.reason


def test_a_list_only_ever_moves_forward(lgpki):
    """An older number, another list of the same number, an older time: the list in use stays."""
    root = lgpki.made.root
    lgpki.lists("lgpki", root.crl(number=5))
    assert refused_list(lgpki, root.crl(number=4)) is CrlReason.ROLLBACK
    assert refused_list(lgpki, root.crl(lgpki.made.cross, number=5)) is CrlReason.ROLLBACK
    assert refused_list(lgpki, root.crl(number=6, age=DAY)) is CrlReason.ROLLBACK
    lgpki.judge("lgpki", lgpki.made.leaf())


def test_the_same_list_again_changes_nothing(lgpki):
    """A night job may offer what it offered yesterday."""
    der = lgpki.made.root.crl(number=7)
    lgpki.lists("lgpki", der)
    assert lgpki.city.trust.lists.load(lgpki.city.tenant, "lgpki", der).unchanged


def test_lists_that_are_not_the_stores_are_refused(lgpki):
    """Of a stranger, of a name alone, of tomorrow, of no sense, of too many bytes."""
    made = lgpki.made
    assert refused_list(lgpki, Authority("Stranger", lgpki.now).crl()) is CrlReason.UNKNOWN_ISSUER
    forged = Authority("Trial Root", lgpki.now)
    assert refused_list(lgpki, forged.crl(number=9)) is CrlReason.UNKNOWN_ISSUER
    assert refused_list(lgpki, made.root.crl(number=9, age=-DAY)) is CrlReason.NOT_YET
    good = made.root.crl(number=9)
    assert refused_list(lgpki, good[:-1] + bytes([good[-1] ^ 1])) is CrlReason.SIGNATURE
    for garbage in (b"", b"x", good[:-1], good + b"\x00", b"\x30\x82" + bytes(60_000)):
        assert refused_list(lgpki, garbage) is CrlReason.GARBLED
    assert refused_list(lgpki, bytes(17 * 2**20)) is CrlReason.TOO_LARGE


@pytest.mark.parametrize("role", ["anchor", "intermediate"])
def test_what_is_no_authority_is_not_loaded(store, role):
    """A leaf, garbage, and a role that does not exist."""
    root = Authority("Root", store.now).root()
    for der in (root.leaf(), b"", b"garbage", root.der[:-1]):
        with pytest.raises(NotAllowed):
            store.city.trust.changes.add(store.city.tenant, "lgpki", role, der)
    with pytest.raises(NotAllowed, match="anchor or an intermediate"):
        store.city.trust.changes.add(store.city.tenant, "lgpki", "friend", root.der)
    with pytest.raises(NotAllowed, match="a purpose is one of"):
        store.city.trust.changes.add(store.city.tenant, "jpki", role, root.der)
