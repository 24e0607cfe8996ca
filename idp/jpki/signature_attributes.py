"""The Basic 4 as a signature certificate names its holder: otherNames under 1.2.392.200149.8.5.5. Pure.

Source: 公的個人認証サービス プロファイル仕様書, as decoded from certificates in use (see `profile`). JPKI
signed these bytes: nothing is folded, trimmed or mended here. A registered former surname (旧氏), a common name
(通称) and names in Latin letters stand in the text of the name; whoever moved abroad has words about that in place
of an address.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from asn1crypto.core import UTF8String
from cryptography import x509

from idp.errors import Reason, Refusal
from idp.jpki.certificate import UnverifiedCertificate
from idp.jpki.profile import (
    ADDRESS,
    ADDRESS_SUBSTITUTES,
    BIRTH_DATE,
    GENDER,
    NAME,
    NAME_SUBSTITUTES,
)

_TEXT = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]"
_FORMS: Mapping[x509.ObjectIdentifier, re.Pattern[str]] = {
    NAME: re.compile(_TEXT + "{1,300}"),
    ADDRESS: re.compile(_TEXT + "{0,600}"),
    BIRTH_DATE: re.compile("[0-5][0-9]{8}"),
    GENDER: re.compile("[1239]"),
}
_MEMBERS = {NAME: "name", ADDRESS: "address", BIRTH_DATE: "birth date", GENDER: "gender"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureAttributes:
    """The four, as in the certificate; without a representation, so that no log can show them.

    `birth_date`: YYYYMMDD in the Gregorian calendar, a part that is unknown in zeros; `era` its first digit, 1
    Meiji to 5 Reiwa, 0 unknown. `gender`: 1 male, 2 female, 3 and 9 other or unknown. `kana`: the reading of the
    name, as it stands there; empty where none does, or nobody knows where. `name_substituted`,
    `address_substituted`: another character stands in the place of at least one that the certificate cannot hold.
    """

    name: str = field(repr=False)
    address: str = field(repr=False)
    birth_date: str = field(repr=False)
    era: str = field(repr=False)
    gender: str = field(repr=False)
    kana: str = field(default="", repr=False)
    name_substituted: bool = False
    address_substituted: bool = False


def read_attributes(
    leaf: UnverifiedCertificate, *, kana: x509.ObjectIdentifier | None = None
) -> SignatureAttributes:
    """The Basic 4 of a signature certificate, which the caller has verified; unknown otherNames are passed over.

    Marks of substitution that are not as long as their text, or are missing, refuse nobody: such certificates are
    met. `kana`: the type of the name's reading (`Profile.kana`). Raises Refusal with ATTRIBUTES_INVALID,
    naming what failed and never what was read.
    """
    texts = _texts(leaf, {kana} if kana else set())
    for kind, form in _FORMS.items():
        if not form.fullmatch(texts.get(kind, "\x00")):
            raise Refusal(Reason.ATTRIBUTES_INVALID, f"attributes: the form of {_MEMBERS[kind]}")
    return SignatureAttributes(
        name=texts[NAME],
        address=texts[ADDRESS],
        birth_date=texts[BIRTH_DATE][1:],
        era=texts[BIRTH_DATE][0],
        gender=texts[GENDER],
        kana=texts.get(kana, "") if kana else "",
        name_substituted="1" in texts.get(NAME_SUBSTITUTES, ""),
        address_substituted="1" in texts.get(ADDRESS_SUBSTITUTES, ""),
    )


def _texts(leaf: UnverifiedCertificate, more: set[x509.ObjectIdentifier]) -> dict[x509.ObjectIdentifier, str]:
    """The otherNames by type. Raises Refusal for one of ours that stands there twice or is no UTF8String."""
    known = {*_FORMS, NAME_SUBSTITUTES, ADDRESS_SUBSTITUTES, *more}
    found: dict[x509.ObjectIdentifier, str] = {}
    for name in leaf.find(x509.SubjectAlternativeName) or ():
        if not isinstance(name, x509.OtherName) or name.type_id not in known:
            continue
        if name.type_id in found:
            raise Refusal(Reason.ATTRIBUTES_INVALID, "attributes: a repeated element")
        try:
            text = UTF8String.load(name.value, strict=True).native
        except ValueError as error:
            raise Refusal(Reason.ATTRIBUTES_INVALID, "attributes: no text") from error
        found[name.type_id] = str(text)
    return found
