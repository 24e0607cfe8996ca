"""JPKI's own profile: over 300 certificates of two independent generators, good and broken in one row each.

Generators: the sandbox (`cryptography`) and `vectors.jpki_raw` (bytes). Judged by the login's own verification,
`idp.jpki.verify`, with a true signature over the challenge, so that only the certificate decides.
"""

from datetime import UTC, datetime, timedelta

import pytest
from components.hierarchy import found_hierarchy
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from vectors import jpki_raw as raw

from connectors.sandbox import issuing, names
from connectors.sandbox.basic4 import Basic4
from connectors.sandbox.profile import Device
from idp.errors import Refusal
from idp.jpki.certificate import parse
from idp.jpki.profile import SANDBOX
from idp.jpki.proof import Challenge
from idp.jpki.verify import UnverifiedProof, verify

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
BEGIN, END = NOW - YEAR, NOW + 4 * YEAR
CHALLENGE = Challenge("https://a.example", "https://a.example", "transaction", b"n" * 32)
SANDBOX_GOOD, RAW_GOOD = 130, 120
MUNICIPALITIES = tuple(names.MUNICIPALITIES.values())


@pytest.fixture(scope="module")
def hierarchy():
    """Authorities and keys of this corpus."""
    return found_hierarchy()


def accepted(hierarchy, der: bytes, key=None) -> bool:
    """Whether the login's verification accepts the certificate; nothing but a Refusal may come out."""
    signature = (key or hierarchy.card_key).sign(CHALLENGE.message(), padding.PKCS1v15(), hashes.SHA256())
    try:
        proof = UnverifiedProof(parse(der), "RS256", signature)
        verify(proof, CHALLENGE, anchors=hierarchy.anchors, profile=SANDBOX, now=NOW)
    except Refusal:
        return False
    return True


def sandbox_order(hierarchy, number: int) -> issuing.Order:
    """The number-th variation of serial, place, device, name and time."""
    begin = NOW - timedelta(days=7 * number, seconds=number)
    town = MUNICIPALITIES[number % len(MUNICIPALITIES)]
    common_name = names.user_common_name(begin, town, number.to_bytes(8, "big"))
    device = list(Device)[number % 2]
    key = hierarchy.card_key.public_key()
    return issuing.Order(key, 0x06000000 + 977 * number, common_name, town, device, begin, begin + 5 * YEAR)


def raw_order(hierarchy, number: int = 1) -> raw.Order:
    authority = hierarchy.newer if number % 2 else hierarchy.user
    return raw.Order(
        authority,
        hierarchy.card_key,
        serial=0x05000000 + 65537 * number,
        begin=BEGIN - timedelta(days=number),
        end=END - timedelta(hours=number),
        common_name=f"{number:05d}4EAAAABCD99001003A",
    )


def test_good_certificates_of_the_sandbox(hierarchy):
    """No wrong refusal among certificates that the sandbox issues."""
    refused = []
    for number in range(SANDBOX_GOOD):
        issuer = hierarchy.newer if number % 3 else hierarchy.user
        der = issuing.user_certificate(issuer, sandbox_order(hierarchy, number)).public_bytes(Encoding.DER)
        if not accepted(hierarchy, der):
            refused.append(number)
    assert refused == []


def test_good_certificates_of_the_second_generator(hierarchy):
    """No wrong refusal among certificates written byte by byte."""
    refused = []
    for number in range(RAW_GOOD):
        order = raw_order(hierarchy, number)
        if number % 5 == 0:
            order.extensions |= dict([raw.policies(raw.POLICY_PHONE)])
        if not accepted(hierarchy, order.build()):
            refused.append(number)
    assert refused == []


def extend(dotted: str, value: bytes, *, critical: bool = False):
    def change(order: raw.Order, _hierarchy) -> None:
        order.extensions |= dict([raw.extension(dotted, value, critical=critical)])

    return change


