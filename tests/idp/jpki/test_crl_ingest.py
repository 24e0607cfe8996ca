"""A national list from its first byte to its signer: what is taken, and each refusal from real bytes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

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
from vectors.crl_ingest import take

from connectors.ports import CertificateKind
from idp.jpki.crl_header import MAX_HEADER_BYTES, MAX_TAIL_BYTES
from idp.jpki.crl_refused import CrlReason, CrlRefused, UnknownIssuer
from idp.jpki.trust import read_anchor

SHA_256, SHA_384 = bytes.fromhex("300d06092a864886f70d01010b0500"), bytes.fromhex("300d06092a864886f70d01010c0500")
BARE = bytes.fromhex("300b06092a864886f70d01010b")
AKI, NUMBER = made.aki(issuer().anchor.key_id), made.crl_number(1)
AOBA = tlv(0xA4, made.point("Aoba-shi").public_bytes())
POINT = tlv(0xA0, tlv(0xA0, AOBA))
TRUE = b"\x01\xff"
LIFE = tlv(0x17, b"261125150000Z"), tlv(0x17, b"261127150000Z")


def refused(der: bytes, *, anchors=None, **settings) -> CrlReason:
    """Why the list is not taken."""
    with pytest.raises(CrlRefused) as caught:
        take(der, anchors or [issuer().anchor], **settings)
    return caught.value.reason


def extended(*members: bytes) -> bytes:
    """A list with these extensions."""
    return by_hand(None, extensions=tlv(0xA0, tlv(0x30, *members)))


def scoped(*members: bytes) -> bytes:
    """A list with an issuingDistributionPoint of these members."""
    return extended(AKI, extension("551d1c", tlv(0x30, *members), critical=True))


def timed(*times: bytes) -> bytes:
    """A list with these elements in place of thisUpdate and nextUpdate."""
    return by_hand(None, times=b"".join(times))


def test_a_list_is_taken_with_what_it_says():
    """Times, number, scope, entries and signer."""
    taken = take(crl([entry(5, "keyCompromise"), entry(2**100)], number=2**70), [issuer().anchor])
    header, tail = taken.header, taken.tail
    assert (header.this_update, header.next_update - header.this_update) == (THIS_UPDATE, timedelta(hours=48))
    assert (tail.crl_number, tail.scope.point, taken.anchor) == (2**70, None, issuer().anchor)
    assert (taken.columns.narrow.tolist(), taken.columns.middle.tolist()) == ([5 << 4], [1 << 36])


@pytest.mark.parametrize(
    ("members", "point"),
    [
        ((POINT,), AOBA),
        ((POINT, b"\x81" + TRUE), AOBA),
        ((b"\x81" + TRUE,), None),
        ((), None),
    ],
    ids=["point", "point of user certificates", "all user certificates", "empty"],
)
def test_a_scope_that_we_support(members, point):
    """One directory name, or the whole CA; and the shard is named by it."""
    scope = take(scoped(*members), [issuer().anchor]).tail.scope
    assert scope.point == (point and point[2:])
    assert (scope.shard == "whole") is (point is None)


def test_times_of_either_type_and_century():
    """UTCTime is of 1950 to 2049, GeneralizedTime of any year."""
    old = take(timed(tlv(0x17, b"500101000000Z"), tlv(0x17, b"491231235959Z")), [issuer().anchor]).header
    new = take(timed(LIFE[0], tlv(0x18, b"20500101000000Z")), [issuer().anchor]).header
    assert (old.this_update.year, old.next_update) == (1950, datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert new.next_update == datetime(2050, 1, 1, tzinfo=UTC)


def test_a_list_without_number_or_entries_is_taken():
    """Neither is needed; revokedCertificates may be absent or of no length."""
    for entries in (None, b""):
        taken = take(by_hand(entries, extensions=tlv(0xA0, tlv(0x30, AKI))), [issuer().anchor])
        assert (taken.tail.crl_number, len(taken.columns.narrow)) == (None, 0)


GOOD = crl()
HEADERS = {
    "nothing": (b"", "garbled"),
    "one byte": (b"0", "garbled"),
    "high tag": (b"\x3f\x81\x05" + bytes(5), "garbled"),
    "indefinite": (b"\x30\x80" + GOOD[4:], "garbled"),
    "five octets of length": (b"\x30\x85\x00\x00\x00\x01\x00", "garbled"),
    "length cut off": (b"\x30\x82\x01", "garbled"),
    "length not minimal": (by_hand(None, version=b"\x02\x81\x01\x01"), "garbled"),
    "length with a zero": (b"\x30\x82\x00\x85" + bytes(133), "garbled"),
    "no SEQUENCE": (tlv(0x31, GOOD[4:]), "garbled"),
    "no SEQUENCE inside": (tlv(0x30, tlv(0x31, b"")), "garbled"),
    "inner longer than outer": (GOOD[:4] + b"\x30\x82\xff\xff" + GOOD[8:], "garbled"),
    "a certificate": (issuer().certificate.public_bytes(Encoding.DER), "version"),
    "version 1": (by_hand(None, version=b""), "version"),
    "version 3": (by_hand(None, version=b"\x02\x01\x02"), "version"),
    "no algorithm": (by_hand(None, algorithm=b"", outer=SHA_256), "garbled"),
    "another algorithm": (by_hand(None, algorithm=SHA_384), "algorithm"),
    "the algorithm without NULL": (by_hand(None, algorithm=BARE), "algorithm"),
    "no nextUpdate": (timed(LIFE[0]), "no_next_update"),
    "no times": (timed(tlv(0x04, b"261125150000Z")), "garbled"),
    "a time without seconds": (timed(tlv(0x17, b"2611251500Z"), LIFE[1]), "garbled"),
    "a time with a fraction": (timed(tlv(0x18, b"20261125150000.5Z"), LIFE[1]), "garbled"),
    "month 13": (timed(tlv(0x17, b"261325150000Z"), LIFE[1]), "garbled"),
    "year 0": (timed(LIFE[0], tlv(0x18, b"00000101000000Z")), "garbled"),
    "nextUpdate at thisUpdate": (timed(LIFE[0], LIFE[0]), "garbled"),
    "entries longer than the list": (by_hand(None, extensions=made.header_of(0x30, 70_000)), "garbled"),
    "a megabyte after the entries": (extended(AKI, extension("2a0304", bytes(MAX_TAIL_BYTES))), "garbled"),
    "cut off": (GOOD[:-1], "garbled"),
    "cut off in the header": (GOOD[:40], "garbled"),
    "a byte after it": (GOOD + b"\0", "garbled"),
    "an entry cut off": (by_hand(made.raw_entry(b"\x05")[:-1]), "garbled"),
    "an entry's serial 0": (by_hand(made.raw_entry(b"\x00")), "garbled"),
    "an entry of another issuer": (
        crl([entry(5, extensions=[(x509.CertificateIssuer([x509.DNSName("a")]), True)])]),
        "indirect_entry",
    ),
    "an entry taken out": (crl([entry(5, "removeFromCRL")]), "remove_from_crl"),
    "an entry with a critical surprise": (
        by_hand(made.raw_entry(b"\x05", tlv(0x30, extension("2a0304", b"", critical=True)))),
        "extension",
    ),
}
TAILS = {
    "another algorithm outside": (by_hand(None, outer=BARE), "algorithm"),
    "no list extensions": (by_hand(None, extensions=b""), "unknown_issuer"),
    "extensions of another tag": (by_hand(None, extensions=tlv(0xA1, tlv(0x30, AKI))), "garbled"),
    "extensions twice": (by_hand(None, extensions=tlv(0xA0, tlv(0x30, AKI)) * 2), "garbled"),
    "something beside the extensions": (by_hand(None, extensions=tlv(0xA0, tlv(0x30, AKI), b"\5\0")), "garbled"),
    "an extension twice": (extended(AKI, AKI), "garbled"),
    "an extension of three": (extended(AKI[:1] + bytes([AKI[1] + 2]) + AKI[2:] + b"\5\0"), "garbled"),
    "FALSE written out": (extended(AKI, tlv(0x30, tlv(6, b"\x2a"), b"\1\1\0", tlv(4, b""))), "garbled"),
    "critical surprise": (extended(AKI, extension("2a0304", b"", critical=True)), "extension"),
    "no AKI": (extended(NUMBER), "unknown_issuer"),
    "AKI without key identifier": (extended(extension("551d23", tlv(0x30))), "unknown_issuer"),
    "AKI followed by something": (extended(extension("551d23", tlv(0x30) + b"\5\0")), "garbled"),
    "AKI of a stranger": (extended(made.aki(b"x" * 20)), "unknown_issuer"),
    "AKI of another generation": (crl(by=issuer(2)), "unknown_issuer"),
    "another issuer name": (crl(name=made.point("Aoba-shi")), "unknown_issuer"),
    "number negative": (extended(AKI, extension("551d14", b"\2\1\xff")), "garbled"),
    "number empty": (extended(AKI, extension("551d14", b"\2\0")), "garbled"),
    "number padded": (extended(AKI, extension("551d14", b"\2\2\0\1")), "garbled"),
    "number of 21 octets": (extended(AKI, extension("551d14", tlv(2, b"\1" * 21))), "garbled"),
    "number followed by something": (extended(AKI, extension("551d14", b"\2\1\1\5\0")), "garbled"),
    "delta": (extended(AKI, extension("551d1b", b"\2\1\1", critical=True)), "delta"),
    "delta that is not critical": (extended(AKI, extension("551d1b", b"\2\1\1")), "delta"),
    "of authorities": (scoped(POINT, b"\x82" + TRUE), "scope"),
    "of some reasons": (scoped(POINT, b"\x83\2\0\x80"), "scope"),
    "indirect": (scoped(POINT, b"\x84" + TRUE), "scope"),
    "of attribute certificates": (scoped(b"\x85" + TRUE), "scope"),
    "relative point": (scoped(tlv(0xA0, tlv(0xA1))), "scope"),
    "point by address": (scoped(tlv(0xA0, tlv(0xA0, tlv(0x86, b"http://x/")))), "scope"),
    "point of two names": (scoped(tlv(0xA0, tlv(0xA0, AOBA, AOBA))), "scope"),
    "point of two choices": (scoped(tlv(0xA0, tlv(0xA0, AOBA), tlv(0xA0, AOBA))), "garbled"),
    "user certificates: FALSE": (scoped(b"\x81\1\0"), "garbled"),
    "a member unheard of": (scoped(b"\x86" + TRUE), "garbled"),
    "scope followed by something": (
        extended(AKI, extension("551d1c", tlv(0x30) + b"\5\0", critical=True)),
        "garbled",
    ),
}


@pytest.mark.parametrize("case", HEADERS | TAILS)
def test_a_list_is_refused_for_what_is_wrong_with_it(case):
    """The reason is that of the one fault; everything else about the list is right, its signature too."""
    der, reason = (HEADERS | TAILS)[case]
    assert refused(der) == reason


def test_a_stranger_is_named_for_the_queue_of_unknown_issuers():
    """Key identifier and name as the list says them, unverified; no key identifier leaves the name alone."""
    for der, key_id in ((extended(made.aki(b"x" * 20)), b"x" * 20), (extended(NUMBER), b"")):
        with pytest.raises(UnknownIssuer) as caught:
            take(der, [issuer().anchor])
        name = issuer().certificate.subject.public_bytes()
        assert (caught.value.unverified_key_id, caught.value.unverified_name) == (key_id, name)


def test_size_is_judged_first():
    """One byte over the cap is refused, the cap itself is not."""
    assert refused(GOOD, max_bytes=len(GOOD) - 1) == CrlReason.TOO_LARGE
    assert take(GOOD, [issuer().anchor], max_bytes=len(GOOD)).header.total == len(GOOD)


def test_a_name_may_not_push_the_header_out_of_sight():
    """What the first 64 KiB do not show is not read."""
    der = by_hand(None, times=tlv(0x30, bytes(MAX_HEADER_BYTES)) + b"".join(LIFE))
    assert refused(der) == CrlReason.GARBLED


def test_the_signature_decides():
    """A changed entry, another list's signature, and bits that are not whole octets."""
    listed, other = crl([entry(5)]), crl([entry(6)])
    odd = bytearray(listed)
    odd[-257] = 1
    assert refused(listed.replace(b"\2\1\5", b"\2\1\6")) == CrlReason.SIGNATURE
    assert refused(listed[:-256] + other[-256:]) == CrlReason.SIGNATURE
    assert refused(bytes(odd)) == CrlReason.GARBLED


