"""JPKI certificate profiles as data: what stands in which certificate, and which algorithms count.

Source: the certificate profile of 公的個人認証サービス; values read from certificates in use, except those
marked "stand-in", which the sandbox invents because the real ones are not public. All are configuration.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from connectors.ports import CertificateKind
from idp.jpki.algorithms import ENABLED, Algorithm

# Types of the otherNames by which a signature certificate names its holder: the Basic 4.
NAME = ObjectIdentifier("1.2.392.200149.8.5.5.1")
GENDER = ObjectIdentifier("1.2.392.200149.8.5.5.3")
BIRTH_DATE = ObjectIdentifier("1.2.392.200149.8.5.5.4")
ADDRESS = ObjectIdentifier("1.2.392.200149.8.5.5.5")
# One digit for each character of the name or the address: 1 where another character stands in its place.
NAME_SUBSTITUTES = ObjectIdentifier("1.2.392.200149.8.5.5.2")
ADDRESS_SUBSTITUTES = ObjectIdentifier("1.2.392.200149.8.5.5.6")


class Device(StrEnum):
    """Where the private key lives, told by the certificate's policy and nothing else."""

    CARD = "card"
    PHONE = "phone"


def _key_usage(*, content_commitment: bool) -> bytes:
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return usage.public_bytes()


@dataclass(frozen=True, slots=True)
class Rules:
    """What must stand in the end-entity certificates of one kind.

    `policies`: policy OID -> device; exactly one of them stands there. `key_usage`: the whole of keyUsage, in DER.
    `purposes`: that of extKeyUsage; None: the extension is not there. `other_names`: types that must stand
    among subjectAltName's otherNames; empty: nobody looks at it.
    """

    policies: Mapping[str, Device]
    key_usage: bytes
    purposes: bytes | None
    other_names: frozenset[ObjectIdentifier]


def _user(policies: Mapping[str, Device]) -> Rules:
    """利用者証明用電子証明書: proves who is there, to a server, and names nobody."""
    return Rules(
        policies=MappingProxyType(dict(policies)),
        key_usage=_key_usage(content_commitment=False),
        purposes=x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]).public_bytes(),
        other_names=frozenset(),
    )


def _signature(policies: Mapping[str, Device]) -> Rules:
    """署名用電子証明書: signs documents (nonRepudiation), and names its holder by the Basic 4."""
    return Rules(
        policies=MappingProxyType(dict(policies)),
        key_usage=_key_usage(content_commitment=True),
        purposes=None,
        other_names=frozenset((NAME, GENDER, BIRTH_DATE, ADDRESS)),
    )


@dataclass(frozen=True, slots=True)
class Profile:
    """One environment's certificates: issuer organisation, the rules of each kind, the holders' algorithms.

    `kana`: the type of the otherName that holds the reading of a name, None while it is not known.
    """

    organisation: str
    rules: Mapping[CertificateKind, Rules]
    algorithms: tuple[Algorithm, ...] = ENABLED
    kana: ObjectIdentifier | None = None


PRODUCTION = Profile(
    organisation="JPKI",
    rules=MappingProxyType(
        {
            CertificateKind.USER: _user({"1.2.392.200149.8.5.1.3.30": Device.CARD}),
            CertificateKind.SIGNATURE: _signature(
                {
                    "1.2.392.200149.8.5.1.1.20": Device.CARD,
                    "1.2.392.200149.8.5.1.1.40": Device.PHONE,  # quoted by others from the profile, version 3.2
                }
            ),
        }
    ),
)
"""The OID of the phone's user certificate is not public, nor is that of the name's reading (in certificates since
2026-05-26): an operator adds them when J-LIS discloses them."""

SANDBOX = Profile(
    organisation="JPKI-TEST",
    rules=MappingProxyType(
        {
            CertificateKind.USER: _user(
                {
                    "1.2.392.200149.8.5.1.0.30": Device.CARD,  # stand-in
                    "1.2.392.200149.8.5.1.0.50": Device.PHONE,  # stand-in
                }
            ),
            CertificateKind.SIGNATURE: _signature(
                {
                    "1.2.392.200149.8.5.1.0.20": Device.CARD,
                    "1.2.392.200149.8.5.1.0.40": Device.PHONE,  # stand-in
                }
            ),
        }
    ),
    kana=ObjectIdentifier("1.2.392.200149.8.5.5.0.7"),  # stand-in
)
