"""The verification of a login proof, from untrusted bytes to a verified certificate.

Revocation and lineage come after this: they ask outsiders, and nobody is asked before the signature holds.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from connectors.ports import CertificateKind, CertificateName
from idp.errors import Reason, Refusal
from idp.jpki import crl_scope, proof, trust
from idp.jpki.certificate import UNREADABLE, UnverifiedCertificate
from idp.jpki.profile import Device, Profile
from idp.jpki.trust import Anchor

_LEAF_POLICY = ExtensionPolicy.permit_all().require_present(x509.CertificatePolicies, Criticality.CRITICAL, None)
_AUTHORITY_POLICY = ExtensionPolicy.webpki_defaults_ca()
_CRITICAL = {x509.KeyUsage.oid, x509.CertificatePolicies.oid}
_KEY_USAGE = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True, slots=True)
class VerifiedCertificate:
    """A user certificate whose holder signed our challenge. Its revocation is not known yet.

    `public_key_sha256`: SHA-256 of the leaf's SubjectPublicKeyInfo in DER.
    """

    kind: CertificateKind
    device: Device
    anchor: Anchor
    serial: int
    public_key_sha256: bytes
    extensions: x509.Extensions

    @property
    def crl_point(self) -> bytes | None:
        """DER Name of its CRL distribution point, or None. Raises NoEvidence when there is more than one."""
        return crl_scope.point_of(self.extensions)

    @property
    def name(self) -> CertificateName:
        """The certificate as J-LIS names it."""
        return CertificateName(self.kind, self.anchor.key_id, self.serial)


@dataclass(frozen=True, slots=True)
class UnverifiedProof:
    """What an authenticator sent, well-formed but not believed."""

    certificate: UnverifiedCertificate
    algorithm: str
    signature: bytes


def verify(
    unverified: UnverifiedProof,
    challenge: proof.Challenge,
    *,
    anchors: Iterable[Anchor],
    profile: Profile,
    now: datetime,
) -> VerifiedCertificate:
    """Verify a login proof in the order of the card login protocol, section 3.

    What is proven, and the reason when it is not:

    4. algorithm and key (ALGORITHM_REFUSED); an anchor of any JPKI kind signed the certificate
       (CERTIFICATE_UNTRUSTED);
    5. the certificate's key signed our challenge (SIGNATURE_INVALID);
    6. it is a user certificate (CERTIFICATE_WRONG_KIND), in profile and through the strict gate
       (CERTIFICATE_UNTRUSTED), and inside its time (CERTIFICATE_NOT_YET_VALID, CERTIFICATE_EXPIRED), as is
       its anchor (CERTIFICATE_UNTRUSTED).

    The caller still owes revocation and lineage.
    """
    leaf = unverified.certificate
    # 4
    key = proof.require_algorithm(unverified.algorithm, _public_key(leaf.certificate))
    anchor, through_gate = _choose_issuer(leaf, tuple(anchors), now)
    # 5
    proof.require_signature(key, challenge, unverified.signature)
    # 6
    _require_user_kind(anchor)
    device = _require_profile(leaf, anchor, profile)
    if not through_gate:
        raise Refusal(Reason.CERTIFICATE_UNTRUSTED, "refused by the strict gate")
    _require_time(leaf.certificate, anchor, now)
    return VerifiedCertificate(
        kind=anchor.kind,
        device=device,
        anchor=anchor,
        serial=leaf.certificate.serial_number,
        public_key_sha256=_spki_sha256(key),
        extensions=leaf.extensions,
    )


def _public_key(certificate: x509.Certificate) -> object:
    try:
        return certificate.public_key()
    except UNREADABLE as error:
        raise Refusal(Reason.ALGORITHM_REFUSED, "unreadable public key") from error


def _require_user_kind(anchor: Anchor) -> None:
    if anchor.kind is not CertificateKind.USER:
        raise Refusal(Reason.CERTIFICATE_WRONG_KIND, f"a {anchor.kind} certificate")


def _require_profile(leaf: UnverifiedCertificate, anchor: Anchor, profile: Profile) -> Device:
    """JPKI's own profile rules, which the gate does not prove."""
    extensions = leaf.extensions
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage)
        purposes = list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
        policies = [
            p.policy_identifier for p in extensions.get_extension_for_class(x509.CertificatePolicies).value
        ]
    except x509.ExtensionNotFound as error:
        raise Refusal(Reason.CERTIFICATE_UNTRUSTED, "an extension of the profile is missing") from error
    if anchor.organisation != profile.organisation:  # the leaf's issuer name is the anchor's name
        raise Refusal(Reason.CERTIFICATE_UNTRUSTED, "issuer organisation of another environment")
    if not usage.critical or usage.value != _KEY_USAGE:
        raise Refusal(Reason.CERTIFICATE_UNTRUSTED, "keyUsage is not critical digitalSignature alone")
    if purposes != [ExtendedKeyUsageOID.CLIENT_AUTH]:
        raise Refusal(Reason.CERTIFICATE_UNTRUSTED, "extKeyUsage is not clientAuth alone")
    if any(e.oid in (x509.BasicConstraints.oid, x509.NameConstraints.oid) for e in extensions):
        raise Refusal(Reason.CERTIFICATE_UNTRUSTED, "constraints of an authority in an end-entity certificate")
    if {e.oid for e in extensions if e.critical} != _CRITICAL:
        raise Refusal(Reason.CERTIFICATE_UNTRUSTED, "critical extensions are not the profile's")
    if leaf.certificate.signature_algorithm_oid != SignatureAlgorithmOID.RSA_WITH_SHA256:
        raise Refusal(Reason.CERTIFICATE_UNTRUSTED, "not signed with sha256WithRSAEncryption")
    device = profile.user_policies.get(policies[0].dotted_string) if len(policies) == 1 else None
    if device is None:
        raise Refusal(Reason.CERTIFICATE_UNTRUSTED, "policy of no accepted certificate")
    return device


