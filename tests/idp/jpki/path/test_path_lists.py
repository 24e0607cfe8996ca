"""Revocation lists on every tier: right, wrong, hostile, old, partial, indirect, or by another key."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509 import ocsp
from vectors.hierarchy import DAY, NOW, Entity, entry_of, issue, name, new_key, purposes, root, usage
from vectors.town import Town
from vectors.validate import validate

CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
REVOKED, UNKNOWN = ocsp.OCSPCertStatus.REVOKED, ocsp.OCSPCertStatus.UNKNOWN
SURPRISE = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")


@pytest.fixture(scope="module")
def town() -> Town:
    return Town()


def test_complete_evidence_is_enough_and_each_tier_is_needed(town):
    """Taking away the evidence of any one tier refuses the path, for lists and for answers."""
    assert (town.crl(town.crls()), town.ocsp(town.answers())) == ("ok", "ok")
    for tier in range(3):
        lists, answers = town.crls(), town.answers()
        del lists[tier], answers[tier]
        assert (town.crl(lists), town.ocsp(answers)) == ("evidence_missing", "evidence_missing")


@pytest.mark.parametrize("tier", range(3))
def test_revocation_on_any_tier_refuses(town, tier):
    """One revoked authority, or the leaf, ends the path; an old list and a second, good answer change nothing."""
    serial = town.tiers[tier].certificate.serial_number
    issuer = [town.anchor, town.bridge, town.office][tier]
    key = ["anchor", "bridge", "office"][tier]
    assert town.crl(town.crls(**{key: issuer.crl(serial)})) == "revoked"
    old = issuer.crl(serial, this_update=NOW - 9 * DAY, next_update=NOW - 8 * DAY)
    assert town.crl([*town.crls(), old]) == "revoked"
    assert town.ocsp(town.answers(tier, status=REVOKED)) == "revoked"
    assert town.ocsp([*town.answers(), *town.answers(tier, status=REVOKED)]) == "revoked"


BAD_LISTS = {
    "stale": ({"this_update": NOW - 3 * DAY, "next_update": NOW - DAY}, "evidence_too_old"),
    "future": ({"this_update": NOW + DAY, "next_update": NOW + 2 * DAY}, "evidence_too_old"),
    "no number": ({"number": None}, "evidence_missing"),
    "critical surprise": ({"extensions": [(SURPRISE, True)]}, "evidence_missing"),
    "surprise": ({"extensions": [(SURPRISE, False)]}, "ok"),
    "other issuer": ({"issuer": name("stranger")}, "evidence_missing"),
    "no AKI": ({"key_id": False}, "ok"),
    "freshest without delta": (
        {
            "extensions": [
                (
                    x509.FreshestCRL(
                        [x509.DistributionPoint([x509.UniformResourceIdentifier("http://x/")], None, None, None)]
                    ),
                    False,
                )
            ]
        },
        "evidence_too_old",
    ),
}


@pytest.mark.parametrize("tier", range(3))
@pytest.mark.parametrize("case", BAD_LISTS)
def test_list_of_the_issuer(town, case, tier):
    """What the issuer lists is judged alike on every tier."""
    settings, expected = BAD_LISTS[case]
    issuer, key = [town.anchor, town.bridge, town.office][tier], ["anchor", "bridge", "office"][tier]
    assert town.crl(town.crls(**{key: issuer.crl(**settings)})) == expected


def scope(**settings) -> list[tuple[x509.ExtensionType, bool]]:
    usual = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return [(x509.IssuingDistributionPoint(**usual | settings), True)]


URI, OTHER_URI = [x509.UniformResourceIdentifier("http://a/1")], [x509.UniformResourceIdentifier("http://a/2")]
SOME = frozenset({x509.ReasonFlags.key_compromise})
REST = frozenset(x509.ReasonFlags) - SOME - {x509.ReasonFlags.unspecified, x509.ReasonFlags.remove_from_crl}


def point(full=None, relative=None, reasons=None, issuer=None) -> tuple[x509.ExtensionType, bool]:
    return x509.CRLDistributionPoints([x509.DistributionPoint(full, relative, reasons, issuer)]), False


RDN = x509.RelativeDistinguishedName([x509.NameAttribute(x509.NameOID.COMMON_NAME, "1")])
OWN = [x509.DirectoryName(name("office"))]
SCOPES = {
    "users": (None, [scope(only_contains_user_certs=True)], "ok"),
    "authorities": (None, [scope(only_contains_ca_certs=True)], "evidence_missing"),
    "attributes": (None, [scope(only_contains_attribute_certs=True)], "evidence_missing"),
    "named, no point": (None, [scope(full_name=URI)], "evidence_missing"),
    "named after the issuer": (None, [scope(full_name=OWN)], "ok"),
    "same point": (point(URI), [scope(full_name=URI)], "ok"),
    "other point": (point(URI), [scope(full_name=OTHER_URI)], "evidence_missing"),
    "relative": (point(None, RDN), [scope(relative_name=RDN)], "ok"),
    "relative and full": (
        point(None, RDN),
        [scope(full_name=[x509.DirectoryName(x509.Name([*name("office"), *name("1")]))])],
        "ok",
    ),
    "dns name": (point([x509.DNSName("a")]), [scope(full_name=URI)], "extension_refused"),
    "some reasons": (None, [scope(only_some_reasons=SOME)], "evidence_missing"),
    "all reasons in two": (None, [scope(only_some_reasons=SOME), scope(only_some_reasons=REST)], "ok"),
    "point for some reasons": (point(URI, reasons=SOME), [scope(full_name=URI)], "evidence_missing"),
    "scope is not critical": (None, [[(scope(full_name=OWN)[0][0], False)]], "evidence_missing"),
    "cRLIssuer is no directory": (point(URI, issuer=[x509.DNSName("a")]), [()], "extension_refused"),
    "relative under two issuers": (
        point(None, RDN, issuer=[x509.DirectoryName(name("x")), x509.DirectoryName(name("y"))]),
        [()],
        "extension_refused",
    ),
}


@pytest.mark.parametrize("case", SCOPES)
def test_scope_of_a_list(case):
    """A list speaks only for its own kind, point and reasons (RFC 5280 section 6.3.3)."""
    leaf_point, extensions, expected = SCOPES[case]
    town = Town(extensions=[leaf_point] if leaf_point else [])
    lists = [town.office.crl(extensions=e, number=n) for n, e in enumerate(extensions, 1)]
    assert town.crl([*town.crls()[:2], *lists]) == expected


def test_list_for_users_does_not_cover_an_authority(town):
    """onlyContainsUserCerts leaves the tier of an authority without evidence."""
    assert town.crl(town.crls(anchor=town.anchor.crl(extensions=scope(only_contains_user_certs=True)))) == (
        "evidence_missing"
    )


def test_indirect_list():
    """Another authority lists for ours if the certificate says so, the list says so, and the entry names us."""
    service_key = new_key()
    by = [x509.DirectoryName(name("lists"))]
    town = Town(extensions=[point(URI, issuer=by)])
    service = town.bridge.issue("lists", key=service_key, extensions=[(usage("crl_sign"), True)])
    indirect = scope(full_name=URI, indirect_crl=True)
    naming = (x509.CertificateIssuer([x509.DirectoryName(name("office"))]), True)
    serial = town.leaf.certificate.serial_number
    usual = town.crls()[:2]
    assert town.crl([*usual, service.crl(extensions=indirect)], service) == "ok"
    assert town.crl([*usual, service.crl(extensions=scope(full_name=URI))], service) == "evidence_missing"
    assert town.crl([*usual, service.crl(extensions=indirect)]) == "evidence_missing"
    assert town.crl([*usual, service.crl(entry_of(serial, naming), extensions=indirect)], service) == "revoked"
    assert town.crl([*usual, service.crl(entry_of(serial), extensions=indirect)], service) == "ok"
    two = (x509.CertificateIssuer([x509.DNSName("a")]), True)
    assert town.crl([*usual, service.crl(entry_of(7, two), extensions=indirect)], service) == "evidence_missing"
    direct = town.office.crl(entry_of(7, naming))
    assert town.crl([*usual, direct, service.crl(extensions=indirect)], service) == "ok"
    gone = town.bridge.crl(service.certificate.serial_number)
    assert town.crl([usual[0], gone, service.crl(extensions=indirect)], service) == "evidence_missing"


def test_an_indirect_list_is_no_evidence_for_use():
    """Where the leaf shall be used an indirect list shows that it is revoked, and never that it is good."""
    anchor = root()
    leaf = anchor.issue("leaf", extensions=[purposes(CLIENT_AUTH)])
    for use, expected in ({}, "ok"), ({"eku": CLIENT_AUTH}, "evidence_missing"):
        for serial, verdict in (7, expected), (leaf.certificate.serial_number, "revoked"):
            listed = anchor.crl(serial, extensions=scope(indirect_crl=True))
            policy = {"revocation": "crl"} | use
            assert validate([leaf.der], NOW, [anchor.der], [listed], [], policy)["reason"] == verdict


def test_separate_list_key_of_the_same_authority(town):
    """A second key of the office may sign its lists once bridge or office certified it for that."""
    usual = town.crls()[:2]
    for issuer in (town.bridge, town.office):
        signer = issue("office", issuer=issuer, extensions=[(usage("crl_sign"), True)])
        assert town.crl([*usual, signer.crl()], signer) == "ok"
        assert town.crl([*usual, signer.crl(town.leaf.certificate.serial_number)], signer) == "revoked"
    for wrong in (
        issue("office", issuer=town.bridge, extensions=[(usage("digital_signature"), True)]),
        issue("office", issuer=town.bridge, not_after=NOW - DAY, extensions=[(usage("crl_sign"), True)]),
        root("office"),
        issue("office", issuer=root("bridge"), extensions=[(usage("crl_sign"), True)]),
        issue("office", issuer=town.bridge, extensions=[(usage("crl_sign"), True), (SURPRISE, True)]),
    ):
        assert town.crl([*usual, wrong.crl()], wrong) == "evidence_missing"


def test_copied_signature_of_another_list_is_no_signature(town):
    """A list that reuses the signature of a good one over other content is not believed."""
    good = town.office.crl(extensions=scope(only_some_reasons=SOME))
    other = town.office.crl()
    size = 70
    forged = other[:-size] + good[-size:]
    assert town.crl([*town.crls()[:2], good, forged]) == "evidence_missing"


def test_delta_lists():
    """A delta changes its base: it adds, it removes, and without a fitting one the base is too old."""
    town = Town()
    serial = town.leaf.certificate.serial_number
    fresh = (
        x509.FreshestCRL(
            [x509.DistributionPoint([x509.UniformResourceIdentifier("http://x/")], None, None, None)]
        ),
        False,
    )
    removed = (x509.CRLReason(x509.ReasonFlags.remove_from_crl), False)
    held = (x509.CRLReason(x509.ReasonFlags.certificate_hold), False)
    usual = town.crls()[:2]
    base = town.office.crl(number=5, extensions=[fresh])

    def delta(*entries, base_number=5, number=6, **settings) -> bytes:
        marks = [(x509.DeltaCRLIndicator(base_number), True)]
        return town.office.crl(*entries, number=number, extensions=marks, **settings)

    assert town.crl([*usual, base, delta()]) == "ok"
    assert town.crl([*usual, base, delta(serial)]) == "revoked"
    assert town.crl([*usual, base, delta(base_number=6)]) == "evidence_too_old"
    assert town.crl([*usual, base, delta(number=4)]) == "evidence_too_old"
    assert town.crl([*usual, base, delta(next_update=NOW - timedelta(hours=1))]) == "evidence_too_old"
    assert town.crl([*usual, base, delta(serial, number=7), delta(number=6)]) == "revoked"
    assert town.crl([*usual, delta()]) == "evidence_missing"
    holding = town.office.crl(entry_of(serial, held), number=5, extensions=[fresh])
    assert town.crl([*usual, holding, delta(entry_of(serial, removed))]) == "ok"
    assert town.crl([*usual, holding, delta()]) == "revoked"
    marked = Town(extensions=[fresh])
    assert marked.crl(marked.crls()) == "evidence_too_old"


ENTRIES = {
    "reason": ([(x509.CRLReason(x509.ReasonFlags.superseded), False)], "ok"),
    "invalidity date": ([(x509.InvalidityDate(NOW.replace(tzinfo=None)), True)], "ok"),
    "surprise": ([(SURPRISE, False)], "ok"),
    "critical surprise": ([(SURPRISE, True)], "evidence_missing"),
    "bad reason": (
        [(x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.21"), b"\x0a\x01\x07"), False)],
        "evidence_missing",
    ),
}


@pytest.mark.parametrize("case", ENTRIES)
def test_entry_extensions(town, case):
    """An entry that says something we must honour and cannot makes the whole list useless."""
    extensions, expected = ENTRIES[case]
    assert town.crl([*town.crls()[:2], town.office.crl(entry_of(7, *extensions))]) == expected


def test_serial_that_stands_twice(town):
    """A list that holds one serial twice contradicts itself."""
    assert town.crl([*town.crls()[:2], town.office.crl(7, 7)]) == "evidence_missing"


def test_sizes_are_capped(town):
    """Too many lists, too large ones and too many entries are refused before they cost anything."""
    assert town.crl([bytes(1)] * 65) == "too_large"
    assert town.crl([bytes(1024 * 1024 + 1), *town.crls()]) == "ok"
    assert town.crl([bytes(1024 * 1024 + 1)] * 2) == "too_large"
    many = [town.office.crl(*range(1, 8001), number=n) for n in range(1, 4)]
    assert town.crl([*town.crls(), *many]) == "too_large"
    assert validate([town.leaf.der, *[b"x"] * 65], NOW, [town.anchor.der], [], [], None)["reason"] == "too_large"
    assert validate([bytes(65 * 1024)], NOW, [town.anchor.der], [], [], None)["reason"] == "too_large"


SIGNS_LISTS = [(usage("crl_sign"), True)]


def test_list_signer_under_another_anchor_or_against_constraints(town):
    """The signer's path must lead to the same anchor, and be a good path itself."""
    stranger = root("stranger")
    elsewhere = stranger.issue("office", extensions=SIGNS_LISTS)
    barred = town.anchor.authority(
        "barred", extensions=[(x509.NameConstraints(None, [x509.DirectoryName(name("office"))]), True)]
    )
    against = barred.issue("office", extensions=SIGNS_LISTS)
    for signer, pool in ((elsewhere, [elsewhere]), (against, [against, barred])):
        chain = [e.der for e in (town.leaf, town.office, town.bridge, *pool)]
        lists = [*town.crls()[:2], signer.crl(), barred.crl(), stranger.crl()]
        anchors = [town.anchor.der, stranger.der]
        verdict = validate(chain, NOW, anchors, lists, [], {"revocation": "crl"})
        assert verdict["reason"] == "evidence_missing"


