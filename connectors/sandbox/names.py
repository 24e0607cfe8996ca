"""The names in sandbox certificates: both CAs, their residents, their distribution points."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from cryptography import x509
from cryptography.x509.oid import NameOID

from connectors.ports import CertificateKind
from connectors.sandbox.profile import ORGANISATION
from connectors.sandbox.validity import JST

_UNIT = MappingProxyType(
    {
        CertificateKind.USER: "JPKI for user authentication",
        CertificateKind.SIGNATURE: "JPKI for digital signature",
    }
)
_JAPANESE_UNIT = MappingProxyType(
    {
        CertificateKind.USER: "公的個人認証サービス利用者証明用",
        CertificateKind.SIGNATURE: "公的個人認証サービス署名用",
    }
)
_BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LETTERS = _BASE36[10:]


@dataclass(frozen=True, slots=True)
class Municipality:
    """A sample municipality: five-digit code without check digit, romanised and Japanese names."""

    code: str
    prefecture: str
    city: str
    japanese: str


MUNICIPALITIES: Mapping[str, Municipality] = MappingProxyType(
    {
        m.code: m
        for m in (
            Municipality("99001", "Mihon-ken", "Aoba-shi", "見本県青葉市"),
            Municipality("99002", "Mihon-ken", "Wakaba-shi", "見本県若葉市"),
        )
    }
)
"""Prefecture 99 does not exist, so that no code is a real municipality's."""


def authority(kind: CertificateKind) -> x509.Name:
    """The distinguished name of a CA, the same for all its generations."""
    return _name(
        (NameOID.COUNTRY_NAME, "JP"),
        (NameOID.ORGANIZATION_NAME, ORGANISATION),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, _UNIT[kind]),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "Japan Agency for Local Authority Information Systems"),
    )


def authority_in_japanese(kind: CertificateKind) -> x509.Name:
    """The CA's alternative name."""
    return _name(
        (NameOID.COUNTRY_NAME, "JP"),
        (NameOID.ORGANIZATION_NAME, "公的個人認証サービス"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, _JAPANESE_UNIT[kind]),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "地方公共団体情報システム機構"),
    )


def responder(kind: CertificateKind) -> x509.Name:
    """The subject of a delegated OCSP responder; JPKI's own form is not public."""
    return _name(
        (NameOID.COUNTRY_NAME, "JP"),
        (NameOID.ORGANIZATION_NAME, ORGANISATION),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, _UNIT[kind]),
        (NameOID.COMMON_NAME, "OCSP Responder"),
    )


def distribution_point(kind: CertificateKind, municipality: Municipality) -> x509.CRLDistributionPoints:
    """Where the revocations of that municipality's certificates stand: a directory name, no address."""
    return directory_point(distribution_point_name(kind, municipality))


def distribution_point_name(kind: CertificateKind, municipality: Municipality) -> x509.Name:
    """The directory name of a municipality's distribution point."""
    return _name(
        (NameOID.COUNTRY_NAME, "JP"),
        (NameOID.ORGANIZATION_NAME, ORGANISATION),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, _UNIT[kind]),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "CRL Distribution Points"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, municipality.prefecture),
        (NameOID.COMMON_NAME, f"{municipality.city} CRLDP"),
    )


def directory_point(name: x509.Name) -> x509.CRLDistributionPoints:
    """One distribution point with a full directory name and nothing else."""
    point = x509.DistributionPoint([x509.DirectoryName(name)], None, None, None)
    return x509.CRLDistributionPoints([point])


def user(common_name: str) -> x509.Name:
    """The subject of a user certificate: it tells neither name nor address."""
    return _name((NameOID.COUNTRY_NAME, "JP"), (NameOID.COMMON_NAME, common_name))


def signatory(common_name: str, municipality: Municipality) -> x509.Name:
    """The subject of a signature certificate."""
    return _name(
        (NameOID.COUNTRY_NAME, "JP"),
        (NameOID.LOCALITY_NAME, municipality.prefecture),
        (NameOID.LOCALITY_NAME, municipality.city),
        (NameOID.COMMON_NAME, common_name),
    )


def user_common_name(issued_at: datetime, municipality: Municipality, token: bytes) -> str:
    """The 23 characters of a user certificate's CN, in the form met on cards (their meaning is inferred).

    Five digits, `4E`, the Japanese date in base 36 (year less 2016, month, day), four letters, the
    municipality's code, `003A`. `token`: 8 bytes that choose digits and letters.
    """
    day = issued_at.astimezone(JST)
    number = int.from_bytes(token[:4], "big") % 100_000
    date = "".join(_BASE36[n] for n in ((day.year - 2016) % 36, day.month, day.day))
    letters = "".join(_LETTERS[b % len(_LETTERS)] for b in token[4:8])
    return f"{number:05d}4E{date}{letters}{municipality.code}003A"


def signature_common_name(issued_at: datetime, token: bytes) -> str:
    """The 28 digits of a signature certificate's CN: Japanese time of issue, then 14 from `token`."""
    number = int.from_bytes(token[:8], "big") % 10**14
    return f"{issued_at.astimezone(JST):%Y%m%d%H%M%S}{number:014d}"


def _name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])
