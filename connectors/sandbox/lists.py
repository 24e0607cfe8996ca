"""The revocation lists of one generation, as last published (RFC 5280 section 5).

There is one of the whole CA, and one for each municipality's distribution point.
"""

import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from connectors.sandbox import names
from connectors.sandbox.authority import Authority
from connectors.sandbox.names import MUNICIPALITIES, Municipality
from connectors.sandbox.publication import CRL_LIFE
from connectors.sandbox.state import State


def revocation_list(authority: Authority, state: State, municipality: Municipality | None = None) -> bytes:
    """The DER CertificateList: every published revocation with its reason, or those of one municipality.

    A municipality's list has a critical issuingDistributionPoint with the name that its certificates carry.
    """
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(state.crl_at)
        .next_update(state.crl_at + CRL_LIFE)
        .add_extension(authority.authority_key_identifier, critical=False)
        .add_extension(x509.CRLNumber(state.crl_number), critical=False)
    )
    if municipality is not None:
        builder = builder.add_extension(_issuing_point(authority, municipality), critical=True)
    for issued in state.of_generation(authority.kind, authority.generation):
        revocation = issued.revocation
        if revocation is None or not revocation.in_crl:
            continue
        if municipality is not None and state.municipality_of(issued) != municipality.code:
            continue
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(issued.serial)
            .revocation_date(min(revocation.at, state.crl_at))
            .add_extension(x509.CRLReason(revocation.reason), critical=False)
            .build()
        )
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(Encoding.DER)


def municipality_by_point(authority: Authority, point_sha256: str) -> Municipality | None:
    """The municipality whose distribution point's DER Name has that hash (lower-case hexadecimal)."""
    for municipality in MUNICIPALITIES.values():
        name = names.distribution_point_name(authority.kind, municipality).public_bytes()
        if hashlib.sha256(name).hexdigest() == point_sha256:
            return municipality
    return None


def _issuing_point(authority: Authority, municipality: Municipality) -> x509.IssuingDistributionPoint:
    name = names.distribution_point_name(authority.kind, municipality)
    return x509.IssuingDistributionPoint(
        full_name=[x509.DirectoryName(name)],
        relative_name=None,
        only_contains_user_certs=False,
        only_contains_ca_certs=False,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    )
