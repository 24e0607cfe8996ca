"""From bytes to a list in use: what is proven, by what each refusal is called, from real bytes."""

import hashlib
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from components import revocation_lists as made
from components.revocation_lists import (
    NOW,
    THIS_UPDATE,
    by_hand,
    crl,
    entry,
    extension,
    issuer,
    issuing_point,
    tlv,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from connectors.ports import CertificateKind
from idp.jpki.crl_refused import CrlReason, CrlRefused
from idp.jpki.trust import read_anchor

AKI = made.aki(issuer().anchor.key_id)
NUMBER = made.crl_number(1)
POINT = tlv(0xA0, tlv(0xA0, tlv(0xA4, made.point("Aoba-shi").public_bytes())))
RSA_SHA1 = bytes.fromhex("300d06092a864886f70d0101050500")
RSA_SHA256_BARE = bytes.fromhex("300b06092a864886f70d01010b")


def refusal(lists, der: bytes) -> CrlReason:
    """Why a list is refused."""
    with pytest.raises(CrlRefused) as caught:
        lists.load(der)
    assert lists.catalogue.names() == []
    return caught.value.reason


def extensions(*members: bytes) -> bytes:
    """The crlExtensions field."""
    return tlv(0xA0, tlv(0x30, *members))


def idp(*members: bytes) -> bytes:
    """A critical issuingDistributionPoint extension."""
    return extension("551d1c", tlv(0x30, *members), critical=True)


def test_a_list_is_loaded_with_what_it_says(lists):
    """Facts, entries and the hash of what was signed."""
    der = crl([entry(5, "keyCompromise"), entry(2**100), entry(7)], number=2**70)
    facts = lists.load(der).facts
    assert (facts.entries, facts.crl_number, facts.this_update) == (3, 2**70, THIS_UPDATE)
    assert (facts.shard, facts.point, facts.source_bytes) == ("whole", None, len(der))
    assert facts.digest.hex() == hashlib.sha256(x509.load_der_x509_crl(der).tbs_certlist_bytes).hexdigest()
    assert [lists.index().reason_of(serial) for serial in (5, 2**100, 7, 6)] == [
        "keyCompromise",
        "unspecified",
        "unspecified",
        None,
    ]


@pytest.mark.parametrize("entries", [None, b""], ids=["absent", "of no length"])
def test_a_list_without_entries(lists, entries):
    """RFC 5280 leaves revokedCertificates out; a list of none says the same."""
    assert lists.load(by_hand(entries)).facts.entries == 0
    assert lists.index().reason_of(5) is None
    assert lists.index().reasons_of([5, 2**100]) == [None, None]


def test_the_smallest_and_the_largest_list_in_small_pieces(lists):
    """A stream that gives one byte at a time, over several windows."""

    class Trickle(io.BytesIO):
        def readinto(self, buffer):
            return super().readinto(buffer[:4099])

    der = by_hand(b"".join(made.raw_entry(k.to_bytes(3, "big")) for k in range(65536, 65536 + 150_000)))
    loaded = lists.catalogue.load(Trickle(der), lists.anchors, now=lambda: NOW)
    assert loaded.facts.entries == 150_000
    assert lists.index().reasons_of([65535, 65536, 215_535, 215_536]) == [None, "unspecified", "unspecified", None]


@pytest.mark.parametrize(
    ("der", "reason"),
    [
        (b"", "garbled"),
        (b"0", "garbled"),
        (b"\x30\x80" + crl()[4:], "garbled"),
        (b"\x30\x81\x05" + bytes(5), "garbled"),
        (b"\x3f\x81\x05" + bytes(5), "garbled"),
        (tlv(0x31, crl()[4:]), "garbled"),
        (tlv(0x30, tlv(0x31, b"")), "garbled"),
        (tlv(0x30, made.header_of(0x30, 5), b""), "garbled"),
        (crl()[:4] + b"\x30\x82\xff\xff" + crl()[8:], "garbled"),
        (by_hand(None, extensions=made.header_of(0x30, 70_000) + b"\x00"), "garbled"),
        (by_hand(None, extensions=extensions(AKI, extension("2a0304", bytes(66_000)))), "garbled"),
        (crl()[:-1], "garbled"),
        (crl()[:40], "garbled"),
        (crl([entry(5)] * 9)[:-400], "garbled"),
        (crl() + b"\x00", "garbled"),
        (by_hand(None, after=b"0"), "garbled"),
        (issuer().certificate.public_bytes(Encoding.DER), "version"),
        (by_hand(None, version=b""), "version"),
        (by_hand(None, version=b"\x02\x01\x00"), "version"),
        (by_hand(None, version=b"\x02\x01\x02"), "version"),
        (by_hand(None, algorithm=RSA_SHA1), "algorithm"),
        (by_hand(None, algorithm=RSA_SHA256_BARE), "algorithm"),
        (by_hand(None, outer=RSA_SHA256_BARE), "algorithm"),
        (by_hand(None, times=tlv(0x17, b"261125150000Z")), "no_next_update"),
        (by_hand(None, times=tlv(0x17, b"261125150000Z") * 2), "garbled"),
        (by_hand(None, times=tlv(0x17, b"261325150000Z") + tlv(0x17, b"261127150000Z")), "garbled"),
        (by_hand(None, times=tlv(0x17, b"2611251500Z") + tlv(0x17, b"261127150000Z")), "garbled"),
        (by_hand(None, times=tlv(0x04, b"2611251500Z")), "garbled"),
        (by_hand(None, times=tlv(0x18, b"20261125150000.5Z") + tlv(0x17, b"261127150000Z")), "garbled"),
        (by_hand(None, times=tlv(0x17, b"990101000000Z") + tlv(0x17, b"980101000000Z")), "garbled"),
        (by_hand(None, extensions=b""), "unknown_issuer"),
        (by_hand(None, extensions=extensions(NUMBER)), "unknown_issuer"),
        (by_hand(None, extensions=extensions(extension("551d23", tlv(0x30)))), "unknown_issuer"),
        (by_hand(None, extensions=extensions(made.aki(b"x" * 20))), "unknown_issuer"),
        (by_hand(None, extensions=extensions(AKI, AKI)), "garbled"),
        (by_hand(None, extensions=extensions(AKI) * 2), "garbled"),
        (by_hand(None, extensions=tlv(0xA0, tlv(0x30, AKI), b"")[:-1]), "garbled"),
        (by_hand(None, extensions=extensions(AKI, extension("551d14", tlv(0x02, b"\xff")))), "garbled"),
        (by_hand(None, extensions=extensions(AKI, extension("551d14", tlv(0x02, b"\x00\x01")))), "garbled"),
        (by_hand(None, extensions=extensions(AKI, extension("551d14", tlv(0x02)))), "garbled"),
        (
            by_hand(None, extensions=extensions(AKI, extension("551d1b", tlv(0x02, b"\x01"), critical=True))),
            "delta",
        ),
        (by_hand(None, extensions=extensions(AKI, extension("2a0304", b"", critical=True))), "extension"),
        (by_hand(None, extensions=extensions(AKI, idp(POINT, b"\x82\x01\xff"))), "scope"),
        (by_hand(None, extensions=extensions(AKI, idp(POINT, b"\x83\x02\x00\x80"))), "scope"),
        (by_hand(None, extensions=extensions(AKI, idp(POINT, b"\x84\x01\xff"))), "scope"),
        (by_hand(None, extensions=extensions(AKI, idp(b"\x85\x01\xff"))), "scope"),
        (by_hand(None, extensions=extensions(AKI, idp(tlv(0xA0, tlv(0xA1))))), "scope"),
        (by_hand(None, extensions=extensions(AKI, idp(tlv(0xA0, tlv(0xA0, tlv(0x86, b"http://x/")))))), "scope"),
        (by_hand(None, extensions=extensions(AKI, idp(tlv(0xA0, tlv(0xA0, POINT[4:], POINT[4:]))))), "scope"),
        (by_hand(None, extensions=extensions(AKI, idp(b"\x81\x01\x00"))), "garbled"),
        (by_hand(None, extensions=extensions(AKI, idp(b"\x81\x01\xff", b"\x81\x01\xff"))), "garbled"),
        (by_hand(None, extensions=extensions(AKI, idp(b"\x86\x01\xff"))), "garbled"),
        (by_hand(made.raw_entry(b"\x05")[:-1]), "garbled"),
        (by_hand(made.raw_entry(b"\x00")), "garbled"),
        (crl(by=issuer(2)), "unknown_issuer"),
        (crl(name=made.point("Aoba-shi")), "unknown_issuer"),
        (crl(this_update=NOW + timedelta(minutes=2)), "not_yet"),
    ],
)
def test_refused(lists, der, reason):
    """Each for its own reason, and nothing comes into use."""
    assert refusal(lists, der) == reason


def test_a_signature_of_another_key_with_the_same_name(lists):
    """The key identifier says one generation, the signature another."""
    der = crl([entry(5)])
    forged = crl([entry(6)])
    assert refusal(lists, der[:-256] + forged[-256:]) == CrlReason.SIGNATURE
    assert refusal(lists, der.replace(b"\x02\x01\x05", b"\x02\x01\x06")) == CrlReason.SIGNATURE


def test_unused_bits_in_the_signature(lists):
    """A BIT STRING of a whole number of octets."""
    der = bytearray(crl())
    der[-257] = 1
    assert refusal(lists, bytes(der)) == CrlReason.GARBLED


def test_generations_of_one_name_are_told_apart(lists):
    """Each list goes to the generation whose key identifier it carries, however the anchors are ordered."""
    lists.anchors = [issuer(1).anchor, issuer(2).anchor]
    lists.load(crl([entry(5)], by=issuer(1)))
    lists.load(crl([entry(6)], by=issuer(2)))
    (first,) = lists.catalogue.covering(issuer(1).anchor, None)
    (second,) = lists.catalogue.covering(issuer(2).anchor, None)
    assert (first.reason_of(5), first.reason_of(6)) == ("unspecified", None)
    assert (second.reason_of(5), second.reason_of(6)) == (None, "unspecified")


def test_a_claimed_key_identifier_takes_nothing_away(lists):
    """Another tenant's anchor with the same key identifier neither blocks nor receives the list."""
    impostor = made.root(issuer(2).key, key_id=issuer(1).anchor.key_id)
    claimed = read_anchor(CertificateKind.USER, impostor.public_bytes(Encoding.DER))
    lists.anchors = [claimed, issuer(1).anchor]
    lists.load(crl([entry(5)]))
    assert lists.catalogue.covering(claimed, None) == []
    assert len(lists.catalogue.covering(issuer(1).anchor, None)) == 1


def test_an_authority_that_may_not_sign_lists(lists):
    """keyUsage without cRLSign."""
    unfit = made.root(issuer(1).key, crl_sign=False)
    lists.anchors = [read_anchor(CertificateKind.USER, unfit.public_bytes(Encoding.DER))]
    assert refusal(lists, crl()) == CrlReason.UNKNOWN_ISSUER


def test_p_384_is_ready(lists):
    """The table's second row, with a key of its kind; an RSA anchor does not take it."""
    key = ec.generate_private_key(ec.SECP384R1())
    certificate = made.root(key, algorithm=hashes.SHA384())
    key_id = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(made.NAME)
        .last_update(THIS_UPDATE)
        .next_update(THIS_UPDATE + timedelta(days=2))
        .add_extension(x509.AuthorityKeyIdentifier(key_id, None, None), False)
        .add_revoked_certificate(entry(5))
    )
    der = builder.sign(key, hashes.SHA384()).public_bytes(Encoding.DER)
    fit = {"key_id": key_id, "certificate": certificate, "public_key": key.public_key()}
    rsa = replace(issuer().anchor, **fit | {"certificate": made.root(issuer().key, key_id=key_id)})
    lists.anchors = [rsa]
    assert refusal(lists, der) == CrlReason.SIGNATURE
    lists.anchors = [replace(issuer().anchor, **fit)]
    facts = lists.load(der).facts
    assert facts.digest == hashlib.sha256(x509.load_der_x509_crl(der).tbs_certlist_bytes).digest()
    assert facts.crl_number is None
    assert lists.index().reason_of(5) == "unspecified"


