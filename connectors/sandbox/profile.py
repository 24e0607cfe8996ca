"""JPKI's certificate profile as the sandbox issues it: what stands in which certificate, in which order.

The layout is that of certificates in use. Object identifiers and addresses marked "stand-in" are our own
choice, because the values of J-LIS's test environment are not public.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from connectors.ports import CertificateKind

ORGANISATION = "JPKI-TEST"
KEY_BITS = 2048
PUBLIC_EXPONENT = 65537


class Device(StrEnum):
    """Where the holder's private key lives."""

    CARD = "card"
    PHONE = "phone"


POLICIES: Mapping[tuple[CertificateKind, Device], x509.ObjectIdentifier] = MappingProxyType(
    {
        (CertificateKind.USER, Device.CARD): x509.ObjectIdentifier("1.2.392.200149.8.5.1.0.30"),  # stand-in
        (CertificateKind.USER, Device.PHONE): x509.ObjectIdentifier("1.2.392.200149.8.5.1.0.50"),  # stand-in
        (CertificateKind.SIGNATURE, Device.CARD): x509.ObjectIdentifier("1.2.392.200149.8.5.1.0.20"),
        (CertificateKind.SIGNATURE, Device.PHONE): x509.ObjectIdentifier("1.2.392.200149.8.5.1.0.40"),  # stand-in
    }
)
CPS_URI = "http://www.jpki-test.invalid/cps.html"
"""Stand-in; the reserved top-level domain (RFC 2606) makes sure that nobody is ever asked."""
OCSP_URI = "http://ocsp.jpki-test.invalid"
"""Stand-in: the provider takes its responder from configuration, never from a certificate."""


def key_usage(*usages: str) -> x509.KeyUsage:
    """A keyUsage with exactly the named bits (the parameter names of `x509.KeyUsage`)."""
    return x509.KeyUsage(
        digital_signature="digital_signature" in usages,
        content_commitment="content_commitment" in usages,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign="key_cert_sign" in usages,
        crl_sign="crl_sign" in usages,
        encipher_only=False,
        decipher_only=False,
    )


def certificate_policies(kind: CertificateKind, device: Device) -> x509.CertificatePolicies:
    """The one policy of that kind and device, with its CPS qualifier."""
    return x509.CertificatePolicies([x509.PolicyInformation(POLICIES[kind, device], [CPS_URI])])


def authority_information_access() -> x509.AuthorityInformationAccess:
    """The responder's address, which only user certificates carry."""
    return x509.AuthorityInformationAccess(
        [x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(OCSP_URI))]
    )
