"""Multi-tier stores as two officers configured them: which certificates are relied on, and why others are not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from components.officers import found_city
from components.tiers import (
    BRIDGE_POLICY,
    CLIENT_AUTH,
    DAY,
    OUR_POLICY,
    Authority,
    found_bridge,
    responder,
    sha256,
)

from idp.jpki.crl_refused import CrlReason, CrlRefused
from idp.jpki.path.reasons import PathReason, PathRefusal
from idp.jpki.revocation import Method
from idp.registration import NotAllowed
from idp.trust.purposes import PURPOSES, Required


@pytest.fixture(scope="module")
def sandbox(shared_town):
    """A city where everything is loaded at once; what it trusts is forgotten before each test."""
    return found_city(shared_town, sandbox=True)


@pytest.fixture(scope="module")
def city(shared_town):
    """A municipality with two officers."""
    return found_city(shared_town)


@pytest.fixture
def store(sandbox):
    """Stores in which nothing is configured: load, state, lists, judge."""
    return configured(sandbox)


@pytest.fixture
def guarded(city):
    """The same where two officers decide."""
    return configured(city)


def configured(city):
    """The city's stores, emptied."""
    for table in ("trust_list", "trust_certificate", "trust_store"):
        city.sql(f"DELETE FROM {table} WHERE tenant_id = TENANT")
    return Configured(city, city.town.clock().replace(microsecond=0))


class Configured:
    """One city's stores, changed by its two officers where it has to be."""

    def __init__(self, city, now):
        self.city, self.now = city, now

    def load(self, purpose, der, role="anchor"):
        """Load a certificate."""
        proposal = self.city.trust.changes.add(self.city.tenant, purpose, role, der)
        if proposal is not None:
            self.city.approve(proposal, confirmation=sha256(der))

    def state(self, purpose, **changes):
        """State a policy that differs from the default in this."""
        policy = replace(PURPOSES[purpose].default, **{"user_policies": (OUR_POLICY,), **changes})
        proposal = self.city.trust.changes.state(self.city.tenant, purpose, policy)
        if proposal is not None:
            self.city.approve(proposal)

    def lists(self, purpose, *lists):
        """Load lists."""
        for der in lists:
            self.city.trust.lists.load(self.city.tenant, purpose, der)

    def judge(self, purpose, *chain, at=None):
        """The verdict."""
        return self.city.trust.stores.validate(self.city.tenant, purpose, chain, at or self.now)

    def reason(self, purpose, *chain, at=None):
        """Why it is refused."""
        with pytest.raises(PathRefusal) as refusal:
            self.judge(purpose, *chain, at=at)
        return refusal.value.reason


@pytest.fixture
def lgpki(store):
    """A bridge's shape, all of it loaded, with fresh lists."""
    made = found_bridge(store.now)
    store.load("lgpki", made.root.der)
    store.load("lgpki", made.cross, "intermediate")
    store.load("lgpki", made.onward, "intermediate")
    store.state("lgpki")
    store.lists("lgpki", *made.lists)
    store.made = made
    return store


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


class Accredited:
    """A private authority below a root, whose revocation is asked over a socket."""

    def __init__(self, store):
        self.root, self.issuing = Authority("Root", store.now).root(), Authority("Issuing", store.now)
        self.intermediate = self.root.certify(self.issuing)
        self.leaf = self.issuing.leaf()
        self.revoked: tuple[bytes, ...] = ()
        self.silent: set[str] = set()
        self.wishes: dict = {}
        store.load("accredited", self.root.der)
        store.load("accredited", self.intermediate, "intermediate")

    def answer(self, request: bytes) -> bytes:
        """Whichever of the two is asked about."""
        from cryptography.x509 import ocsp

        serial = ocsp.load_der_ocsp_request(request).serial_number
        who = self.root if serial == self.issuing.certificate.serial_number else self.issuing
        if who.name in self.silent:
            raise LookupError
        return who.answer(request, *self.revoked, **self.wishes)


@pytest.fixture
def accredited(store):
    """The same, with its responder configured."""
    made = Accredited(store)
    with responder(made.answer) as url:
        made.url = url
        yield made


