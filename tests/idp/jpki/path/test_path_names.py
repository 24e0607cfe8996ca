"""Names: the constraints that authorities impose, and the name that the caller expects."""

from ipaddress import ip_address, ip_network

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from vectors.hierarchy import name, root, sans
from vectors.verdicts import constrained, one_tier, two_tiers, verdict

HOST = sans(x509.DNSName("a.example.com"))
DNS, IP, MAIL, URI = x509.DNSName, x509.IPAddress, x509.RFC822Name, x509.UniformResourceIdentifier
OTHER = x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\x05\x00")
CN = x509.DirectoryName
NET4, NET6 = IP(ip_network("192.0.2.0/24")), IP(ip_network("2001:db8::/32"))
CONSTRAINTS = [
    # permitted, excluded, names of the leaf, expected
    ([DNS("example.com")], None, [DNS("example.com"), DNS("a.b.example.com"), DNS("A.Example.COM")], "ok"),
    ([DNS("example.com")], None, [DNS("badexample.com")], "name_constraints"),
    ([DNS("example.com")], None, [DNS("*.example.com")], "ok"),
    ([DNS("a.example.com")], None, [DNS("*.example.com")], "name_constraints"),
    (None, [DNS("a.example.com")], [DNS("*.example.com")], "name_constraints"),
    (None, [DNS("a.example.org")], [DNS("*.example.com")], "ok"),
    ([DNS("example.com")], [DNS("a.example.com")], [DNS("b.a.example.com")], "name_constraints"),
    (None, [DNS("")], [DNS("example.com")], "name_constraints"),
    ([DNS("example.com")], None, [DNS(".example.com")], "name_constraints"),
    ([DNS(".example.com")], None, [DNS("a.example.com")], "name_constraints"),
    ([DNS("example.com")], None, [MAIL("a@b.c")], "ok"),
    ([NET4], None, [IP(ip_address("192.0.2.9"))], "ok"),
    ([NET4], None, [IP(ip_address("192.0.3.9"))], "name_constraints"),
    ([NET4], None, [IP(ip_address("2001:db8::1"))], "name_constraints"),
    (None, [NET6], [IP(ip_address("2001:db8::1"))], "name_constraints"),
    ([NET4], None, [IP(ip_network("192.0.2.0/24"))], "name_constraints"),
    ([MAIL("a@example.com")], None, [MAIL("a@example.com")], "ok"),
    ([MAIL("a@example.com")], None, [MAIL("A@example.com")], "name_constraints"),
    (None, [MAIL("a@example.com")], [MAIL("A@EXAMPLE.com")], "name_constraints"),
    ([MAIL("example.com")], None, [MAIL("a@example.com")], "ok"),
    ([MAIL("example.com")], None, [MAIL("a@sub.example.com")], "name_constraints"),
    ([MAIL(".example.com")], None, [MAIL("a@sub.example.com")], "ok"),
    ([MAIL("example.com")], None, [MAIL("example.com")], "name_constraints"),
    ([URI("example.com")], None, [URI("https://example.com/a")], "ok"),
    ([URI(".example.com")], None, [URI("https://u@a.example.com:8443/a?b")], "ok"),
    ([URI("example.com")], None, [URI("https://a.example.com/")], "name_constraints"),
    ([URI("example.com")], None, [URI("urn:x")], "name_constraints"),
    ([URI("example.com")], None, [URI("https://192.0.2.1/")], "name_constraints"),
    ([CN(name("leaf"))], None, [], "ok"),
    ([CN(name("LEAF "))], None, [], "ok"),
    ([CN(name("other"))], None, [], "name_constraints"),
    ([CN(name("leaf"))], None, [CN(name("other"))], "name_constraints"),
    (None, [CN(name("leaf"))], [], "name_constraints"),
    (None, [OTHER], [OTHER], "name_constraints"),
    (None, [OTHER], [DNS("example.com")], "ok"),
]


@pytest.mark.parametrize("number", range(len(CONSTRAINTS)))
def test_name_constraints(number):
    """A name lies in every permitted subtree of its form and in no excluded one, whoever imposes it."""
    permitted, excluded, held, expected = CONSTRAINTS[number]
    leaf = {"extensions": [sans(*held)] if held else []}
    assert one_tier(ca_settings=constrained(permitted, excluded), **leaf) == expected
    if permitted is None or not isinstance(permitted[0], CN):
        assert two_tiers(leaf=leaf, **constrained(permitted, excluded)) == expected


def test_constraints_spare_self_issued_authorities_but_not_a_self_issued_leaf():
    """RFC 5280 section 6.1.3 (b): key rollover is exempt, the end of the path is not."""
    anchor = root("ca", **constrained([DNS("example.com")]))
    bad = [sans(DNS("example.org"))]
    rolled = anchor.authority("ca", extensions=bad)
    assert verdict(rolled.issue("leaf"), [rolled], [anchor]) == "ok"
    assert verdict(anchor.issue("ca", extensions=bad), [], [anchor]) == "name_constraints"