def _choose_issuer(leaf: UnverifiedCertificate, anchors: Sequence[Anchor], now: datetime) -> tuple[Anchor, bool]:
    """The anchor that signed the certificate, and whether the strict gate lets it through.

    The gate proves the signature too: only what it refuses is asked twice, because a certificate of ours that is
    out of profile is another thing than one of nobody's, and is told later.
    """
    for anchor in anchors:
        if anchor.key_id == leaf.issuer_key_id and _passes_gate(leaf.certificate, anchor, now):
            return anchor, True
    return trust.choose_issuer(leaf, anchors), False


def _passes_gate(certificate: x509.Certificate, anchor: Anchor, now: datetime) -> bool:
    """The strict gate: signature and the absence of unknown or wrongly critical extensions.

    It is asked at a moment inside the certificate's own time, so that a time outside is told apart by
    `_require_time` instead of by the gate's prose.
    """
    moment = min(max(now, certificate.not_valid_before_utc), certificate.not_valid_after_utc)
    try:
        _gate(anchor.certificate).time(moment).build_client_verifier().verify(certificate, [])
    except (*UNREADABLE, VerificationError):
        return False
    return True


@lru_cache(maxsize=64)
def _gate(anchor: x509.Certificate) -> PolicyBuilder:
    return (
        PolicyBuilder()
        .store(Store([anchor]))
        .max_chain_depth(0)
        .extension_policies(ca_policy=_AUTHORITY_POLICY, ee_policy=_LEAF_POLICY)
    )


def _require_time(certificate: x509.Certificate, anchor: Anchor, now: datetime) -> None:
    if now < certificate.not_valid_before_utc:
        raise Refusal(Reason.CERTIFICATE_NOT_YET_VALID)
    if now > certificate.not_valid_after_utc:
        raise Refusal(Reason.CERTIFICATE_EXPIRED)
    if not anchor.certificate.not_valid_before_utc <= now <= anchor.certificate.not_valid_after_utc:
        raise Refusal(Reason.CERTIFICATE_UNTRUSTED, "trust anchor outside its validity")


def _spki_sha256(key: rsa.RSAPublicKey) -> bytes:
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