def test_ocsp_speaks_for_every_tier(store, accredited):
    """Good at both; a responder that signed beforehand sends no nonce; revoked at the intermediate."""
    store.state("accredited", revocation=Required.OCSP, responders=(accredited.url,))
    for wishes in ({}, {"nonce": False}):
        accredited.wishes = wishes
        verdict = store.judge("accredited", accredited.leaf)
        assert [(each.tier, each.method) for each in verdict.tiers] == [(0, Method.OCSP), (1, Method.OCSP)]
    accredited.revoked = (accredited.intermediate,)
    assert store.reason("accredited", accredited.leaf) is PathReason.REVOKED


def test_an_old_answer_or_none_is_no_evidence(store, accredited):
    """Old, silent, and an answer to another question."""
    store.state("accredited", revocation=Required.OCSP, responders=(accredited.url,))
    accredited.wishes = {"nonce": False, "age": DAY}
    assert store.reason("accredited", accredited.leaf) is PathReason.EVIDENCE_TOO_OLD
    accredited.wishes, accredited.silent = {}, {"Root"}
    assert store.reason("accredited", accredited.leaf) is PathReason.EVIDENCE_MISSING


def test_an_answer_signed_beforehand_counts_for_hours(store, accredited):
    """However long it says itself that it lives; one to our own question counts, and *revoked* always does."""
    store.state("accredited", revocation=Required.OCSP, responders=(accredited.url,))
    for hours, nonce, refused in ((11, False, False), (13, False, True), (13, True, False)):
        accredited.wishes = {"nonce": nonce, "age": timedelta(hours=hours), "life": 30 * DAY}
        if refused:
            assert store.reason("accredited", accredited.leaf) is PathReason.EVIDENCE_MISSING
        else:
            store.judge("accredited", accredited.leaf)
    accredited.wishes |= {"nonce": False}
    accredited.revoked = (accredited.leaf, accredited.intermediate)
    assert store.reason("accredited", accredited.leaf) is PathReason.REVOKED


def test_an_answer_to_another_question_is_none(store, accredited):
    """A replayed answer carries the nonce of its own question."""
    store.state("accredited", revocation=Required.OCSP, responders=(accredited.url,))
    kept: dict[int, bytes] = {}
    fresh = accredited.answer

    def replay(request):
        from cryptography.x509 import ocsp

        return kept.setdefault(ocsp.load_der_ocsp_request(request).serial_number, fresh(request))

    with responder(replay) as url:
        store.state("accredited", revocation=Required.OCSP, responders=(url,))
        store.judge("accredited", accredited.leaf)
        assert store.reason("accredited", accredited.leaf) is PathReason.EVIDENCE_MISSING


def test_a_list_for_one_tier_and_an_answer_for_the_other(store, accredited):
    """`crl-or-ocsp`: the root publishes a list, the issuing authority answers; each alone is not enough."""
    store.state("accredited", revocation=Required.EITHER, responders=(accredited.url,))
    accredited.silent = {"Root"}
    assert store.reason("accredited", accredited.leaf) is PathReason.EVIDENCE_MISSING
    store.lists("accredited", accredited.root.crl())
    verdict = store.judge("accredited", accredited.leaf)
    assert [(each.tier, each.method) for each in verdict.tiers] == [(0, Method.OCSP), (1, Method.CRL)]
    accredited.revoked = (accredited.leaf,)
    assert store.reason("accredited", accredited.leaf) is PathReason.REVOKED
    accredited.revoked = ()
    store.lists("accredited", accredited.root.crl(accredited.intermediate, number=2))
    assert store.reason("accredited", accredited.leaf) is PathReason.REVOKED


def test_without_a_responder_either_means_lists(store, accredited):
    """Nobody is asked whom nobody named: an address in a certificate is none."""
    store.state("accredited", revocation=Required.EITHER)
    store.lists("accredited", accredited.root.crl())
    assert store.reason("accredited", accredited.leaf) is PathReason.EVIDENCE_MISSING
    store.lists("accredited", accredited.issuing.crl())
    assert store.judge("accredited", accredited.leaf).tiers[0].method is Method.CRL


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
