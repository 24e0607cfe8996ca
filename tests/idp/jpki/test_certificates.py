"""Reading a certificate of unknown origin: one certificate in DER, its extensions, and nothing else."""

import pytest
from components import resigned
from components.status import unrecognized
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from idp.errors import Reason, Refusal
from idp.jpki.certificate import MAX_CERTIFICATE_BYTES, parse

SUBJECT_ALTERNATIVE_NAME, AUTHORITY_KEY_IDENTIFIER = "2.5.29.17", "2.5.29.35"


def extended(oid, value):
    """The certificate with one more extension of these bytes."""
    return lambda hierarchy: hierarchy.der(extra=[unrecognized(oid, bytes.fromhex(value))])


def altered(change):
    """The bytes of a good certificate, changed."""
    return lambda hierarchy: change(hierarchy.der())


def edited(edit):
    """A good certificate whose content was changed, signed again."""
    return lambda hierarchy: resigned.certificate(hierarchy.der(), hierarchy.user.key, edit)


MALFORMED = {
    "nothing": altered(lambda _der: b""),
    "text": altered(lambda _der: b"-----BEGIN CERTIFICATE-----"),
    "PEM": lambda hierarchy: hierarchy.certificate().public_bytes(Encoding.PEM),
    "cut off": altered(lambda der: der[:-1]),
    "a byte after it": altered(lambda der: der + b"\0"),
    "two of them": altered(lambda der: der + der),
    "indefinite length": altered(lambda der: b"\x30\x80" + der[4:] + b"\0\0"),
    "length not minimal": altered(lambda der: b"\x30\x83\x00" + der[2:]),
    "TRUE as another number than 255": altered(lambda der: der.replace(b"\x01\x01\xff", b"\x01\x01\x01", 1)),
    "default version written out": altered(lambda der: der.replace(b"\xa0\3\2\1\2", b"\xa0\3\2\1\0", 1)),
    "version 2": edited(lambda tbs: tbs.__setitem__("version", "v2")),
    "a version that does not exist": edited(lambda tbs: tbs.__setitem__("version", 3)),
    "an extension twice": edited(lambda tbs: tbs["extensions"].append(tbs["extensions"][0])),
    "authority key identifier twice": edited(lambda tbs: tbs["extensions"].append(tbs["extensions"][-1])),
    "an extension that is none": extended(SUBJECT_ALTERNATIVE_NAME, "0401"),
    "a byte after an extension": extended(SUBJECT_ALTERNATIVE_NAME, "300000"),
    "an address of five octets": extended(SUBJECT_ALTERNATIVE_NAME, "300787053132333435"),
    "a mail address that is not ASCII": extended(SUBJECT_ALTERNATIVE_NAME, "30048102fffe"),
    "an X.400 address": extended(SUBJECT_ALTERNATIVE_NAME, "3002a300"),
    "an EDI party": extended(SUBJECT_ALTERNATIVE_NAME, "3002a500"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_anything_but_one_certificate_in_der_is_malformed(hierarchy, name):
    """The parser's own errors never leave: a sender's bytes give one typed refusal."""
    with pytest.raises(Refusal) as refused:
        parse(MALFORMED[name](hierarchy))
    assert refused.value.reason == Reason.MALFORMED


def of_size(hierarchy, size):
    """A certificate of exactly so many bytes."""
    oid, room = "1.2.3.4", 8000
    grown = size - len(hierarchy.der(extra=[unrecognized(oid, bytes(room))]))
    return hierarchy.der(extra=[unrecognized(oid, bytes(room + grown))])


def test_the_greatest_size_is_read(hierarchy):
    """16 KiB are accepted; the limit is a limit and not an off-by-one."""
    der = of_size(hierarchy, MAX_CERTIFICATE_BYTES)
    assert (len(der), parse(der).certificate.public_bytes(Encoding.DER)) == (MAX_CERTIFICATE_BYTES, der)


def test_one_byte_more_is_too_large(hierarchy):
    """A well-formed certificate is refused by its size alone, before anybody parses it."""
    with pytest.raises(Refusal) as refused:
        parse(of_size(hierarchy, MAX_CERTIFICATE_BYTES + 1))
    assert refused.value.reason == Reason.TOO_LARGE


def without_authority_key_identifier(tbs):
    """Drop the extension."""
    tbs["extensions"] = [e for e in tbs["extensions"] if e["extn_id"].dotted != AUTHORITY_KEY_IDENTIFIER]


def issuer_and_serial_alone(tbs):
    """An authority key identifier that names the CA certificate and no key (RFC 5280 section 4.2.1.1)."""
    for extension in tbs["extensions"]:
        if extension["extn_id"].dotted == AUTHORITY_KEY_IDENTIFIER:
            identifier = extension["extn_value"].parsed
            del identifier["key_identifier"]
            extension["extn_value"] = identifier


@pytest.mark.parametrize("edit", [without_authority_key_identifier, issuer_and_serial_alone])
def test_a_certificate_may_name_no_issuing_key(hierarchy, edit):
    """It parses, and is left to the choice of the issuer."""
    der = resigned.certificate(hierarchy.der(), hierarchy.user.key, edit)
    assert parse(der).issuer_key_id is None


def test_a_good_certificate_is_read_whole(hierarchy):
    """The issuing key's identifier and every extension."""
    read = parse(hierarchy.der())
    assert hierarchy.user.key_id == read.issuer_key_id
    assert {x509.KeyUsage.oid, x509.ExtendedKeyUsage.oid, x509.CertificatePolicies.oid} <= {
        e.oid for e in read.extensions
    }
