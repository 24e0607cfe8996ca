"""Signed structures rewritten as bytes and signed again: what refuses them is the fault, and no broken signature.

With SHA-256 always: no hierarchy of these tests signs with another hash.
"""

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.hashes import SHA256
from vectors.jpki_raw import oid, seq, tlv

Edit = Callable[[bytes], bytes]
Element = tuple[int, int, int]
"""Where it starts, where its content starts, where both end."""


def element(data: bytes, at: int) -> Element:
    """The element in DER that starts there."""
    length, content = data[at + 1], at + 2
    if length >= 0x80:
        content += length - 0x80
        length = int.from_bytes(data[at + 2 : content], "big")
    return at, content, content + length


def parts(data: bytes) -> list[bytes]:
    """The encoded members of the one constructed element that the bytes are."""
    _, at, end = element(data, 0)
    found = []
    while at < end:
        start, _, at = element(data, at)
        found.append(data[start:at])
    return found


def signature(key, tbs: bytes) -> bytes:
    """A BIT STRING that holds this key's signature."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return tlv(0x03, b"\0", key.sign(tbs, ec.ECDSA(SHA256())))
    return tlv(0x03, b"\0", key.sign(tbs, padding.PKCS1v15(), SHA256()))


def signed(data: bytes, key, edit: Edit) -> bytes:
    """A certificate or list whose signed part was edited as bytes, and signed again."""
    tbs, algorithm, *_ = parts(data)
    tbs = edit(tbs)
    return seq(tbs, algorithm, signature(key, tbs))


def members(data: bytes, key, edit: Callable[[list[bytes]], None]) -> bytes:
    """The same, with the list of encoded members of the signed part at hand."""

    def rewrite(tbs: bytes) -> bytes:
        listed = parts(tbs)
        edit(listed)
        return seq(*listed)

    return signed(data, key, rewrite)


def answer(data: bytes, key, edit: Edit) -> bytes:
    """An OCSP answer whose ResponseData were edited; what is sent along stays."""
    outer = parts(data)
    kind, octets = parts(parts(outer[1])[0])
    _, content, end = element(octets, 0)
    tbs, algorithm, _, *sent = parts(octets[content:end])
    tbs = edit(tbs)
    basic = seq(tbs, algorithm, signature(key, tbs), *sent)
    return seq(outer[0], tlv(0xA0, seq(kind, tlv(0x04, basic))))


def extension_value(dotted: str, value: bytes) -> Callable[[list[bytes]], None]:
    """An edit that gives a certificate's extension another value."""

    def edit(listed: list[bytes]) -> None:
        encoded = parts(parts(listed[-1])[0])
        for number, extension in enumerate(encoded):
            fields = parts(extension)
            if fields[0] == oid(dotted):
                encoded[number] = seq(*fields[:-1], tlv(0x04, value))
        listed[-1] = tlv(0xA3, seq(*encoded))

    return edit
