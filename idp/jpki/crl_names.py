"""Distinguished names compared as RFC 5280 section 7.1 says: by meaning, not by string type.

J-LIS writes the same municipality into certificates and lists; nothing promises the same ASN.1 string type.
"""

import hashlib

from idp.jpki import crl_der as der
from idp.jpki.crl_refused import Garbled

MAX_NAME_BYTES = 4096
"""JPKI's longest have some 200."""
_TEXT = {0x0C: "utf-8", 0x13: "ascii", 0x16: "ascii", 0x1E: "utf-16-be", 0x1C: "utf-32-be", 0x14: "latin-1"}
"""UTF8String, PrintableString, IA5String, BMPString, UniversalString, TeletexString."""


def name_key(name: bytes) -> bytes:
    """SHA-256 that is equal for equal names: case, runs of blanks and string types do not count.

    `name` is a DER Name (RDNSequence). Raises Garbled for anything else.
    """
    if len(name) > MAX_NAME_BYTES:
        raise Garbled("a name of more than 4 KiB")
    digest = hashlib.sha256()
    reader = der.Reader(name)
    sequence = reader.inside(der.SEQUENCE, "name")
    reader.finish("name")
    while sequence.next_tag() is not None:
        digest.update(_part(_relative(sequence.inside(der.SET, "relative name"))))
    return digest.digest()


def _relative(members: der.Reader) -> bytes:
    attributes = []
    while members.next_tag() is not None:
        attribute = members.inside(der.SEQUENCE, "attribute")
        kind = attribute.content(der.OID, "attribute type")
        tag = attribute.next_tag()
        value = attribute.content(tag or 0, "attribute value")
        attribute.finish("attribute")
        attributes.append(_part(kind) + _part(_folded(tag or 0, value)))
    # The order inside a SET is that of the encoding, which string types change.
    return b"".join(sorted(attributes))


def _folded(tag: int, value: bytes) -> bytes:
    try:
        text = value.decode(_TEXT[tag])
    except (KeyError, UnicodeDecodeError):
        return bytes([tag]) + value
    return b"\x00" + " ".join(text.casefold().split()).encode()


def _part(octets: bytes) -> bytes:
    return len(octets).to_bytes(4, "big") + octets
