"""Which company a certificate names: by its number, which lasts longer than any certificate. Pure.

- 商業登記: the extension `registeredCorporationInfo` of the Ministry of Justice, of which the name and the
  twelve-digit registered number are read; the rest (address, representative) is not.
- Accredited services have no common place. Read is the subject's `organizationIdentifier` as ETSI EN 319 412-1
  section 5.1.4 has it, of Japan's trade register: `NTRJP-` and the thirteen digits.

A certificate that names its company otherwise, or in two ways that differ, names none.
"""

from dataclasses import dataclass

from asn1crypto.core import Sequence, UTF8String
from asn1crypto.parser import parse
from cryptography import x509
from cryptography.x509.oid import NameOID, ObjectIdentifier

from idp.jpki.certificate import UNREADABLE
from idp.organizations import corporate_number

REGISTERED_CORPORATION_INFO = ObjectIdentifier("1.2.392.100300.1.1.3")
"""jpcomreg-registeredCorporationInfo: SEQUENCE of context-tagged members, [0] name, [1] registered number."""
_OF_TRADE_REGISTER = "NTRJP-"
_CONTEXT, _PRINTABLE, _UTF8 = 2, 19, 12
_NAME, _NUMBER = 0, 1
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Certified:
    """`number`: thirteen digits; `name`: as the certificate has it, empty where it says none."""

    number: str
    name: str


def company_of(certificate_der: bytes) -> Certified | None:
    """The one company that it names, or None."""
    try:
        certificate = x509.load_der_x509_certificate(certificate_der)
        found = [one for one in (_registered(certificate), _of_subject(certificate)) if one is not None]
    except (*UNREADABLE, ValueError, TypeError):
        return None
    return found[0] if len({one.number for one in found}) == 1 else None


def _registered(certificate: x509.Certificate) -> Certified | None:
    """What the registrar certified. Raises ValueError for an extension that is not as it should be."""
    try:
        extension = certificate.extensions.get_extension_for_oid(REGISTERED_CORPORATION_INFO).value
    except x509.ExtensionNotFound:
        return None
    if not isinstance(extension, x509.UnrecognizedExtension):
        raise TypeError("another extension under this identifier")
    members = _members(extension.value)
    name = members.get(_NAME, "")
    if len(name) > _LONGEST_NAME:
        raise ValueError("a name as long as none")
    return Certified(corporate_number.of_registered(members[_NUMBER]), name) if _NUMBER in members else None


def _members(der: bytes) -> dict[int, str]:
    """The texts of the members by tag; each tag once."""
    found: dict[int, str] = {}
    rest = Sequence.load(der, strict=True).contents
    while rest:
        tag_class, _, tag, header, inner, trailer = parse(rest)
        rest = rest[len(header) + len(inner) + len(trailer) :]
        if tag_class != _CONTEXT or tag in found:
            raise ValueError("members are tagged, each once")
        if tag in (_NAME, _NUMBER):
            found[tag] = _text(inner)
    return found


def _text(der: bytes) -> str:
    """A UTF8String or a PrintableString."""
    tag_class, _, tag, _, inner, _ = parse(der, strict=True)
    if tag_class != 0 or tag not in (_UTF8, _PRINTABLE):
        raise ValueError("no text")
    return str(UTF8String(contents=inner).native)


def _of_subject(certificate: x509.Certificate) -> Certified | None:
    identifiers = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)
    numbers = [str(one.value).removeprefix(_OF_TRADE_REGISTER) for one in identifiers if _is_ours(str(one.value))]
    if len(numbers) != 1 or (number := corporate_number.read(numbers[0])) != numbers[0]:
        return None
    names = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return Certified(number, str(names[0].value)[:_LONGEST_NAME] if len(names) == 1 else "")


def _is_ours(identifier: str) -> bool:
    return identifier.startswith(_OF_TRADE_REGISTER)
