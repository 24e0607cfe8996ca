"""Certificates read for people: every form of file, every extension in words, nothing that a terminal obeys."""

import datetime as dt

import pytest
from components.scale import scaled
from components.tiers import BRIDGE_POLICY, CLIENT_AUTH, OUR_POLICY, Authority, found_bridge
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, ExtensionOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.jpki.crl_refused import CrlRefused
from idp.trust import lists, reading

NOW = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
BRIDGE = found_bridge(NOW)
SEEDS = (BRIDGE.cross, BRIDGE.leaf(purposes=(CLIENT_AUTH,)), BRIDGE.root.crl(BRIDGE.cross))


@pytest.fixture(scope="module")
def root():
    """An authority of NOW."""
    return Authority("Root", NOW).root()


def pem(der: bytes) -> bytes:
    """The same in PEM."""
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)


def test_one_certificate_is_read_in_either_form(root):
    """DER as it is, PEM with words before it."""
    assert reading.read_der(root.der) == root.der
    assert reading.read_der(b"subject: somebody\n" + pem(root.der)) == root.der


@pytest.mark.parametrize(
    "content", [b"", b"x", bytes(9), b"-----BEGIN CERTIFICATE-----", "two", bytes(300_000)], ids=range(6)
)
def test_what_is_not_one_certificate_is_refused(root, content):
    """Nothing, garbage, half of one, two of them, too many bytes."""
    content = pem(root.der) * 2 if content == "two" else content
    with pytest.raises(reading.CertificateUnreadable):
        reading.read_der(content)


def test_a_fingerprint_is_the_same_however_it_is_written():
    """Colons, spaces, line ends and case do not matter."""
    told = reading.fingerprint(b"")
    assert told.startswith("E3:B0:C4:42:98:FC")
    for written in (told, told.lower(), told.replace(":", ""), told.replace(":", " "), f"\t{told}\n"):
        assert (
            reading.plain_fingerprint(written)
            == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        )


def test_essentials_are_what_officers_compare(root):
    """Of an authority: names, number, life, key, identifiers."""
    said = reading.essentials(root.der)
    assert (said["subject"], said["issuer"], said["key"]) == ("O=Root,C=JP", "O=Root,C=JP", "EC secp256r1")
    assert (said["not_before"], said["serial"][:2], len(said["key_id"])) == ("2026-11-15T00:00:00+00:00", "0x", 40)


def test_mapped_policies_are_shown():
    """`cryptography` shows them as bytes."""
    lines = reading.everything(BRIDGE.cross)["extensions"]
    assert f"policyMappings, critical: {OUR_POLICY} = {BRIDGE_POLICY}" in lines
    assert f"certificatePolicies: {OUR_POLICY}" in lines
    assert "basicConstraints, critical: certification authority" in lines


def extended(root, *extensions) -> list[str]:
    """The lines of a certificate with these extensions."""
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    builder = root._builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a\x1b[2Jb")]), key, None)
    for extension in extensions:
        builder = builder.add_extension(extension, False)
    return reading.everything(builder.sign(root.key, hashes.SHA256()).public_bytes(Encoding.DER))["extensions"]


def test_every_extension_has_words(root):
    """One line each; what nobody knows says how long it is."""
    uri, mail = x509.UniformResourceIdentifier("http://a.example/"), x509.RFC822Name("a@b.example")
    other = x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\x0c\x03abc")
    lines = extended(
        root,
        x509.SubjectAlternativeName([mail, other, x509.OtherName(x509.ObjectIdentifier("1.2.4"), b"\x05\x00")]),
        x509.IssuerAlternativeName([x509.DirectoryName(root.subject)]),
        x509.CRLDistributionPoints([x509.DistributionPoint([uri], None, None, None)]),
        x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, uri)]),
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING, x509.ObjectIdentifier("1.2.5")]),
        x509.BasicConstraints(ca=True, path_length=3),
        x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.6"), b"1234"),
        x509.UnrecognizedExtension(ExtensionOID.POLICY_MAPPINGS, b"\xff"),
        x509.PrecertPoison(),
    )
    assert [line.partition(": ")[2] for line in lines[2:]][:8] == [
        "a@b.example, 1.2.3 abc, 1.2.4 0500",
        "O=Root,C=JP",
        "http://a.example/",
        "OCSP http://a.example/",
        "OCSPSigning, 1.2.5",
        "certification authority, path length 3",
        "4 bytes",
        "1 bytes",
    ]


def test_nothing_that_a_terminal_obeys_is_printed(root):
    """An escape in a name shows as a replacement character."""
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    builder = root._builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a\x1b[2Jb")]), key, None)
    said = reading.essentials(builder.sign(root.key, hashes.SHA256()).public_bytes(Encoding.DER))
    assert said["subject"] == "CN=a\N{REPLACEMENT CHARACTER}[2Jb"
    assert said["key"] == "Ed25519PublicKey"


@settings(max_examples=scaled(150, 20_000), deadline=None)
@given(
    place=st.floats(0, 1, exclude_max=True),
    octet=st.integers(0, 255),
    cut=st.integers(0, 3),
    what=st.integers(0, 2),
)
def test_no_octet_breaks_the_reader(place, octet, cut, what):
    """Somewhere in a certificate or a list one octet is another, or some are missing: read, or refused."""
    der = bytearray(SEEDS[what])
    at = int(place * len(der))
    der[at : at + 1 + cut] = bytes([octet])
    try:
        if what == 2:
            lists.facts(bytes(der))
        else:
            reading.everything(reading.read_der(bytes(der)))
    except (reading.CertificateUnreadable, CrlRefused):
        pass
