"""Kinds of signers' certificates, and for whom a signature of each stands. Data."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """A kind of certificate; all but JPKI's are the tenant's stores of that name (`idp/trust/purposes.py`)."""

    JPKI = "jpki-signature"
    """公的個人認証サービスの署名用電子証明書."""
    COMMERCIAL_REGISTRATION = "commercial-registration"
    ACCREDITED = "accredited"
    LGPKI = "lgpki"
    """職責証明書: the signature of a post, not of a person."""


class StandsFor(StrEnum):
    """Whose will a signature shows."""

    PERSON = "person"
    REPRESENTATIVE = "representative"
    """Of a company, in its name."""
    POST = "post"


STANDS_FOR: Mapping[Kind, StandsFor] = MappingProxyType(
    {
        Kind.JPKI: StandsFor.PERSON,
        Kind.COMMERCIAL_REGISTRATION: StandsFor.REPRESENTATIVE,
        Kind.ACCREDITED: StandsFor.PERSON,
        Kind.LGPKI: StandsFor.POST,
    }
)
TIMESTAMP = "timestamp"
"""The store of time stamping services."""