def test_the_issuers_name_may_be_spelt_in_another_string_type(lists):
    """RFC 5280 section 7.1."""
    lists.anchors = [
        read_anchor(
            CertificateKind.USER,
            made.root(
                issuer().key,
                name=x509.Name(
                    [x509.NameAttribute(a.oid, a.value.upper(), _type=_printable(a)) for a in made.NAME]
                ),
            ).public_bytes(Encoding.DER),
        )
    ]
    assert lists.load(crl()).facts.entries == 0


def _printable(attribute):
    return x509.name._ASN1Type.PrintableString


def test_times_of_both_types(lists):
    """GeneralizedTime is read as UTCTime is; an anchor without keyUsage may sign lists."""
    lists.anchors = [replace(lists.anchors[0], certificate=made.root(issuer().key, usage=False))]
    facts = lists.load(by_hand(None, times=tlv(0x18, b"20261125150000Z") + tlv(0x18, b"20500101000000Z"))).facts
    assert (facts.this_update, facts.next_update.year) == (THIS_UPDATE, 2050)


def test_an_elliptic_key_does_not_take_an_rsa_signature(lists):
    """The algorithm is the list's, the key is the anchor's: both must agree."""
    key = ec.generate_private_key(ec.SECP384R1())
    certificate = made.root(key, key_id=issuer().anchor.key_id, algorithm=hashes.SHA384())
    lists.anchors = [replace(issuer().anchor, certificate=certificate, public_key=key.public_key())]
    assert refusal(lists, crl()) == CrlReason.SIGNATURE