def drop(dotted: str):
    return lambda order, _hierarchy: order.extensions.pop(dotted)


def put(**attributes):
    def change(order: raw.Order, _hierarchy) -> None:
        for name, value in attributes.items():
            setattr(order, name, value)

    return change


def policy(*dotted: str, critical: bool = True):
    return lambda order, _h: order.extensions.update([raw.policies(*dotted, critical=critical)])


def keyed(key):
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return put(spki=spki)


def identified(make):
    return lambda order, h: order.extensions.update([raw.key_identifier(make(h), b"\x02")])


def signed_by(choose):
    return lambda order, h: setattr(order, "signer", choose(h))


PURPOSE = raw.oid("1.3.6.1.5.5.7.3.2")
BROKEN = {
    "version 1": put(version=b"", extensions={}),
    "version 2": put(version=raw.tlv(0xA0, raw.integer(1))),
    "serial 0": put(serial=raw.integer(0)),
    "serial negative": put(serial=raw.integer(-5)),
    "serial of 21 octets": put(serial=raw.integer(1 << 161)),
    "SHA-1": put(inner=raw.algorithm(raw.SHA1_RSA), outer=raw.algorithm(raw.SHA1_RSA)),
    "outer algorithm differs": put(outer=raw.algorithm(raw.SHA384_RSA)),
    "outer NULL dropped": put(outer=raw.algorithm(raw.SHA256_RSA, null=False)),
    "issuer of production": put(issuer=raw.authority_dn("JPKI")),
    "issuer unit": put(issuer=raw.authority_dn(unit="JPKI for digital signature")),
    "issuer empty": put(issuer=raw.seq()),
    "expired": put(validity=raw.seq(raw.time(BEGIN), raw.time(NOW - timedelta(seconds=1)))),
    "not yet valid": put(validity=raw.seq(raw.time(NOW + timedelta(seconds=1)), raw.time(END))),
    "validity turned": put(validity=raw.seq(raw.time(END), raw.time(BEGIN))),
    "key RSA-1024": keyed(rsa.generate_private_key(65537, 1024)),
    "key RSA-3072": keyed(rsa.generate_private_key(65537, 3072)),
    "key e=3": keyed(rsa.generate_private_key(3, 2048)),
    "key P-256": keyed(ec.generate_private_key(ec.SECP256R1())),
    "key of another": keyed(rsa.generate_private_key(65537, 2048)),
    "keyUsage missing": drop("2.5.29.15"),
    "keyUsage not critical": extend("2.5.29.15", bytes.fromhex("03020780")),
    "keyUsage of signature": extend("2.5.29.15", bytes.fromhex("030206c0"), critical=True),
    "keyUsage keyEncipherment": extend("2.5.29.15", bytes.fromhex("030205a0"), critical=True),
    "keyUsage keyCertSign": extend("2.5.29.15", bytes.fromhex("03020284"), critical=True),
    "keyUsage empty": extend("2.5.29.15", bytes.fromhex("030100"), critical=True),
    "purpose missing": drop("2.5.29.37"),
    "purpose server": extend("2.5.29.37", raw.seq(raw.oid("1.3.6.1.5.5.7.3.1"))),
    "purpose added": extend("2.5.29.37", raw.seq(PURPOSE, raw.oid("1.3.6.1.5.5.7.3.4"))),
    "purpose any": extend("2.5.29.37", raw.seq(PURPOSE, raw.oid("2.5.29.37.0"))),
    "policy missing": drop("2.5.29.32"),
    "policy not critical": policy(raw.POLICY_CARD, critical=False),
    "policy of production": policy("1.2.392.200149.8.5.1.3.30"),
    "policy of signature": policy("1.2.392.200149.8.5.1.0.20"),
    "policy any": policy("2.5.29.32.0"),
    "policy two": policy(raw.POLICY_CARD, raw.POLICY_PHONE),
    "policy twice": policy(raw.POLICY_CARD, raw.POLICY_CARD),
    "AKI missing": drop("2.5.29.35"),
    "AKI of another": identified(lambda h: h.signature.key_id),
    "AKI without key": identified(lambda h: None),
    "basicConstraints": extend("2.5.29.19", raw.seq()),
    "basicConstraints cA": extend("2.5.29.19", raw.seq(raw.tlv(0x01, b"\xff")), critical=True),
    "unknown critical": extend("1.3.6.1.4.1.55738.666.1", raw.tlv(0x05), critical=True),
    "nameConstraints critical": extend(
        "2.5.29.30", raw.seq(raw.tlv(0xA0, raw.seq(raw.tlv(0x82, b"a.example")))), critical=True
    ),
    "nameConstraints": extend("2.5.29.30", raw.seq(raw.tlv(0xA0, raw.seq(raw.tlv(0x82, b"a.example"))))),
    "SHA-384": put(inner=raw.algorithm(raw.SHA384_RSA), outer=raw.algorithm(raw.SHA384_RSA), hash=hashes.SHA384()),
    "purpose critical": extend("2.5.29.37", raw.seq(PURPOSE), critical=True),
    "subjectAltName critical": extend("2.5.29.17", raw.seq(raw.tlv(0x82, b"a.example")), critical=True),
    "SKI critical": extend("2.5.29.14", raw.tlv(0x04, b"x" * 20), critical=True),
    "extension twice": put(repeated="2.5.29.37"),
    "extension that is none": extend("2.5.29.31", b"junk"),
    "signed by the signature CA": signed_by(lambda h: h.signature.key),
    "signed by another generation": signed_by(lambda h: h.user.key),
    "signed by a stranger": signed_by(lambda h: h.stranger_key),
    "byte appended": put(finish=lambda der: der + b"\x00"),
    "length not minimal": put(finish=lambda der: b"\x30\x83\x00" + der[2:]),
    "last byte lost": put(finish=lambda der: der[:-1]),
    "signature bit flipped": put(finish=lambda der: der[:-1] + bytes([der[-1] ^ 1])),
}
TOLERATED = {
    "unknown extension": extend("1.3.6.1.4.1.55738.666.1", raw.tlv(0x05)),
    "no issuerAltName": drop("2.5.29.18"),
    "no distribution point": drop("2.5.29.31"),
    "no OCSP address": drop("1.3.6.1.5.5.7.1.1"),
    "no SKI": drop("2.5.29.14"),
    "another common name": put(subject=raw.dn(("C", "JP"), ("CN", "x"))),
}
"""Rows that only describe: nothing is decided by them, and no resident is sent away for them."""