def test_an_anchor_that_may_not_sign_lists_signs_none():
    """keyUsage without cRLSign; no keyUsage at all leaves the right."""
    for settings, expected in (({"crl_sign": False}, CrlReason.UNKNOWN_ISSUER), ({"usage": False}, None)):
        certificate = made.root(issuer().key, **settings)
        anchor = read_anchor(CertificateKind.USER, certificate.public_bytes(Encoding.DER))
        assert (refused(GOOD, anchors=[anchor]) if expected else None) == expected
        if not expected:
            assert take(GOOD, [anchor]).anchor == anchor


def test_anchors_of_one_key_identifier_are_all_tried():
    """A colliding identifier hides nobody and takes nothing."""
    claimed = made.root(issuer(2).key, key_id=issuer().anchor.key_id).public_bytes(Encoding.DER)
    impostor = read_anchor(CertificateKind.USER, claimed)
    assert take(GOOD, [impostor, issuer().anchor]).anchor == issuer().anchor
    assert refused(GOOD, anchors=[impostor]) == CrlReason.SIGNATURE


def test_algorithm_and_key_must_be_of_one_kind():
    """P-384 signs with SHA-384 alone; its key takes no RSA signature, and an RSA key takes none of its."""
    for curve, taken in ((ec.SECP384R1(), True), (ec.SECP256R1(), False)):
        key = ec.generate_private_key(curve)
        key_id = issuer().anchor.key_id
        certificate = made.root(key, key_id=key_id, algorithm=hashes.SHA384())
        anchor = replace(issuer().anchor, certificate=certificate, public_key=key.public_key())
        builder = x509.CertificateRevocationListBuilder().issuer_name(made.NAME).last_update(THIS_UPDATE)
        builder = builder.next_update(NOW).add_extension(x509.AuthorityKeyIdentifier(key_id, None, None), False)
        der = builder.sign(key, hashes.SHA384()).public_bytes(Encoding.DER)
        assert refused(der) == CrlReason.SIGNATURE
        assert refused(GOOD, anchors=[anchor]) == CrlReason.SIGNATURE
        if taken:
            assert take(der, [anchor]).anchor == anchor
        else:
            assert refused(der, anchors=[anchor]) == CrlReason.SIGNATURE


def test_a_shard_is_named_by_its_point():
    """The builder's point and the hand-written one are one shard."""
    built = take(crl(extensions=[issuing_point("Aoba-shi")]), [issuer().anchor]).tail.scope
    assert built.shard == take(scoped(POINT), [issuer().anchor]).tail.scope.shard
