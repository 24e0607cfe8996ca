"""Where a collector's serial numbers come from: a card or a certificate's file. Nothing is trusted here."""

from collections.abc import Iterable
from typing import Protocol

from cryptography import x509

from connectors.ports import CertificateKind
from idp.errors import Refusal
from idp.jpki.certificate import parse
from idp.jpki.profile import PRODUCTION, SANDBOX
from idp.revocation.serials import Named


class CertificateRefused(ValueError):
    """Not a JPKI certificate, or none whose kind can be told."""


class CardReader(Protocol):
    """A way to a card that tells its user certificate without a PIN (card readers, software cards)."""

    def certificates(self) -> Iterable[bytes]:
        """The certificates in DER that can be read without a PIN. Raises Garbled, Unreachable."""
        ...


def named_by(unverified_der: bytes) -> Named:
    """Kind, serial number and issuer of a certificate by its own, unverified words. Raises CertificateRefused."""
    try:
        unverified = parse(unverified_der)
    except Refusal as refusal:
        raise CertificateRefused("not a certificate in DER") from refusal
    policies = unverified.find(x509.CertificatePolicies)
    stated = {policy.policy_identifier.dotted_string for policy in policies} if policies else set()
    kinds = [kind for kind in CertificateKind if stated & _policies(kind)]
    if len(kinds) != 1:
        raise CertificateRefused("not a JPKI user or signature certificate")
    return Named(kinds[0], unverified.certificate.serial_number, unverified.issuer_key_id)


def _policies(kind: CertificateKind) -> set[str]:
    return {policy for profile in (PRODUCTION, SANDBOX) for policy in profile.rules[kind].policies}