def layered(anchor: Entity) -> tuple[Entity, list[Entity]]:
    """An authority below many cross certificates, and all of them."""
    every, above = [], [anchor]
    for number in range(3):
        keys = [new_key() for _ in range(4)]
        below = [issuer.authority(f"layer {number}", key=key) for key in keys for issuer in above]
        every += below
        above = below[:: len(above)]
    return above[0], every


def test_search_for_a_list_signer_ends_within_the_budget():
    """However many paths lead to a signer, and to the signer of its signer's list, the search ends."""
    anchor = root("anchor")
    office = anchor.authority("office")
    leaf = office.issue("leaf")
    lowest, every = layered(anchor)
    far = lowest.issue("office", extensions=SIGNS_LISTS)
    near = anchor.issue("office", extensions=SIGNS_LISTS)
    nearer = lowest.issue("anchor", extensions=SIGNS_LISTS)
    for signers, lists in (
        ([far], [anchor.crl(), far.crl()]),
        (
            [near, nearer],
            [
                anchor.crl(extensions=scope(only_contains_ca_certs=True)),
                nearer.crl(extensions=scope(only_contains_user_certs=True)),
                near.crl(),
            ],
        ),
    ):
        chain = [e.der for e in (leaf, office, *signers, *every)]
        verdict = validate(chain, NOW, [anchor.der], lists, [], {"revocation": "crl"})
        assert verdict["reason"] == "search_exhausted"
