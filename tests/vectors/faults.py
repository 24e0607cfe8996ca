"""One fault each, in a certificate, list or answer that is right and truly signed otherwise.

Written after the classes of attacks that public suites on path validation name (malformed fields, wrong critical
extensions, weak keys, unauthorised evidence); every byte is made here.
"""

from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from vectors import rewritten
from vectors.hierarchy import NOW, Entity, der, purposes, root, sans, usage
from vectors.jpki_raw import algorithm, dn, integer, oid, seq, tlv
from vectors.validate import validate

ANCHOR = root("anchor")
OFFICE = ANCHOR.authority("office")
SERVER = "1.3.6.1.5.5.7.3.1"
LEAF = OFFICE.issue(
    "leaf",
    extensions=[
        (usage("digital_signature"), True),
        (x509.BasicConstraints(False, None), True),
        purposes(SERVER),
        sans(x509.DNSName("a.example.com")),
        (x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("1.2.3"), None)]), False),
        (x509.CRLDistributionPoints([]), False),
    ][:-1],
)
VERSION, SERIAL, INNER, ISSUER, VALIDITY, SUBJECT, SPKI, EXTENSIONS = range(8)
Members = list[bytes]
FALSE = b"\x01\x01\x00"


def judged(leaf: bytes, *, policy: dict | None = None, office: bytes = b"") -> str:
    """The verdict on these bytes below the office."""
    return validate([leaf, office or OFFICE.der], NOW, [ANCHOR.der], [], [], policy)["reason"]


@dataclass(frozen=True)
class Fault:
    """`edit` changes the encoded members of the leaf's TBSCertificate, or of the office's."""

    edit: Callable[[Members], None]
    expected: str
    of_office: bool = False
    policy: dict | None = None

    def verdict(self) -> str:
        """What the engine says."""
        if self.of_office:
            office = rewritten.members(OFFICE.der, ANCHOR.key, self.edit)
            return judged(LEAF.der, office=office, policy=self.policy)
        return judged(rewritten.members(LEAF.der, OFFICE.key, self.edit), policy=self.policy)


def put(place: int, value: bytes) -> Callable[[Members], None]:
    """Another member in that place."""
    return lambda listed: listed.__setitem__(place, value)


def insert(place: int, value: bytes) -> Callable[[Members], None]:
    """One more member."""
    return lambda listed: listed.insert(place, value)


def drop(place: int) -> Callable[[Members], None]:
    """One member less."""
    return lambda listed: listed.pop(place)


def more(extension: bytes) -> Callable[[Members], None]:
    """One more extension."""

    def edit(listed: Members) -> None:
        encoded = rewritten.parts(rewritten.parts(listed[EXTENSIONS])[0])
        listed[EXTENSIONS] = tlv(0xA3, seq(*encoded, extension))

    return edit


def critical(dotted: str, value: bytes) -> bytes:
    """A critical extension."""
    return seq(oid(dotted), b"\x01\x01\xff", tlv(0x04, value))


