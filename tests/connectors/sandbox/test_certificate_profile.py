"""The certificates as a decoder that did not make them reads them: JPKI's profile, row by row."""

import hashlib
import re
from typing import Any

import pytest
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from connectors.sandbox.state import Slot

KEY_USAGE, EXT_KEY_USAGE, POLICIES = "2.5.29.15", "2.5.29.37", "2.5.29.32"
SUBJECT_ALT_NAME, ISSUER_ALT_NAME = "2.5.29.17", "2.5.29.18"
DISTRIBUTION_POINTS, INFORMATION_ACCESS = "2.5.29.31", "1.3.6.1.5.5.7.1.1"
AUTHORITY_KEY_ID, SUBJECT_KEY_ID, BASIC_CONSTRAINTS = "2.5.29.35", "2.5.29.14", "2.5.29.19"
COUNTRY, ORGANISATION, UNIT, LOCALITY, COMMON_NAME = "2.5.4.6", "2.5.4.10", "2.5.4.11", "2.5.4.7", "2.5.4.3"

USER_EXTENSIONS = [
    (KEY_USAGE, True),
    (EXT_KEY_USAGE, False),
    (POLICIES, True),
    (ISSUER_ALT_NAME, False),
    (DISTRIBUTION_POINTS, False),
    (INFORMATION_ACCESS, False),
    (AUTHORITY_KEY_ID, False),
    (SUBJECT_KEY_ID, False),
]
SIGNATURE_EXTENSIONS = [
    (KEY_USAGE, True),
    (SUBJECT_ALT_NAME, False),
    (POLICIES, True),
    (ISSUER_ALT_NAME, False),
    (DISTRIBUTION_POINTS, False),
    (AUTHORITY_KEY_ID, False),
    (SUBJECT_KEY_ID, False),
]
AUTHORITY_EXTENSIONS = [
    (KEY_USAGE, True),
    (SUBJECT_ALT_NAME, False),
    (BASIC_CONSTRAINTS, True),
    (DISTRIBUTION_POINTS, False),
    (SUBJECT_KEY_ID, False),
]
UNITS = {"user": "JPKI for user authentication", "signature": "JPKI for digital signature"}
JAPANESE_UNITS = {"user": "公的個人認証サービス利用者証明用", "signature": "公的個人認証サービス署名用"}
PAIRS = [("hanako", Slot.AUTH), ("hanako", Slot.SIGN), ("midori", Slot.PHONE), ("midori", Slot.PHONE_SIGN)]
POLICY = {Slot.AUTH: "0.30", Slot.SIGN: "0.20", Slot.PHONE: "0.50", Slot.PHONE_SIGN: "0.40"}


@pytest.fixture(params=PAIRS, ids="-".join)
def leaf(request: pytest.FixtureRequest, untouched: Any) -> Any:
    """Each kind of certificate on each device, with its issuer."""
    resident, slot = request.param
    return read(untouched.certificate(resident, slot)), slot, untouched.issuer(resident, slot)


def read(certificate: Any) -> Any:
    return asn1.Certificate.load(certificate.public_bytes(Encoding.DER))


def extensions(certificate: Any) -> list[tuple[str, bool]]:
    listed = certificate["tbs_certificate"]["extensions"]
    return [(e["extn_id"].dotted, e["critical"].native) for e in listed]


def value(certificate: Any, oid: str) -> Any:
    (found,) = [e for e in certificate["tbs_certificate"]["extensions"] if e["extn_id"].dotted == oid]
    return found["extn_value"]


def spelt(name: Any) -> list[tuple[str, str, str]]:
    """Attribute type, string type and text of a name whose RDNs are all single-valued."""
    attributes = []
    for rdn in name.chosen:
        (attribute,) = rdn
        text = attribute["value"].chosen
        attributes.append((attribute["type"].dotted, type(text).__name__, text.native))
    return attributes


def directory_name(general_names: Any) -> list[tuple[str, str, str]]:
    (only,) = general_names
    assert only.name == "directory_name"
    return spelt(only.chosen)


def utf8(*attributes: tuple[str, str]) -> list[tuple[str, str, str]]:
    """C=JP as PrintableString, then everything as UTF8String."""
    return [(COUNTRY, "PrintableString", "JP"), *((oid, "UTF8String", text) for oid, text in attributes)]


def authority_name(kind: str) -> list[tuple[str, str, str]]:
    agency = "Japan Agency for Local Authority Information Systems"
    return utf8((ORGANISATION, "JPKI-TEST"), (UNIT, UNITS[kind]), (UNIT, agency))


def japanese_name(kind: str) -> list[tuple[str, str, str]]:
    return utf8(
        (ORGANISATION, "公的個人認証サービス"),
        (UNIT, JAPANESE_UNITS[kind]),
        (UNIT, "地方公共団体情報システム機構"),
    )


