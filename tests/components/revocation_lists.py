"""Revocation lists for tests: small ones by `cryptography`'s builder, huge ones laid out by numpy."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding

from connectors.ports import CertificateKind
from idp.jpki.trust import Anchor, read_anchor

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
THIS_UPDATE = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
NAME = x509.Name(
    [
        x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "JP"),
        x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "JPKI-TEST"),
        x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "JPKI for user authentication"),
    ]
)
RSA_SHA256 = bytes.fromhex("300d06092a864886f70d01010b0500")
REASON = bytes.fromhex("300c300a0603551d1504030a01")
DATE = bytes.fromhex("170d") + b"261120030000Z"
ADVERSARIAL = bytes.fromhex("302302053022020430210203")
"""Octets that look like the beginnings of entries."""


@dataclass(frozen=True)
class Issuer:
    """A CA generation with its key."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    anchor: Anchor

    @property
    def key_id(self) -> x509.AuthorityKeyIdentifier:
        """As a list names it."""
        return x509.AuthorityKeyIdentifier(self.anchor.key_id, None, None)


def issuer(generation: int = 1) -> Issuer:
    """A generation: all of them have the same name."""
    return _issuer(generation)


@cache
def _issuer(generation: int) -> Issuer:
    key = rsa.generate_private_key(65537, 2048)
    certificate = root(key, serial=generation)
    return Issuer(key, certificate, read_anchor(CertificateKind.USER, certificate.public_bytes(Encoding.DER)))


def root(key, *, serial=1, name=NAME, crl_sign=True, key_id=None, algorithm=None, usage=True):
    """A self-signed CA certificate."""
    off = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
           "encipher_only", "decipher_only")  # fmt: skip
    usages = x509.KeyUsage(**dict.fromkeys(off, False), key_cert_sign=True, crl_sign=crl_sign)
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(NOW - timedelta(days=100))
        .not_valid_after(NOW + timedelta(days=3000))
        .add_extension(x509.BasicConstraints(True, None), True)
        .add_extension(x509.SubjectKeyIdentifier(key_id) if key_id else own, False)
    )
    builder = builder.add_extension(usages, True) if usage else builder
    return builder.sign(key, algorithm or hashes.SHA256())


def entry(serial, reason=None, *, date=THIS_UPDATE, extensions=()):
    """One entry; `extensions` are pairs of value and criticality."""
    builder = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(date)
    if reason is not None:
        builder = builder.add_extension(x509.CRLReason(x509.ReasonFlags(reason)), False)
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    return builder.build()


def crl(
    entries=(), *, by=None, number=1, this_update=THIS_UPDATE, life=timedelta(hours=48), extensions=(), name=NAME
) -> bytes:
    """A signed list; `number` None leaves CRLNumber out."""
    by = by or issuer()
    builder = x509.CertificateRevocationListBuilder().issuer_name(name).last_update(this_update)
    builder = builder.next_update(this_update + life).add_extension(by.key_id, False)
    if number is not None:
        builder = builder.add_extension(x509.CRLNumber(number), False)
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    for made in entries:
        builder = builder.add_revoked_certificate(made)
    return builder.sign(by.key, hashes.SHA256()).public_bytes(Encoding.DER)


def point(municipality: str) -> x509.Name:
    """The distribution point of a municipality, as certificates name it."""
    return x509.Name(
        [*NAME, x509.NameAttribute(x509.NameOID.COMMON_NAME, municipality + " CRLDP")],
    )


def issuing_point(municipality: str | None, **flags) -> tuple[x509.IssuingDistributionPoint, bool]:
    """A critical issuingDistributionPoint."""
    full_name = None if municipality is None else [x509.DirectoryName(point(municipality))]
    values = {
        "relative_name": None, "only_contains_user_certs": False, "only_contains_ca_certs": False,
        "only_some_reasons": None, "indirect_crl": False, "only_contains_attribute_certs": False,
    } | flags  # fmt: skip
    return x509.IssuingDistributionPoint(full_name=full_name, **values), True


def tlv(tag: int, *contents: bytes) -> bytes:
    """An element in DER."""
    content = b"".join(contents)
    return header_of(tag, len(content)) + content


def header_of(tag: int, length: int) -> bytes:
    """The header of an element in DER."""
    if length < 0x80:
        return bytes([tag, length])
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets


def by_hand(
    entries: bytes | None,
    *,
    by=None,
    number=1,
    version=b"\x02\x01\x01",
    algorithm=RSA_SHA256,
    outer=None,
    times=None,
    extensions=None,
    after=b"",
) -> bytes:
    """A signed list of any bytes: `entries` is the content of revokedCertificates, None leaves it out."""
    by = by or issuer()
    start, end = list_parts(entries, by=by, number=number, version=version, algorithm=algorithm, times=times)
    if extensions is not None:
        end = extensions
    tbs = tlv(0x30, start, b"" if entries is None else tlv(0x30, entries), end)
    signature = by.key.sign(tbs, padding.PKCS1v15(), hashes.SHA256())
    return tlv(0x30, tbs, outer or algorithm, tlv(0x03, b"\x00", signature)) + after


def list_parts(entries, *, by, number, version=b"\x02\x01\x01", algorithm=RSA_SHA256, times=None):
    """What stands in a TBSCertList before and after its entries."""
    times = times if times is not None else tlv(0x17, b"261125150000Z") + tlv(0x17, b"261127150000Z")
    start = version + algorithm + by.anchor.certificate.subject.public_bytes() + times
    return start, tlv(0xA0, tlv(0x30, aki(by.anchor.key_id), crl_number(number)))