def spki(key) -> bytes:
    """A SubjectPublicKeyInfo."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def rsa_spki(modulus: int, exponent: int, identifier: bytes = b"") -> bytes:
    """An RSA SubjectPublicKeyInfo of any numbers."""
    numbers = seq(integer(modulus), integer(exponent))
    return seq(identifier or algorithm("2a864886f70d010101"), tlv(0x03, b"\0", numbers))


TLS = {"eku": "serverAuth", "peer_name": "a.example.com"}
MODULUS = rsa.generate_private_key(65537, 2048).public_key().public_numbers().n
EXPLICIT_CURVE = seq(
    oid("1.2.840.10045.2.1"), seq(integer(1), seq(oid("1.2.840.10045.1.1"), integer((1 << 255) - 19)))
)
UTC, GENERAL = b"260101000000Z", b"20260101000000Z"
END = tlv(0x17, b"270101000000Z")
TWO_NAMES = tlv(0x31, seq(oid("2.5.4.3"), tlv(0x0C, b"zebra")), seq(oid("2.5.4.3"), tlv(0x0C, b"ant")))
FIELDS = {
    "version 1 with extensions": Fault(drop(VERSION), "malformed"),
    "version 2 with extensions": Fault(put(VERSION, tlv(0xA0, integer(1))), "malformed"),
    "version 4": Fault(put(VERSION, tlv(0xA0, integer(3))), "malformed"),
    "version 1 written out": Fault(put(VERSION, tlv(0xA0, integer(0))), "malformed"),
    "serial 0": Fault(put(SERIAL, integer(0)), "malformed"),
    "serial negative": Fault(put(SERIAL, integer(-5)), "malformed"),
    "serial of 21 octets": Fault(put(SERIAL, integer(1 << 160)), "malformed"),
    "serial of 20 octets and a sign": Fault(put(SERIAL, integer(1 << 159)), "malformed"),
    "serial padded": Fault(put(SERIAL, b"\x02\x02\x00\x05"), "malformed"),
    "serial empty": Fault(put(SERIAL, b"\x02\x00"), "malformed"),
    "inner algorithm SHA-1": Fault(put(INNER, algorithm("2a8648ce3d0401", null=False)), "malformed"),
    "inner algorithm with NULL": Fault(put(INNER, algorithm("2a8648ce3d040302")), "malformed"),
    "issuer empty": Fault(put(ISSUER, seq()), "issuer_unknown"),
    "issuer of another tag": Fault(put(ISSUER, tlv(0x31)), "malformed"),
    "subject empty": Fault(put(SUBJECT, seq()), "extension_refused"),
    "SET out of order": Fault(put(SUBJECT, seq(TWO_NAMES)), "malformed"),
    "name of 33 attributes": Fault(put(SUBJECT, dn(*[("CN", "a")] * 33)), "too_large"),
    "name of a kilobyte": Fault(put(SUBJECT, dn(*[("OU", "a" * 200)] * 6)), "too_large"),
    "UTF8String that is none": Fault(
        put(SUBJECT, dn(("CN", "abc")).replace(b"abc", b"\xff\xfe\xfd")), "malformed"
    ),
    "time without seconds": Fault(put(VALIDITY, seq(tlv(0x17, b"2601010000Z"), END)), "malformed"),
    "time with an offset": Fault(put(VALIDITY, seq(tlv(0x17, b"260101000000+0900"), END)), "malformed"),
    "time with a fraction": Fault(put(VALIDITY, seq(tlv(0x18, b"20260101000000.5Z"), END)), "malformed"),
    "GeneralizedTime before 2050": Fault(put(VALIDITY, seq(tlv(0x18, GENERAL), END)), "malformed", policy=TLS),
    "month 13": Fault(put(VALIDITY, seq(tlv(0x17, b"261301000000Z"), END)), "malformed"),
    "ends before it begins": Fault(put(VALIDITY, seq(END, tlv(0x17, UTC))), "not_yet_valid"),
    "three times": Fault(put(VALIDITY, seq(tlv(0x17, UTC), END, END)), "malformed"),
    "a member too many": Fault(insert(SPKI, seq()), "malformed"),
    "extensions of no extension": Fault(put(EXTENSIONS, tlv(0xA3, seq())), "extension_refused"),
    "extensions twice": Fault(lambda listed: listed.append(listed[EXTENSIONS]), "malformed"),
    "unique identifier of the issuer": Fault(insert(EXTENSIONS, tlv(0x81, b"\0x")), "issuer_unknown"),
    "indefinite length": Fault(put(SUBJECT, b"\x30\x80" + dn(("CN", "a"))[2:] + b"\0\0"), "malformed"),
    "length not minimal": Fault(put(SUBJECT, b"\x30\x81\x00"), "malformed"),
}
KEYS = {
    "RSA-1024": Fault(put(SPKI, spki(rsa.generate_private_key(65537, 1024))), "key_refused"),
    "RSA-2047": Fault(put(SPKI, rsa_spki(MODULUS >> 1 | 1, 65537)), "key_refused"),
    "RSA-16384": Fault(put(SPKI, rsa_spki((1 << 16383) + 1, 65537)), "key_refused"),
    "exponent 1": Fault(put(SPKI, rsa_spki(MODULUS, 1)), "key_refused"),
    "exponent 3": Fault(put(SPKI, rsa_spki(MODULUS, 3)), "key_refused"),
    "exponent even": Fault(put(SPKI, rsa_spki(MODULUS, 65538)), "key_refused"),
    "exponent negative": Fault(put(SPKI, rsa_spki(MODULUS, -3)), "key_refused"),
    "exponent of 70 bits": Fault(put(SPKI, rsa_spki(MODULUS, (1 << 69) + 1)), "key_refused"),
    "modulus even": Fault(put(SPKI, rsa_spki(MODULUS + 1, 65537)), "key_refused"),
    "modulus negative": Fault(put(SPKI, rsa_spki(-MODULUS, 65537)), "key_refused"),
    "modulus of small factors": Fault(
        put(SPKI, rsa_spki(3 * 5 * ((1 << 2044) + 1) | 1 << 2047, 65537)), "key_refused"
    ),
    "RSA for PSS alone": Fault(
        put(SPKI, rsa_spki(MODULUS, 65537, algorithm("2a864886f70d01010a", null=False))), "key_refused"
    ),
    "RSA without NULL": Fault(
        put(SPKI, rsa_spki(MODULUS, 65537, algorithm("2a864886f70d010101", null=False))), "key_refused"
    ),
    "P-192": Fault(put(SPKI, spki(ec.generate_private_key(ec.SECP192R1()))), "key_refused"),
    "P-224": Fault(put(SPKI, spki(ec.generate_private_key(ec.SECP224R1()))), "key_refused"),
    "secp256k1": Fault(put(SPKI, spki(ec.generate_private_key(ec.SECP256K1()))), "key_refused"),
    "brainpool": Fault(put(SPKI, spki(ec.generate_private_key(ec.BrainpoolP256R1()))), "key_refused"),
    "Ed25519": Fault(put(SPKI, spki(ed25519.Ed25519PrivateKey.generate())), "key_refused"),
    "curve by its numbers": Fault(put(SPKI, seq(EXPLICIT_CURVE, tlv(0x03, b"\0\x04" + bytes(64)))), "malformed"),
    "point outside the curve": Fault(put(SPKI, spki(LEAF.key)[:-64] + b"\x01" * 64), "key_refused"),
    "point at infinity": Fault(put(SPKI, seq(spki(LEAF.key)[2:23], tlv(0x03, b"\0\0"))), "key_refused"),
    "key with unused bits": Fault(
        put(SPKI, seq(spki(LEAF.key)[2:23], tlv(0x03, b"\4\4" + bytes(64)))), "key_refused"
    ),
}
value = rewritten.extension_value
BASIC, USAGE, EKU, SAN, POLICIES, SKI, AKI = (
    "2.5.29.19", "2.5.29.15", "2.5.29.37", "2.5.29.17", "2.5.29.32", "2.5.29.14", "2.5.29.35",
)  # fmt: skip
CONSTRAINTS = "2.5.29.30"
CA_EXTENSION_FAULTS = {
    "authority: cA missing": Fault(value(BASIC, seq()), "issuer_unknown", of_office=True),
    "authority: cA FALSE": Fault(value(BASIC, seq(FALSE)), "issuer_unknown", of_office=True),
    "authority: path length negative": Fault(
        value(BASIC, seq(b"\x01\x01\xff", integer(-1))), "issuer_unknown", of_office=True
    ),
    "authority: usage without keyCertSign": Fault(
        value(USAGE, b"\x03\x02\x01\x02"), "issuer_unknown", of_office=True
    ),
    "authority: SKI of another": Fault(value(SKI, tlv(0x04, b"x" * 20)), "issuer_unknown", of_office=True),
    "authority: AKI of another": Fault(value(AKI, seq(tlv(0x80, b"x" * 20))), "issuer_unknown", of_office=True),
    "authority: for clients alone": Fault(
        more(seq(oid(EKU), tlv(0x04, seq(oid("1.3.6.1.5.5.7.3.2"))))), "issuer_unknown", of_office=True, policy=TLS
    ),
    "authority: critical surprise": Fault(more(critical("1.2.3.4", b"\5\0")), "issuer_unknown", of_office=True),
    "authority: constraints of nothing": Fault(
        more(critical(CONSTRAINTS, seq())), "issuer_unknown", of_office=True
    ),
    "authority: requires a policy": Fault(
        more(critical("2.5.29.36", seq(tlv(0x80, b"\0")))), "path_invalid", of_office=True
    ),
    "authority: policy constraints of nothing": Fault(
        more(critical("2.5.29.36", seq())), "issuer_unknown", of_office=True
    ),
    "authority: inhibits any policy by a negative": Fault(
        more(critical("2.5.29.54", integer(-1))), "issuer_unknown", of_office=True
    ),
}
EXTENSION_FAULTS = CA_EXTENSION_FAULTS | {
    "unknown critical": Fault(more(critical("1.3.6.1.4.1.55738.666.1", b"")), "extension_refused"),
    "critical AKI": Fault(more(critical("2.5.29.9", seq())), "extension_refused"),
    "criticality FALSE written out": Fault(more(seq(oid("1.2.3.4"), FALSE, tlv(0x04, b""))), "malformed"),
    "criticality of another TRUE": Fault(more(seq(oid("1.2.3.4"), b"\1\1\1", tlv(0x04, b""))), "malformed"),
    "extension twice": Fault(more(seq(oid(EKU), tlv(0x04, seq(oid(SERVER))))), "malformed"),
    "extension of three": Fault(more(seq(oid("1.2.3.4"), tlv(0x04, b""), tlv(0x05))), "malformed"),
    "signs certificates without cA": Fault(value(USAGE, b"\x03\x02\x02\x84"), "extension_refused"),
    "no usage at all": Fault(value(USAGE, b"\x03\x01\x00"), "extension_refused"),
    "no purpose at all": Fault(value(EKU, seq()), "malformed"),
    "any purpose": Fault(value(EKU, seq(oid("2.5.29.37.0"))), "usage_refused", policy=TLS),
    "any purpose beside the right one": Fault(
        value(EKU, seq(oid(SERVER), oid("2.5.29.37.0"))), "usage_refused", policy=TLS
    ),
    "no name at all": Fault(value(SAN, seq()), "malformed", policy=TLS),
    "name with a NUL": Fault(value(SAN, seq(tlv(0x82, b"a.example.com\0.b.org"))), "name_mismatch", policy=TLS),
    "wildcard in the middle": Fault(value(SAN, seq(tlv(0x82, b"a.*.com"))), "name_mismatch", policy=TLS),
    "wildcard of a part": Fault(value(SAN, seq(tlv(0x82, b"a*.example.com"))), "name_mismatch", policy=TLS),
    "wildcard of everything": Fault(value(SAN, seq(tlv(0x82, b"*"))), "name_mismatch", policy=TLS),
    "wildcard of a suffix": Fault(value(SAN, seq(tlv(0x82, b"*.com"))), "name_mismatch", policy=TLS),
    "address of five octets": Fault(value(SAN, seq(tlv(0x87, b"\1\2\3\4\5"))), "malformed", policy=TLS),
    "name of another alphabet": Fault(
        value(SAN, seq(tlv(0x82, "あ.example.com".encode()))), "extension_refused", policy=TLS
    ),
    "name of another form": Fault(
        value(SAN, seq(tlv(0x86, b"https://a.example.com/"))), "name_mismatch", policy=TLS
    ),
    "constraints of an authority": Fault(
        more(critical(CONSTRAINTS, seq(tlv(0xA0, seq(tlv(0x82, b"example.com")))))), "extension_refused"
    ),
    "AKI without key identifier": Fault(value(AKI, seq()), "extension_refused"),
    "AKI of another": Fault(value(AKI, seq(tlv(0x80, b"x" * 20))), "issuer_unknown"),
    "AKI followed by something": Fault(value(AKI, seq(tlv(0x80, b"x" * 20)) + b"\5\0"), "malformed"),
    "policy twice": Fault(value(POLICIES, seq(seq(oid("1.2.3")), seq(oid("1.2.3")))), "extension_refused"),
    "no policy at all": Fault(value(POLICIES, seq()), "malformed"),
    "a hundred extensions": Fault(
        lambda listed: listed.__setitem__(
            EXTENSIONS, tlv(0xA3, seq(*(seq(oid(f"1.2.3.{n}"), tlv(0x04)) for n in range(100))))
        ),
        "too_large",
    ),
    "more names than we read": Fault(value(SAN, seq(*[tlv(0x82, b"a")] * 12000)), "too_large"),
}
CERTIFICATE_FAULTS = FIELDS | KEYS | EXTENSION_FAULTS


def mail_in_subject() -> str:
    """A mail address that no IA5String can hold, below constraints on mail."""
    limits = (x509.NameConstraints([x509.RFC822Name("example.com")], None), True)
    office = ANCHOR.authority("office", key=OFFICE.key, extensions=[limits])
    subject = seq(tlv(0x31, seq(oid("1.2.840.113549.1.9.1"), tlv(0x0C, "あ@example.com".encode()))))
    leaf = rewritten.members(LEAF.der, OFFICE.key, put(SUBJECT, subject))
    return judged(leaf, office=office.der)


def framed(change: Callable[[bytes], bytes]) -> str:
    """The verdict on a leaf whose outermost bytes were changed."""
    return judged(change(LEAF.der))


def other_signature(leaf: Entity) -> str:
    """The signature of another certificate of the same key over this one's content."""
    tbs, identifier, _ = rewritten.parts(LEAF.der)
    return judged(seq(tbs, identifier, rewritten.parts(leaf.der)[2]))