def test_version_and_algorithms(leaf: Any) -> None:
    """Version 3, SHA-256 with RSA and NULL parameters in both places, RSA 2048 with exponent 65537."""
    certificate, _, _ = leaf
    tbs = certificate["tbs_certificate"]
    assert tbs["version"].native == "v3"
    for algorithm in (tbs["signature"], certificate["signature_algorithm"]):
        assert bytes.fromhex("300d06092a864886f70d01010b0500") == algorithm.dump()
    key = tbs["subject_public_key_info"]["public_key"].parsed
    assert (key["modulus"].native.bit_length(), key["public_exponent"].native) == (2048, 65537)


def test_serial_number_has_four_bytes(leaf: Any) -> None:
    """The serial number is a positive INTEGER of four content bytes."""
    certificate, _, _ = leaf
    content = certificate["tbs_certificate"]["serial_number"].contents
    assert len(content) == 4
    assert 1 <= content[0] < 0x80


def test_issuer_name(leaf: Any) -> None:
    """The issuer has four single-valued RDNs, the first a PrintableString, the others UTF8String."""
    certificate, slot, _ = leaf
    assert authority_name(slot.kind) == spelt(certificate["tbs_certificate"]["issuer"])


def test_validity_is_utc_time_to_the_end_of_a_japanese_day(leaf: Any) -> None:
    """Both times are UTCTime; the second is 23:59:59 in Japan."""
    certificate, _, _ = leaf
    validity = certificate["tbs_certificate"]["validity"]
    assert [validity[name].name for name in ("not_before", "not_after")] == ["utc_time", "utc_time"]
    assert validity["not_after"].chosen.contents.endswith(b"145959Z")


def test_extensions_in_order(leaf: Any) -> None:
    """A certificate has exactly the extensions of its profile, in that order, critical as listed."""
    certificate, slot, _ = leaf
    expected = USER_EXTENSIONS if slot.kind == "user" else SIGNATURE_EXTENSIONS
    assert expected == extensions(certificate)


def test_key_usage(leaf: Any) -> None:
    """A user key makes digital signatures; a signature key makes ones that bind its holder too."""
    certificate, slot, _ = leaf
    expected = "03020780" if slot.kind == "user" else "030206c0"
    assert expected == value(certificate, KEY_USAGE).contents.hex()


@pytest.mark.parametrize(("resident", "slot"), [("hanako", Slot.AUTH), ("midori", Slot.PHONE)])
def test_extended_key_usage(untouched: Any, resident: str, slot: Slot) -> None:
    """A user certificate is for client authentication only."""
    certificate = read(untouched.certificate(resident, slot))
    assert bytes.fromhex("300a06082b06010505070302") == value(certificate, EXT_KEY_USAGE).contents


def test_policy(leaf: Any) -> None:
    """One policy, told by kind and device, with one CPS qualifier as IA5String."""
    certificate, slot, _ = leaf
    (policy,) = value(certificate, POLICIES).parsed
    (qualifier,) = policy["policy_qualifiers"]
    assert f"1.2.392.200149.8.5.1.{POLICY[slot]}" == policy["policy_identifier"].dotted
    assert qualifier["policy_qualifier_id"].dotted == "1.3.6.1.5.5.7.2.1"
    assert qualifier["qualifier"].dump() == b"\x16\x25http://www.jpki-test.invalid/cps.html"


def test_issuer_alternative_name(leaf: Any) -> None:
    """The issuer's Japanese name is one directory name."""
    certificate, slot, _ = leaf
    assert japanese_name(slot.kind) == directory_name(value(certificate, ISSUER_ALT_NAME).parsed)


def test_distribution_point_is_a_directory_name_only(leaf: Any) -> None:
    """The one distribution point names the municipality's list in the directory and gives no address."""
    certificate, slot, _ = leaf
    (point,) = value(certificate, DISTRIBUTION_POINTS).parsed
    expected = utf8(
        (ORGANISATION, "JPKI-TEST"),
        (UNIT, UNITS[slot.kind]),
        (UNIT, "CRL Distribution Points"),
        (UNIT, "Mihon-ken"),
        (COMMON_NAME, "Aoba-shi CRLDP"),
    )
    assert point["distribution_point"].name == "full_name"
    assert expected == directory_name(point["distribution_point"].chosen)
    assert (point["reasons"].native, point["crl_issuer"].native) == (None, None)


