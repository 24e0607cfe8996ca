"""A second, independent generator of JPKI user certificates: DER written byte by byte, no X.509 library.

It knows the profile of certificates in use, in their order of extensions, and can break each row of it once.
"""

from collections.abc import Callable
from datetime import datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SHA256_RSA, SHA384_RSA, SHA1_RSA = ("2a864886f70d01010b", "2a864886f70d01010c", "2a864886f70d010105")
POLICY_CARD, POLICY_PHONE = "1.2.392.200149.8.5.1.0.30", "1.2.392.200149.8.5.1.0.50"


def tlv(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def seq(*contents: bytes) -> bytes:
    return tlv(0x30, *contents)


def oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    out = bytearray([40 * first + second])
    for arc in rest:
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.insert(0, 0x80 | arc & 0x7F)
        out += bytes(groups)
    return tlv(0x06, bytes(out))


def integer(number: int) -> bytes:
    return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def time(moment: datetime) -> bytes:
    return tlv(0x17, f"{moment:%y%m%d%H%M%SZ}".encode())


def algorithm(dotted_hex: str, *, null: bool = True) -> bytes:
    return seq(tlv(0x06, bytes.fromhex(dotted_hex)), tlv(0x05) if null else b"")


def dn(*parts: tuple[str, str]) -> bytes:
    types = {"C": "2.5.4.6", "O": "2.5.4.10", "OU": "2.5.4.11", "CN": "2.5.4.3"}
    return seq(
        *(
            tlv(0x31, seq(oid(types[kind]), tlv(0x13 if kind == "C" else 0x0C, text.encode())))
            for kind, text in parts
        )
    )


def authority_dn(organisation: str = "JPKI-TEST", unit: str = "JPKI for user authentication") -> bytes:
    agency = "Japan Agency for Local Authority Information Systems"
    return dn(("C", "JP"), ("O", organisation), ("OU", unit), ("OU", agency))


def extension(dotted: str, value: bytes, *, critical: bool = False) -> tuple[str, bytes]:
    return dotted, seq(oid(dotted), tlv(0x01, b"\xff") if critical else b"", tlv(0x04, value))


def directory(name: bytes) -> bytes:
    return tlv(0xA4, name)


def digest(data: bytes) -> bytes:
    sha1 = hashes.Hash(hashes.SHA1())
    sha1.update(data)
    return sha1.finalize()


class Order:
    """One certificate to write. Every attribute may be replaced before `build`."""

    def __init__(self, authority, key, *, serial: int, begin: datetime, end: datetime, common_name: str) -> None:
        self.signer = authority.key
        public = key.public_key()
        self.version = tlv(0xA0, integer(2))
        self.serial = integer(serial)
        self.inner = self.outer = algorithm(SHA256_RSA)
        self.hash = hashes.SHA256()
        self.issuer = authority_dn()
        self.validity = seq(time(begin), time(end))
        self.subject = dn(("C", "JP"), ("CN", common_name))
        self.spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        ca_serial = integer(authority.certificate.serial_number)[2:]
        point = dn(("C", "JP"), ("O", "JPKI-TEST"), ("OU", "CRL Distribution Points"), ("CN", "Aoba-shi CRLDP"))
        self.extensions = dict(
            [
                extension("2.5.29.15", bytes.fromhex("03020780"), critical=True),
                extension("2.5.29.37", seq(oid("1.3.6.1.5.5.7.3.2"))),
                policies(POLICY_CARD),
                extension("2.5.29.18", seq(directory(dn(("C", "JP"), ("O", "公的個人認証サービス"))))),
                extension("2.5.29.31", seq(seq(tlv(0xA0, tlv(0xA0, directory(point)))))),
                extension(
                    "1.3.6.1.5.5.7.1.1", seq(seq(oid("1.3.6.1.5.5.7.48.1"), tlv(0x86, b"http://ocsp.invalid")))
                ),
                key_identifier(authority.key_id, ca_serial),
                extension("2.5.29.14", tlv(0x04, digest(public.public_bytes(Encoding.DER, PublicFormat.PKCS1)))),
            ]
        )
        self.unique_id = b""
        self.repeated: str | None = None
        self.finish: Callable[[bytes], bytes] = bytes

    def build(self) -> bytes:
        listed = [*self.extensions.values(), *([self.extensions[self.repeated]] if self.repeated else [])]
        wrapped = tlv(0xA3, seq(*listed)) if listed else b""
        tbs = seq(
            self.version,
            self.serial,
            self.inner,
            self.issuer,
            self.validity,
            self.subject,
            self.spki,
            self.unique_id,
            wrapped,
        )
        signature = self.signer.sign(tbs, padding.PKCS1v15(), self.hash)
        return self.finish(seq(tbs, self.outer, tlv(0x03, b"\x00", signature)))


def policies(*dotted: str, critical: bool = True) -> tuple[str, bytes]:
    qualifier = seq(seq(oid("1.3.6.1.5.5.7.2.1"), tlv(0x16, b"http://www.jpki-test.invalid/cps.html")))
    return extension("2.5.29.32", seq(*(seq(oid(d), qualifier) for d in dotted)), critical=critical)


def key_identifier(key_id: bytes | None, serial: bytes) -> tuple[str, bytes]:
    named = tlv(0x80, key_id) if key_id is not None else b""
    return extension("2.5.29.35", seq(named, tlv(0xA1, directory(authority_dn())), tlv(0x82, serial)))