FRAMES: dict[str, tuple[Callable[[], str], str]] = {
    "mail address of another alphabet": (mail_in_subject, "name_constraints"),
    "nothing": (lambda: framed(lambda _: b""), "malformed"),
    "cut off": (lambda: framed(lambda d: d[:-1]), "malformed"),
    "trailing byte": (lambda: framed(lambda d: d + b"\0"), "malformed"),
    "twice": (lambda: framed(lambda d: d + d), "malformed"),
    "wrapped": (lambda: framed(seq), "malformed"),
    "indefinite": (lambda: framed(lambda d: b"\x30\x80" + d[4:] + b"\0\0"), "malformed"),
    "PEM": (lambda: judged(LEAF.certificate.public_bytes(Encoding.PEM)), "malformed"),
    "a list": (lambda: judged(OFFICE.crl()), "malformed"),
    "an answer": (lambda: judged(OFFICE.answer(LEAF.certificate)), "malformed"),
    "another certificate's signature": (lambda: other_signature(OFFICE.issue("leaf")), "issuer_unknown"),
    "signature with unused bits": (
        lambda: judged(seq(*rewritten.parts(LEAF.der)[:2], tlv(0x03, b"\4\x30\x00\x00\xf0"))),
        "malformed",
    ),
    "signature of nothing": (
        lambda: judged(seq(*rewritten.parts(LEAF.der)[:2], tlv(0x03, b"\0"))),
        "issuer_unknown",
    ),
    "signature of zeros": (
        lambda: judged(seq(*rewritten.parts(LEAF.der)[:2], tlv(0x03, b"\0", seq(integer(0), integer(0))))),
        "issuer_unknown",
    ),
    "signed by itself": (lambda: judged(root("leaf").der), "issuer_unknown"),
    "the anchor itself": (lambda: judged(ANCHOR.der, policy=TLS), "usage_refused"),
    "the key of the public request": (lambda: judged(der(LEAF.certificate)[:200]), "malformed"),
}