@pytest.mark.parametrize(("resident", "slot"), [("hanako", Slot.AUTH), ("midori", Slot.PHONE)])
def test_authority_information_access(untouched: Any, resident: str, slot: Slot) -> None:
    """A user certificate gives one OCSP address."""
    (access,) = value(read(untouched.certificate(resident, slot)), INFORMATION_ACCESS).parsed
    assert access["access_method"].dotted == "1.3.6.1.5.5.7.48.1"
    assert access["access_location"].chosen.native == "http://ocsp.jpki-test.invalid"


def test_authority_key_identifier_has_all_three_parts(leaf: Any) -> None:
    """The issuer is named by key, by name, and by its certificate's serial number."""
    certificate, slot, issuer = leaf
    identifier = value(certificate, AUTHORITY_KEY_ID).parsed
    own = value(read(issuer.certificate), SUBJECT_KEY_ID).parsed.native
    assert own == identifier["key_identifier"].native
    assert authority_name(slot.kind) == directory_name(identifier["authority_cert_issuer"])
    assert issuer.certificate.serial_number == identifier["authority_cert_serial_number"].native


def test_subject_key_identifier(leaf: Any) -> None:
    """SHA-1 over the PKCS#1 public key."""
    certificate, _, _ = leaf
    key = certificate["tbs_certificate"]["subject_public_key_info"]["public_key"].parsed.dump()
    assert hashlib.sha1(key).digest() == value(certificate, SUBJECT_KEY_ID).parsed.native


@pytest.mark.parametrize(("resident", "slot"), [("hanako", Slot.AUTH), ("midori", Slot.PHONE)])
def test_the_subject_of_a_user_certificate_names_nobody(untouched: Any, resident: str, slot: Slot) -> None:
    """Country and a common name of 23 characters; the day of issue and the municipality can be read from it."""
    certificate = untouched.certificate(resident, slot)
    country, common_name = spelt(read(certificate)["tbs_certificate"]["subject"])
    assert country == (COUNTRY, "PrintableString", "JP")
    assert common_name[:2] == (COMMON_NAME, "UTF8String")
    begins = certificate.not_valid_before_utc
    base36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    issued = base36[begins.year - 2016] + base36[begins.month] + base36[begins.day]
    assert re.fullmatch(rf"[0-9]{{5}}4E{issued}[A-Z]{{4}}99001003A", common_name[2])


@pytest.mark.parametrize(("resident", "slot"), [("hanako", Slot.SIGN), ("midori", Slot.PHONE_SIGN)])
def test_the_subject_of_a_signature_certificate(untouched: Any, resident: str, slot: Slot) -> None:
    """Country, prefecture, municipality, and 28 digits that begin with the Japanese time of issue."""
    certificate = untouched.certificate(resident, slot)
    *place, common_name = spelt(read(certificate)["tbs_certificate"]["subject"])
    assert utf8((LOCALITY, "Mihon-ken"), (LOCALITY, "Aoba-shi")) == place
    assert common_name[:2] == (COMMON_NAME, "UTF8String")
    assert re.fullmatch(r"[0-9]{28}", common_name[2])
    begins = certificate.not_valid_before_utc
    assert f"{begins:%Y%m%d}120730" == common_name[2][:14]  # 03:07:30Z is 12:07:30 in Japan


def test_code_and_distribution_point_name_the_same_municipality(untouched: Any) -> None:
    """Somebody in another city has that city's code and list."""
    certificate = read(untouched.certificate("ichiro"))
    (point,) = value(certificate, DISTRIBUTION_POINTS).parsed
    assert directory_name(point["distribution_point"].chosen)[-1][2] == "Wakaba-shi CRLDP"
    assert spelt(certificate["tbs_certificate"]["subject"])[-1][2].endswith("99002003A")


@pytest.mark.parametrize("kind", ["user", "signature"])
@pytest.mark.parametrize("generation", [1, 2, 3])
def test_authority_certificates(untouched: Any, kind: str, generation: int) -> None:
    """A root has its profile's extensions and no others: no authority key identifier, no policies."""
    authority = untouched.authority(kind, generation)
    certificate = read(authority.certificate)
    key = authority.key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    (point,) = value(certificate, DISTRIBUTION_POINTS).parsed
    assert extensions(certificate) == AUTHORITY_EXTENSIONS
    assert value(certificate, KEY_USAGE).contents.hex() == "03020106"
    assert value(certificate, BASIC_CONSTRAINTS).contents.hex() == "30030101ff"
    assert japanese_name(kind) == directory_name(value(certificate, SUBJECT_ALT_NAME).parsed)
    assert authority_name(kind) == directory_name(point["distribution_point"].chosen)
    assert hashlib.sha1(key).digest() == value(certificate, SUBJECT_KEY_ID).parsed.native
    assert authority_name(kind) == spelt(certificate["tbs_certificate"]["subject"])
    assert authority_name(kind) == spelt(certificate["tbs_certificate"]["issuer"])