def test_a_list_for_a_distribution_point(lists):
    """Its shard is the point's; onlyContainsUserCerts alone is the whole CA."""
    facts = lists.load(crl(extensions=[issuing_point("Aoba-shi", only_contains_user_certs=True)])).facts
    assert facts.point == made.point("Aoba-shi").public_bytes()
    assert lists.load(crl(extensions=[issuing_point(None, only_contains_user_certs=True)])).facts.shard == "whole"


@pytest.mark.parametrize("spare", [0, -1])
def test_the_cap_is_enforced_before_and_while_streaming(tmp_path, lists, spare):
    """By the length that the list claims, and by the bytes that come."""
    der = crl([entry(k) for k in range(1, 50)])
    capped = type(lists)(tmp_path / "capped", max_bytes=len(der) + spare)
    if spare:
        assert refusal(capped, der) == CrlReason.TOO_LARGE
    else:
        assert capped.load(der).facts.source_bytes == len(der)
        assert refusal(type(lists)(tmp_path / "other", max_bytes=len(der)), der + b"0") == CrlReason.TOO_LARGE


def test_a_stream_that_fails(lists):
    """A typed refusal, no stray OSError."""

    class Broken(io.RawIOBase):
        def readinto(self, _buffer):
            raise OSError(5, "Input/output error")

    with pytest.raises(CrlRefused) as caught:
        lists.catalogue.load(Broken(), lists.anchors, now=lambda: NOW)
    assert caught.value.reason is CrlReason.STORAGE
