"""The whole-CA revocation list of one generation, as last published (RFC 5280 section 5)."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from connectors.sandbox.authority import Authority
from connectors.sandbox.publication import CRL_LIFE
from connectors.sandbox.state import State


def revocation_list(authority: Authority, state: State) -> bytes:
    """The DER CertificateList of that generation: every published revocation with its reason."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(state.crl_at)
        .next_update(state.crl_at + CRL_LIFE)
        .add_extension(authority.authority_key_identifier, critical=False)
        .add_extension(x509.CRLNumber(state.crl_number), critical=False)
    )
    for issued in state.of_generation(authority.kind, authority.generation):
        revocation = issued.revocation
        if revocation is None or not revocation.in_crl:
            continue
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(issued.serial)
            .revocation_date(min(revocation.at, state.crl_at))
            .add_extension(x509.CRLReason(revocation.reason), critical=False)
            .build()
        )
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(Encoding.DER)
