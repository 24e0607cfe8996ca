"""Distribution points and issuers compared by meaning."""

import pytest
from components.revocation_lists import point, tlv
from cryptography import x509

from idp.jpki.crl_names import name_key
from idp.jpki.crl_refused import Garbled
from idp.jpki.crl_scope import point_of, read_scope, shard_of

CN, O = bytes.fromhex("550403"), bytes.fromhex("55040a")  # noqa: E741


def name(*relative):
    """A Name; each part is a list of (type, string tag, text)."""
    return tlv(
        0x30,
        *(
            tlv(0x31, *(tlv(0x30, tlv(0x06, kind), tlv(tag, text)) for kind, tag, text in parts))
            for parts in relative
        ),
    )


def test_string_type_case_and_blanks_do_not_count():
    """PrintableString, UTF8String and BMPString of the same words are the same name."""
    keys = {
        name_key(name([(CN, 0x13, b"Aoba-shi CRLDP")])),
        name_key(name([(CN, 0x0C, b"aoba-shi  crldp ")])),
        name_key(name([(CN, 0x1E, "AOBA-SHI CRLDP".encode("utf-16-be"))])),
    }
    assert len(keys) == 1


def test_everything_else_counts():
    """Other words, other types, other order, parts flowing into each other, unknown string types."""
    keys = {
        name_key(made)
        for made in (
            name([(CN, 0x13, b"Aoba")]),
            name([(O, 0x13, b"Aoba")]),
            name([(CN, 0x13, b"Aoba")], [(O, 0x13, b"Aoba")]),
            name([(O, 0x13, b"Aoba")], [(CN, 0x13, b"Aoba")]),
            name([(O, 0x13, b"Aoba"), (CN, 0x13, b"Aoba")]),
            name([(CN, 0x05, b"Aoba")]),
            name([(CN, 0x0C, b"\xff")]),
            name(),
        )
    }
    assert len(keys) == 8


def test_the_order_inside_a_set_does_not_count():
    """A multi-valued relative name is a set."""
    pair = [(O, 0x13, b"x"), (CN, 0x0C, b"y")]
    assert name_key(name(pair)) == name_key(name(pair[::-1]))


@pytest.mark.parametrize(
    "bad",
    [tlv(0x30, bytes(4096)), b"", b"\x31\x00", name() + b"\x00", tlv(0x30, tlv(0x31, tlv(0x30, tlv(6, CN))))],
)
def test_what_is_no_name_is_garbled(bad):
    """A name that cannot be read matches nothing."""
    with pytest.raises(Garbled):
        name_key(bad)


def test_a_certificates_point_is_its_one_directory_name():
    """Names of other forms and no extension at all give none; the shard is that of the list for the point."""
    extension = x509.CRLDistributionPoints(
        [x509.DistributionPoint([x509.DirectoryName(point("Aoba-shi"))], None, None, None)]
    )
    uri = x509.CRLDistributionPoints(
        [x509.DistributionPoint([x509.UniformResourceIdentifier("http://x.invalid/")], None, None, None)]
    )
    found = point_of(extension)
    assert found == point("Aoba-shi").public_bytes()
    assert point_of(uri) is None
    assert point_of(None) is None
    scope = read_scope(tlv(0x30, tlv(0xA0, tlv(0xA0, tlv(0xA4, found)))))
    assert (scope.point, scope.shard) == (found, shard_of(found))


@pytest.mark.parametrize(
    "points",
    [
        [x509.DistributionPoint([x509.DirectoryName(point(n))], None, None, None) for n in ("A", "B")],
        [
            x509.DistributionPoint(
                [x509.DirectoryName(point("A"))], None, frozenset([x509.ReasonFlags.superseded]), None
            )
        ],
        [x509.DistributionPoint([x509.DirectoryName(point("A"))], None, None, [x509.DirectoryName(point("B"))])],
    ],
    ids=["two points", "some reasons", "another list issuer"],
)
def test_a_certificate_that_no_single_list_covers_is_refused(points):
    """Never answered from a list that speaks for part of it."""
    extension = x509.CRLDistributionPoints(points)
    with pytest.raises(Garbled):
        point_of(extension)
