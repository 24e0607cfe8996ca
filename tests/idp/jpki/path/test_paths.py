"""Paths built from real bytes, each wrong in one way: the engine names the reason."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from vectors.hierarchy import NOW, Entity, der, name, new_key, purposes, root, sans, usage
from vectors.validate import validate
from vectors.verdicts import constrained, one_tier, two_tiers, verdict

SERVER, CLIENT, ANY = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "2.5.29.37.0"
EMAIL = "1.3.6.1.5.5.7.3.4"
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55738.666.1"), b"\x05\x00")
PATH_LENGTH_ONLY = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.19"), bytes.fromhex("3003020100"))
HOST = sans(x509.DNSName("a.example.com"))
TLS = {"eku": "serverAuth", "peer_name": "a.example.com"}


ONE_TIER = {
    "ok": ({}, "ok"),
    "expired": ({"not_after": NOW - timedelta(seconds=1)}, "expired"),
    "future": ({"not_before": NOW + timedelta(seconds=1)}, "not_yet_valid"),
    "exact end": ({"not_after": NOW}, "ok"),
    "exact begin": ({"not_before": NOW}, "ok"),
    "other signer": ({"signing_key": new_key()}, "issuer_unknown"),
    "other issuer name": ({"issuer_name": name("stranger")}, "issuer_unknown"),
    "empty issuer": ({"issuer_name": x509.Name([])}, "issuer_unknown"),
    "no key id": ({"without": [x509.AuthorityKeyIdentifier]}, "extension_refused"),
    "key id of another": (
        {"extensions": [(x509.AuthorityKeyIdentifier(b"x" * 20, None, None), False)]},
        "issuer_unknown",
    ),
    "critical key id": (
        {"extensions": [(x509.AuthorityKeyIdentifier(b"x", None, None), True)]},
        "extension_refused",
    ),
    "unknown critical": ({"extensions": [(UNKNOWN, True)]}, "extension_refused"),
    "unknown": ({"extensions": [(UNKNOWN, False)]}, "ok"),
    "no subject": ({"subject": x509.Name([])}, "extension_refused"),
    "no usage": ({"extensions": [(usage(), True)]}, "extension_refused"),
    "signs without cA": ({"extensions": [(usage("key_cert_sign"), True)]}, "extension_refused"),
    "constraints in a leaf": (constrained([x509.DNSName("example.com")]), "extension_refused"),
    "path length without cA": ({"extensions": [(PATH_LENGTH_ONLY, True)]}, "malformed"),
    "constraints not critical for use": (
        {
            "ca_settings": constrained([x509.DNSName("example.com")], critical=False),
            "extensions": [purposes(CLIENT)],
            "policy": {"eku": CLIENT},
        },
        "anchor_unfit",
    ),
    "anchor without a name": (
        {"ca_settings": {"subject": x509.Name([]), "extensions": [(HOST[0], True)]}},
        "anchor_unfit",
    ),
    "CA leaf": ({"ca": True}, "ok"),
    "CA leaf for use": ({"ca": True, "policy": {"eku": "clientAuth"}}, "usage_refused"),
    "SHA-1": ({"ca_settings": {"key": rsa.generate_private_key(65537, 2048)}, "weak": True}, "algorithm_refused"),
    "P-192": ({"key": ec.generate_private_key(ec.SECP192R1())}, "key_refused"),
    "P-521": ({"key": ec.generate_private_key(ec.SECP521R1())}, "ok"),
    "RSA-1024": ({"key": rsa.generate_private_key(65537, 1024)}, "key_refused"),
    "RSA-1024 weak": ({"key": rsa.generate_private_key(65537, 1024), "policy": {"weak_ok": True}}, "ok"),
    "RSA e=3": ({"key": rsa.generate_private_key(3, 2048)}, "key_refused"),
    "DSA": ({"key": dsa.generate_private_key(2048)}, "key_refused"),
    "DSA weak": ({"key": dsa.generate_private_key(2048), "policy": {"weak_ok": True}}, "ok"),
    "no basic constraints": ({"ca_settings": {"without": [x509.BasicConstraints]}}, "anchor_unfit"),
    "anchor without SKI": ({"ca_settings": {"without": [x509.SubjectKeyIdentifier]}}, "anchor_unfit"),
    "anchor expired": ({"ca_settings": {"not_after": NOW - timedelta(days=1)}}, "anchor_unfit"),
    "anchor not for signing": ({"ca_settings": {"extensions": [(usage("crl_sign"), True)]}}, "anchor_unfit"),
    "anchor with unknown": ({"ca_settings": {"extensions": [(UNKNOWN, True)]}}, "anchor_unfit"),
    "anchor with policies": (
        {"ca_settings": {"extensions": [(x509.InhibitAnyPolicy(0), True)]}},
        "anchor_unfit",
    ),
    "anchor with purpose": (
        {
            "ca_settings": {"extensions": [purposes(SERVER)]},
            "extensions": [purposes(SERVER)],
            "policy": {"eku": SERVER},
        },
        "anchor_unfit",
    ),
    "policy twice": (
        {
            "extensions": [
                (
                    x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("1.2.3"), None)] * 2),
                    False,
                )
            ]
        },
        "extension_refused",
    ),
    "too many policies": (
        {
            "extensions": [
                (
                    x509.CertificatePolicies(
                        [x509.PolicyInformation(x509.ObjectIdentifier(f"1.2.3.{i}"), None) for i in range(65)]
                    ),
                    False,
                )
            ]
        },
        "extension_refused",
    ),
    "explicit policy missing": ({"policy": {"explicit_policy": True}}, "path_invalid"),
}


@pytest.mark.parametrize("case", ONE_TIER)
def test_one_tier(case):
    """A certificate under its anchor is accepted, or refused for the one thing that is wrong with it."""
    settings, expected = ONE_TIER[case]
    settings = dict(settings)
    if settings.pop("weak", False):
        settings["algorithm"] = hashes.SHA1()
        reason = _sha1_signed()
    else:
        subject = settings.pop("subject", None)
        if subject is None:
            reason = one_tier(**settings)
        else:
            anchor = root()
            reason = verdict(anchor.issue(subject, **settings), anchors=[anchor])
    assert reason == expected


def _sha1_signed() -> str:
    """`cryptography` signs with SHA-1 no longer: the algorithm is renamed in the bytes, which suffices here."""
    anchor = root(key=rsa.generate_private_key(65537, 2048))
    leaf = anchor.issue("leaf").der.replace(
        bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105")
    )
    return validate([leaf], NOW, [anchor.der], [], [], None)["reason"]


MIDDLE = {
    "ok": ({}, "ok"),
    "expired": ({"not_after": NOW - timedelta(days=1)}, "issuer_unknown"),
    "no cA": (
        {"extensions": [(x509.BasicConstraints(False, None), True)], "without": [x509.KeyUsage]},
        "issuer_unknown",
    ),
    "not critical": ({"extensions": [(x509.BasicConstraints(True, None), False)]}, "ok"),
    "not critical for use": (
        {
            "extensions": [(x509.BasicConstraints(True, None), False)],
            "policy": {"eku": CLIENT},
            "leaf": {"extensions": [purposes(CLIENT)]},
        },
        "issuer_unknown",
    ),
    "no usage extension": ({"without": [x509.KeyUsage]}, "ok"),
    "no AKI": ({"without": [x509.AuthorityKeyIdentifier]}, "issuer_unknown"),
    "no SKI": ({"without": [x509.SubjectKeyIdentifier]}, "issuer_unknown"),
    "anchor without path": ({"top": {"path_length": 0}}, "path_too_long"),
    "depth": ({"policy": {"max_depth": 0}}, "path_too_long"),
    "depth 1": ({"policy": {"max_depth": 1}}, "ok"),
    "purpose": (
        {"extensions": [purposes(CLIENT)], "leaf": {"extensions": [purposes(SERVER)]}, "policy": {"eku": SERVER}},
        "issuer_unknown",
    ),
    "any purpose": (
        {"extensions": [purposes(ANY)], "leaf": {"extensions": [purposes(SERVER)]}, "policy": {"eku": SERVER}},
        "ok",
    ),
    "mapping of anyPolicy": (
        {
            "extensions": [
                (x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("1.2.3"), None)]), False),
                (
                    x509.UnrecognizedExtension(
                        x509.ObjectIdentifier("2.5.29.33"), bytes.fromhex("300c300a0604551d200006022a03")
                    ),
                    True,
                ),
            ],
        },
        "path_invalid",
    ),
    "requires a policy": ({"extensions": [(x509.PolicyConstraints(0, None), True)]}, "path_invalid"),
}


@pytest.mark.parametrize("case", MIDDLE)
def test_middle_tier(case):
    """An authority between leaf and anchor must be fit, and within what the anchor allows."""
    settings, expected = MIDDLE[case]
    assert two_tiers(**settings) == expected


@pytest.mark.parametrize(
    ("held", "wanted", "expected"),
    [
        ([purposes(SERVER)], "serverAuth", "ok"),
        ([purposes(SERVER, CLIENT)], "server_auth", "ok"),
        ([purposes(CLIENT)], "clientAuth", "ok"),
        ([purposes(CLIENT)], SERVER, "usage_refused"),
        ([purposes(SERVER, EMAIL)], SERVER, "usage_refused"),
        ([purposes(CLIENT, ANY)], CLIENT, "usage_refused"),
        ([(purposes(SERVER)[0], True)], SERVER, "usage_refused"),
        ([], SERVER, "usage_refused"),
        ([purposes(EMAIL)], EMAIL, "usage_refused"),
        ([purposes(EMAIL), (usage("digital_signature"), True)], EMAIL, "ok"),
        ([purposes(SERVER)], "telepathy", "request_refused"),
    ],
)
def test_extended_key_usage(held, wanted, expected):
    """The leaf asserts the purpose that is asked for, and none that contradicts it."""
    assert one_tier(extensions=held, policy={"eku": wanted}) == expected


def test_root_in_the_pool_is_no_anchor():
    """Only what the caller trusts is trusted."""
    anchor, stranger = root("a"), root("b")
    assert verdict(stranger.issue("leaf"), [stranger], [anchor]) == "issuer_unknown"


def test_intermediate_can_be_the_anchor():
    """An operator may trust a lower authority alone; what stands above it does not matter."""
    top = root()
    lower = top.authority("lower")
    assert verdict(lower.issue("leaf"), [top], [lower]) == "ok"
    bare = top.authority("bare", without=[x509.AuthorityKeyIdentifier])
    assert verdict(bare.issue("leaf"), [top], [bare]) == "anchor_unfit"


def test_second_path_is_found_when_the_first_is_refused():
    """Two certificates for one authority: the good one wins, in either order."""
    key, anchor = new_key(), root()
    bound = anchor.authority("bound", **constrained(None, [x509.DirectoryName(name("leaf"))]))
    through = bound.authority("ca", key=key)
    direct = anchor.authority("ca", key=key)
    leaf = direct.issue("leaf")
    assert verdict(leaf, [bound, through, direct], [anchor]) == "ok"
    assert verdict(leaf, [bound, through], [anchor]) == "name_constraints"


def test_cross_certificates_in_a_circle_end():
    """Two authorities that certify each other lead nowhere, with or without an anchor above one of them."""
    a_key, b_key, anchor = new_key(), new_key(), root()
    a_root, b_root = root("a", key=a_key), root("b", key=b_key)
    circle = [a_root.authority("b", key=b_key), b_root.authority("a", key=a_key)]
    leaf = a_root.issue("leaf")
    assert verdict(leaf, circle, [anchor]) == "issuer_unknown"
    assert verdict(leaf, [*circle, anchor.authority("b", key=b_key)], [anchor]) == "ok"


def test_eleven_authorities_are_too_many():
    """A path holds at most twelve certificates, whatever the caller allows."""
    tiers = [root()]
    for number in range(12):
        tiers.append(tiers[-1].authority(f"tier {number}"))
    reason = verdict(tiers[-1].issue("leaf"), tiers[1:], tiers[:1], {"max_depth": 50})
    assert reason == "issuer_unknown"


def test_naive_moment_is_utc():
    """A moment without a zone is taken as UTC."""
    anchor = root()
    assert (
        verdict(anchor.issue("leaf"), [], [anchor], at=datetime(2026, 6, 1, tzinfo=UTC).replace(tzinfo=None))
        == "ok"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ([], NOW, [], [], [], None),
        (None, NOW, None, None, None, None),
        (["text"], NOW, [], [], [], None),
        ([b""], "now", [], [], [], None),
        ([b""], NOW, [], [], [], {"surprise": 1}),
        ([b""], NOW, [], [], [], {"revocation": "perhaps"}),
        ([b""], NOW, [], [], [], {"peer_name": {"kind": "IP", "value": "x"}}),
        ([b""], NOW, [], [], [], {"peer_name": {"value": "x"}}),
        ([b""], NOW, [], [], [], {"max_depth": "deep"}),
    ],
)
def test_adapter_never_raises(arguments):
    """Arguments that are none are refused like everything else."""
    assert validate(*arguments) == {"ok": False, "reason": "request_refused"}


def test_anchors_are_needed():
    """Without a fit anchor nothing is judged further."""
    anchor = root()
    assert verdict(anchor.issue("leaf")) == "anchor_unfit"
    assert validate([anchor.issue("leaf").der], NOW, [b"junk", der(anchor.certificate)], [], [], None)["ok"]


def layers(anchor: Entity, per_layer: int = 4) -> tuple[list[Entity], list[Entity]]:
    """Cross certificates in layers: every authority of one layer by every one of the next; lowest and all."""
    keys = [[new_key() for _ in range(per_layer)] for _ in range(3)]
    above = [anchor]
    every: list[Entity] = []
    for number, layer in enumerate(keys):
        below = [issuer.authority(f"layer {number}", key=key) for key in layer for issuer in above]
        every += below
        above = below[:: len(above)]
    return above, every


def test_exponential_cross_certificates_end_within_the_budget():
    """Dozens of cross certificates with no good path among them: refused in counted work, not in time."""
    anchor = root()
    lowest, every = layers(anchor)
    reason = verdict(lowest[0].issue("leaf"), every, [anchor], {"explicit_policy": True})
    assert reason == "search_exhausted"
    assert verdict(lowest[0].issue("leaf"), every, [anchor]) == "ok"
