"""The Basic 4 (name, address, date of birth, gender) as a signature certificate carries them.

Source: 公的個人認証サービス プロファイル仕様書, as decoded from certificates in use: six otherName values
under 1.2.392.200149.8.5.5, each a UTF8String, in the order .1 .4 .3 .5 .2 .6.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from asn1crypto.core import UTF8String
from cryptography import x509

_ARC = "1.2.392.200149.8.5.5"
NAME = x509.ObjectIdentifier(f"{_ARC}.1")
NAME_SUBSTITUTES = x509.ObjectIdentifier(f"{_ARC}.2")
GENDER = x509.ObjectIdentifier(f"{_ARC}.3")
BIRTH = x509.ObjectIdentifier(f"{_ARC}.4")
ADDRESS = x509.ObjectIdentifier(f"{_ARC}.5")
ADDRESS_SUBSTITUTES = x509.ObjectIdentifier(f"{_ARC}.6")
KANA = x509.ObjectIdentifier(f"{_ARC}.0.7")
"""Stand-in: certificates hold the name's reading since 2026-05-26, under a type that is not public."""

_ERAS = (
    (date(2019, 5, 1), "5"),  # Reiwa
    (date(1989, 1, 8), "4"),  # Heisei
    (date(1926, 12, 25), "3"),  # Showa
    (date(1912, 7, 30), "2"),  # Taisho
    (date(1868, 1, 25), "1"),  # Meiji
)
_SUBSTITUTES: Mapping[str, str] = MappingProxyType({"髙": "高", "﨑": "崎", "𠮷": "吉", "德": "徳"})
"""Characters outside JIS levels 1 and 2 and the supplementary kanji, and what stands in their place."""


@dataclass(frozen=True, slots=True)
class Basic4:
    """One person's record. `name`: family and given name with U+3000 between; `gender`: 1, 2 or 3.

    `kana`: the name's reading in full-width katakana, empty where none is recorded.
    """

    name: str
    address: str
    birth: date
    gender: str
    kana: str = ""

    def extension(self) -> x509.SubjectAlternativeName:
        """The subjectAltName of a signature certificate."""
        values = (
            (NAME, _substituted(self.name)),
            (BIRTH, birth_text(self.birth)),
            (GENDER, self.gender),
            (ADDRESS, _substituted(self.address)),
            (NAME_SUBSTITUTES, _flags(self.name)),
            (ADDRESS_SUBSTITUTES, _flags(self.address)),
            *([(KANA, self.kana)] if self.kana else []),
        )
        return x509.SubjectAlternativeName(
            [x509.OtherName(oid, UTF8String(value).dump()) for oid, value in values]
        )


def birth_text(birth: date) -> str:
    """EYYYYMMDD: the era's digit, then the Gregorian date; era 0 before Meiji."""
    era = next((digit for since, digit in _ERAS if birth >= since), "0")
    return f"{era}{birth:%Y%m%d}"


def era_year(birth: date) -> int:
    """The year of the Japanese era, as 照合番号B begins with it; the Gregorian one's last digits before Meiji."""
    since = next((since for since, _ in _ERAS if birth >= since), None)
    return birth.year % 100 if since is None else birth.year - since.year + 1


def _substituted(text: str) -> str:
    return "".join(_SUBSTITUTES.get(character, character) for character in text)


def _flags(text: str) -> str:
    """One digit per character: 1 where another character was substituted."""
    return "".join("1" if character in _SUBSTITUTES else "0" for character in text)
