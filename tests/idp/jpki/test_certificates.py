"""Reading a certificate of unknown origin: one certificate in DER, its extensions, and nothing else."""

import pytest
from components import resigned
from components.forgery import elliptic_key
from components.hierarchy import DAY, NOW, SERIAL
from components.scale import scaled
from components.status import unrecognized
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from vectors import jpki_raw as raw

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
    "unused bits in the signature": altered(
        lambda der: der[:-257] + b"\1" + der[-256:-1] + bytes([der[-1] & 254])
    ),
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
    assert {x509.KeyUsage, x509.ExtendedKeyUsage, x509.CertificatePolicies} <= read.said.by_type.keys()


SHA256_RSA = bytes.fromhex("300d06092a864886f70d01010b0500")


def written(hierarchy, **changes):
    """A user certificate written byte by byte, with changes to its rows."""
    order = raw.Order(
        hierarchy.user, hierarchy.card_key, serial=SERIAL, begin=NOW - DAY, end=NOW + DAY, common_name="x"
    )
    for name, value in changes.items():
        setattr(order, name, value)
    return order.build()


def test_the_algorithm_is_read_inside_and_outside(hierarchy):
    """Where both say the same, it is told in the certificate's own octets."""
    assert parse(written(hierarchy)).signed_with == SHA256_RSA
    assert parse(hierarchy.der()).signed_with == SHA256_RSA


SHORT = raw.algorithm(raw.SHA256_RSA, null=False)
SHA384 = raw.algorithm(raw.SHA384_RSA)
UNLIKE = {
    "another algorithm outside": {"outer": SHA384},
    "another algorithm inside": {"inner": SHA384},
    "no NULL outside": {"outer": SHORT},
    "no NULL inside": {"inner": SHORT},
}


@pytest.mark.parametrize("name", UNLIKE)
def test_algorithms_that_differ_in_one_octet_are_none(hierarchy, name):
    """RFC 5280 section 4.1.1.2: the same identifier, not one of the same meaning."""
    assert parse(written(hierarchy, **UNLIKE[name])).signed_with is None


def test_an_algorithm_without_its_null_is_another(hierarchy):
    """Inside and outside alike, it is told as it stands, and is of no row."""
    assert parse(written(hierarchy, inner=SHORT, outer=SHORT)).signed_with == SHORT


def test_a_certificate_without_version_is_read_in_its_place(hierarchy):
    """Version 1 leaves the field out: what follows moves up."""
    assert parse(written(hierarchy, version=b"", extensions={})).signed_with == SHA256_RSA


def small(key):
    """A certificate of less than 256 bytes of content."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "JP")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW - DAY, NOW + DAY)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_a_certificate_too_small_to_be_jpkis_has_no_algorithm():
    """It is well-formed, and no row can be its own."""
    assert parse(small(elliptic_key())).signed_with is None


def test_a_small_signed_part_in_a_large_certificate_has_no_algorithm(hierarchy):
    """The signed part's own length decides as well."""
    der = small(elliptic_key())
    swollen = raw.seq(x509.load_der_x509_certificate(der).tbs_certificate_bytes, SHA384, raw.tlv(3, bytes(257)))
    assert parse(swollen).signed_with is None


SERIALS = {"zero": 0, "negative": -1, "21 octets": 1 << 159, "many octets": 1 << 2000}


@pytest.mark.filterwarnings("ignore")  # in production the library's own word on serials is no error
@pytest.mark.parametrize("name", SERIALS)
def test_a_serial_number_outside_its_range_is_malformed(hierarchy, name):
    """RFC 5280 section 4.1.2.2: positive, at most 20 octets."""
    with pytest.raises(Refusal) as refused:
        parse(written(hierarchy, serial=raw.integer(SERIALS[name])))
    assert refused.value.reason == Reason.MALFORMED


@pytest.mark.parametrize("number", [1, (1 << 159) - 1])
def test_the_least_and_the_greatest_serial_number_are_read(hierarchy, number):
    """Both ends belong to the range."""
    assert parse(written(hierarchy, serial=raw.integer(number))).certificate.serial_number == number


def test_what_is_read_is_what_would_be_written(hierarchy):
    """Each octet of a good certificate changed in turn: what is still one is written back as it came."""
    der = written(hierarchy)
    read = 0
    for place in range(0, len(der), scaled(3, 1)):
        for changed in {der[place] ^ 1, der[place] ^ 0x80, der[place] ^ 0x20, 0, 0xFF} - {der[place]}:
            mutant = der[:place] + bytes([changed]) + der[place + 1 :]
            try:
                certificate = parse(mutant).certificate
            except Refusal:
                continue
            read += 1
            assert certificate.public_bytes(Encoding.DER) == mutant
    assert read > len(der) / 3


def test_a_parser_that_reads_leniently_is_found_out(hierarchy, monkeypatch):
    """Should the library one day read other encodings than DER, they are refused all the same."""
    der = hierarchy.der()
    lenient = b"\x30\x83\x00" + der[2:]
    read = x509.load_der_x509_certificate
    monkeypatch.setattr(x509, "load_der_x509_certificate", lambda sent: read(der if sent == lenient else sent))
    with pytest.raises(Refusal, match="malformed"):
        parse(lenient)
    assert parse(der).signed_with == SHA256_RSA
