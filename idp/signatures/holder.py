"""What a signer's certificate says of its holder: the Basic 4 of JPKI's, the subject of any other.

For who may see it; nothing here is logged. A character that JPKI's certificate replaced by another stands as a
substitute mark in what is compared.
"""

from collections.abc import Mapping

from asn1crypto.core import UTF8String
from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

from idp.jpki import profile
from idp.jpki.certificate import UNREADABLE, UnverifiedCertificate

_ITEMS: Mapping[str, ObjectIdentifier] = {
    "name": profile.NAME,
    "address": profile.ADDRESS,
    "birthdate": profile.BIRTH_DATE,
    "gender": profile.GENDER,
}
_FLAGS: Mapping[str, ObjectIdentifier] = {
    "name": ObjectIdentifier("1.2.392.200149.8.5.5.2"),
    "address": ObjectIdentifier("1.2.392.200149.8.5.5.6"),
}
"""One digit for each character of the item, 1 where another stands in its place."""
_SUBSTITUTE = "〓"


def basic4(leaf: UnverifiedCertificate) -> dict[str, str]:
    """The items of a signature certificate as they stand there; one that cannot be read is left out."""
    texts = _texts(leaf)
    return {name: texts[oid] for name, oid in _ITEMS.items() if oid in texts}


def substituted(leaf: UnverifiedCertificate) -> tuple[str, ...]:
    """The items in which characters stand for others."""
    texts = _texts(leaf)
    return tuple(name for name, oid in _FLAGS.items() if "1" in texts.get(oid, ""))


def comparable(leaf: UnverifiedCertificate) -> dict[str, str]:
    """The items for a comparison, with a mark in place of every substituted character."""
    texts = _texts(leaf)
    found = basic4(leaf)
    for name, oid in _FLAGS.items():
        flags = texts.get(oid, "")
        if name in found:
            found[name] = "".join(
                _SUBSTITUTE if at < len(flags) and flags[at] == "1" else character
                for at, character in enumerate(found[name])
            )
    return found


def subject(certificate_der: bytes) -> str:
    """The certificate's subject (RFC 4514); empty where it cannot be read."""
    try:
        return x509.load_der_x509_certificate(certificate_der).subject.rfc4514_string()
    except UNREADABLE:
        return ""


def _texts(leaf: UnverifiedCertificate) -> dict[ObjectIdentifier, str]:
    """The otherNames that are UTF8Strings."""
    found: dict[ObjectIdentifier, str] = {}
    for name in leaf.find(x509.SubjectAlternativeName) or ():
        if isinstance(name, x509.OtherName):
            try:
                found[name.type_id] = str(UTF8String.load(name.value, strict=True).native)
            except (ValueError, TypeError):
                continue
    return found