@pytest.mark.parametrize("row", BROKEN)
def test_broken_row_is_refused(hierarchy, row):
    """One row of the profile broken: refused, and by a typed refusal."""
    order = raw_order(hierarchy)
    BROKEN[row](order, hierarchy)
    assert not accepted(hierarchy, order.build())


@pytest.mark.parametrize("row", TOLERATED)
def test_descriptive_row_sends_nobody_away(hierarchy, row):
    """A row that decides nothing may differ."""
    order = raw_order(hierarchy)
    TOLERATED[row](order, hierarchy)
    assert accepted(hierarchy, order.build())


def test_signature_certificates_are_of_the_wrong_kind(hierarchy):
    """What the signature CA issues never logs anybody in."""
    basic4 = Basic4("青葉 太郎", "見本県青葉市一丁目", datetime(1980, 2, 17, tzinfo=UTC).date(), "1")
    for number in range(10):
        order = sandbox_order(hierarchy, number)
        der = issuing.signature_certificate(hierarchy.signature, order, basic4).public_bytes(Encoding.DER)
        assert not accepted(hierarchy, der)


def test_corpus_is_large_enough():
    """The corpus holds at least 300 certificates, with each broken row once."""
    assert SANDBOX_GOOD + RAW_GOOD + len(BROKEN) + len(TOLERATED) + 10 >= 300