def extension(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    """An Extension; `oid` is the content of its OBJECT IDENTIFIER in hexadecimal."""
    return tlv(0x30, tlv(0x06, bytes.fromhex(oid)), b"\x01\x01\xff" if critical else b"", tlv(0x04, value))


def aki(key_id: bytes) -> bytes:
    """An authorityKeyIdentifier extension."""
    return extension("551d23", tlv(0x30, tlv(0x80, key_id)))


def crl_number(number: int) -> bytes:
    """A cRLNumber extension."""
    return extension("551d14", tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big")))


def raw_entry(serial: bytes, *rest: bytes, date: bytes = DATE) -> bytes:
    """An entry of these serial octets and whatever follows its date."""
    return tlv(0x30, tlv(0x02, serial), date, *rest)


@dataclass(frozen=True)
class Huge:
    """A list on disk, with a sample of its truth: serial -> reason (None: not listed)."""

    path: Path
    entries: int
    sample: dict[int, str | None]
    adversarial: bool


SIZES = np.array([4, 5, 6, 8, 12, 16, 20])
SHARES = [0.42, 0.42, 0.06, 0.04, 0.02, 0.02, 0.02]
"""Octets of serial numbers, and how many entries have so many."""


def huge(path: Path, count: int, *, by=None, seed: int = 1, adversarial: bool = False) -> Huge:
    """Write a list of `count` entries: serials of 4 to 20 octets, half of them without a reason, shuffled."""
    by = by or issuer()
    rng = np.random.default_rng(seed)
    sizes = rng.choice(SIZES, count, p=SHARES).astype(np.uint8)
    reasoned = rng.random(count) < 0.5
    total = int(sizes.sum(dtype=np.int64)) + count * (2 + 2 + len(DATE)) + int(reasoned.sum()) * 14
    start, end = list_parts(b"", by=by, number=1)
    inner = header_of(0x30, total)
    tbs_head = header_of(0x30, len(start) + len(inner) + total + len(end)) + start + inner
    tail = RSA_SHA256 + tlv(0x03, b"\x00", bytes(256))
    digest = hashlib.sha256(tbs_head)
    sample: dict[int, str | None] = {}
    with path.open("wb") as file:
        file.write(header_of(0x30, len(tbs_head) + total + len(end) + len(tail)) + tbs_head)
        for first in range(0, count, 500_000):
            part = slice(first, first + 500_000)
            block = _entries(rng, sizes[part], reasoned[part], sample, adversarial=adversarial)
            digest.update(block)
            file.write(block)
        digest.update(end)
        signature = by.key.sign(digest.digest(), padding.PKCS1v15(), Prehashed(hashes.SHA256()))
        file.write(end + tail[:-256] + signature)
    for serial in rng.integers(
        2**62, 2**63, 1000
    ):  # never generated: no size of seven octets or top bits like these
        sample.setdefault(int(serial) << 8, None)
    return Huge(path, count, sample, adversarial)


_CODES = np.array([1, 3, 4, 5, 6], dtype=np.uint8)
_NAMES = {
    1: "keyCompromise",
    3: "affiliationChanged",
    4: "superseded",
    5: "cessationOfOperation",
    6: "certificateHold",
}


def _entries(rng, sizes, reasoned, sample, *, adversarial) -> bytes:
    """Entries side by side: each octet of all of them at once."""
    count = len(sizes)
    sizes = sizes.astype(np.int64)
    lengths = 4 + sizes + len(DATE) + 14 * reasoned
    starts = np.concatenate([[0], np.cumsum(lengths)])
    out = np.zeros(int(starts[-1]), dtype=np.uint8)
    starts = starts[:-1]
    out[starts] = 0x30
    out[starts + 1] = lengths - 2
    out[starts + 2] = 0x02
    out[starts + 3] = sizes
    serials = rng.integers(0, 256, (count, 20), dtype=np.uint8)
    if adversarial:
        serials[:, 1:] = np.resize(np.frombuffer(ADVERSARIAL, dtype=np.uint8), 19)
        serials[:, 1:4] = rng.integers(0, 256, (count, 3), dtype=np.uint8)
        serials[::3, 1:12] = np.frombuffer(ADVERSARIAL[:11], dtype=np.uint8)
        serials[:, 12:18] = rng.integers(0, 256, (count, 6), dtype=np.uint8)
    serials[:, 0] = serials[:, 0] % 0x7F + 1
    serials[::2, :2] = 0, 0x80  # a top bit set, and the zero before it
    for octet in range(20):
        has = np.flatnonzero(sizes > octet)
        out[starts[has] + 4 + octet] = serials[has, octet]
    dates = starts + 4 + sizes
    for octet, value in enumerate(DATE):
        out[dates + octet] = value
    chosen = np.flatnonzero(reasoned)
    for octet, value in enumerate(REASON):
        out[dates[chosen] + len(DATE) + octet] = value
    codes = rng.choice(_CODES, len(chosen))
    out[dates[chosen] + len(DATE) + len(REASON)] = codes
    named = dict(zip(chosen.tolist(), codes.tolist(), strict=True))
    # Short ones may come twice, and then with the gravest reason: only those that cannot are sampled.
    once = sizes > 15 if adversarial else (sizes > 6) | ((sizes == 5) & (serials[:, 0] > 0))
    for place in np.flatnonzero(once)[:: max(1, count // 2000)].tolist():
        serial = int.from_bytes(serials[place, : sizes[place]].tobytes(), "big")
        sample[serial] = _NAMES[named[place]] if place in named else "unspecified"
    return out.tobytes()
