"""JPKI certificate profiles as data: which policy object identifiers mean which certificate.

Source: the certificate profile of 公的個人認証サービス; values read from certificates in use, except those
marked "stand-in", which the sandbox invents because the real ones are not public. All are configuration.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Device(StrEnum):
    """Where the private key lives, told by the certificate's policy and nothing else."""

    CARD = "card"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Profile:
    """One environment's certificates: issuer organisation and policy OID -> device of user certificates."""

    organisation: str
    user_policies: Mapping[str, Device]


PRODUCTION = Profile(
    organisation="JPKI",
    user_policies=MappingProxyType({"1.2.392.200149.8.5.1.3.30": Device.CARD}),
)
"""The phone's OID is not public: an operator adds it when J-LIS discloses it."""

SANDBOX = Profile(
    organisation="JPKI-TEST",
    user_policies=MappingProxyType(
        {
            "1.2.392.200149.8.5.1.0.30": Device.CARD,  # stand-in
            "1.2.392.200149.8.5.1.0.50": Device.PHONE,  # stand-in
        }
    ),
)