def test_mail_address_in_the_subject_is_constrained_too():
    """A mail address outside subjectAltName does not escape."""
    subject = x509.Name([x509.NameAttribute(NameOID.EMAIL_ADDRESS, "a@example.org")])
    anchor = root(**constrained([MAIL("example.com")]))
    assert verdict(anchor.issue(subject), [], [anchor]) == "name_constraints"


@pytest.mark.parametrize(
    "content",
    [
        "3000",
        "3002a000",
        "3014a0123010820b6578616d706c652e636f6d800101",  # minimum 1
        "3014a0123010820b6578616d706c652e636f6d810105",  # maximum 5
        "3013a011300f820d2a2e6578616d706c652e636f6d",  # *.example.com
    ],
)
def test_empty_bounded_or_wild_constraints_are_refused(content):
    """Constraints without subtrees, with a minimum or with a wildcard mean nothing in PKIX."""
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.30"), bytes.fromhex(content))
    reason = one_tier(ca_settings={"extensions": [(extension, True)]}, extensions=[HOST])
    assert reason == ("name_constraints" if content.startswith("3014") else "anchor_unfit")


def test_thousands_of_names_and_constraints_are_refused_at_once():
    """The product of names and constraints is capped."""
    many = [DNS(f"h{i}.example.com") for i in range(100)]
    assert one_tier(ca_settings=constrained(many), extensions=[sans(*many)]) == "name_constraints"


PEERS = [
    # names of the leaf, expected name, verdict
    ([DNS("a.example.com")], "a.example.com", "ok"),
    ([DNS("a.example.com")], "A.example.com.", "ok"),
    ([DNS("a.example.com")], "b.example.com", "name_mismatch"),
    ([DNS("*.example.com")], "a.example.com", "ok"),
    ([DNS("*.example.com")], "a.b.example.com", "name_mismatch"),
    ([DNS("*.example.com")], "example.com", "name_mismatch"),
    ([DNS("*.com")], "example.com", "name_mismatch"),
    ([DNS("a*.example.com")], "ab.example.com", "name_mismatch"),
    ([DNS("a.*.example.com")], "a.b.example.com", "name_mismatch"),
    ([DNS("a.example.com")], "a b", "name_mismatch"),
    ([IP(ip_address("192.0.2.1"))], "192.0.2.1", "ok"),
    ([IP(ip_address("192.0.2.1"))], "192.0.2.2", "name_mismatch"),
    ([DNS("192.0.2.1")], "192.0.2.1", "name_mismatch"),
    ([MAIL("a@example.com")], {"kind": "RFC822", "value": "a@EXAMPLE.com"}, "ok"),
    ([MAIL("a@example.com")], "b@example.com", "name_mismatch"),
    ([DNS("a.example.com"), DNS("b.example.com")], ["a.example.com", "b.example.com"], "ok"),
    ([DNS("a.example.com")], ["a.example.com", "b.example.com"], "name_mismatch"),
]


@pytest.mark.parametrize("number", range(len(PEERS)))
def test_expected_name(number):
    """subjectAltName certifies the expected name, or the path is refused."""
    held, expected_name, expected = PEERS[number]
    assert one_tier(extensions=[sans(*held)], policy={"peer_name": expected_name}) == expected


def test_expected_name_needs_an_uncritical_subject_alternative_name():
    """A commonName alone certifies nothing; a critical extension beside a subject is not PKIX."""
    wanted = {"peer_name": "a.example.com"}
    assert one_tier(policy=wanted) == "name_mismatch"
    assert one_tier(policy=wanted, extensions=[(HOST[0], True)]) == "name_mismatch"
    anchor = root()
    assert verdict(anchor.issue(x509.Name([]), extensions=[(HOST[0], True)]), [], [anchor], wanted) == "ok"


@pytest.mark.parametrize(
    ("common_name", "expected"),
    [
        ("a.example.com", "ok"),
        ("example.com", "ok"),
        ("somebody", "ok"),
        ("A.example.com", "name_mismatch"),
        ("b.example.com", "name_mismatch"),
        ("0xC0A80101", "name_mismatch"),
        ("192.168.001.001", "name_mismatch"),
        ("2001:DB8::1", "name_mismatch"),
        ("試験.example.com", "name_mismatch"),
    ],
)
def test_common_name_that_looks_like_a_host_is_a_copy(common_name, expected):
    """What an old client would read as the host must have been certified."""
    anchor = root()
    leaf = anchor.issue(common_name, extensions=[HOST])
    assert verdict(leaf, [], [anchor], {"peer_name": "a.example.com"}) == expected
