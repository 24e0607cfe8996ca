"""The verification of JPKI certificates and login proofs, from untrusted bytes to a verified certificate.

Revocation and lineage come after this: they ask outsiders, and nobody is asked before the signature holds.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.x509.verification import VerificationError
from msgspec import Struct

from connectors.ports import CertificateKind, CertificateName
from idp.errors import Reason, Refusal
from idp.jpki import extensions, proof, trust
from idp.jpki.algorithms import SubjectKey, read_key
from idp.jpki.certificate import UNREADABLE, UnverifiedCertificate
from idp.jpki.profile import Device, Profile, Rules
from idp.jpki.trust import Anchor

_CRITICAL = {x509.KeyUsage, x509.CertificatePolicies}


class VerifiedCertificate(Struct, frozen=True):
    """A certificate that JPKI issued, in profile and inside its time. Its revocation is not known yet.

    Out of `verify` its holder signed our challenge; out of `certificate` nobody has shown to hold it. `holder`:
    its key and the key's algorithm.
    """

    leaf: UnverifiedCertificate
    anchor: Anchor
    device: Device
    holder: SubjectKey

    @property
    def kind(self) -> CertificateKind:
        """The kind of certificates that its anchor signs."""
        return self.anchor.kind

    @property
    def serial(self) -> int:
        """Its serial number (発行番号)."""
        return self.leaf.certificate.serial_number

    @property
    def public_key_sha256(self) -> bytes:
        """SHA-256 of its SubjectPublicKeyInfo in DER."""
        return hashlib.sha256(self.holder.spki).digest()

    @property
    def crl_point(self) -> bytes | None:
        """DER Name of its CRL distribution point, or None. Raises NoEvidence when there is more than one."""
        return self.leaf.said.crl_point

    @property
    def name(self) -> CertificateName:
        """The certificate as J-LIS names it."""
        return CertificateName(self.kind, self.anchor.key_id, self.serial)


class UnverifiedProof(Struct, frozen=True):
    """What an authenticator sent, well-formed but not believed.

    `attributes`: EF 0002, empty where none was asked.
    """

    certificate: UnverifiedCertificate
    algorithm: str
    signature: bytes
    attributes: bytes = b""

    def __repr__(self) -> str:
        """Without the certificate and what was read from the card, which are a person's."""
        return f"UnverifiedProof(algorithm={self.algorithm!r})"


def verify(
    unverified: UnverifiedProof,
    challenge: proof.Signable,
    *,
    anchors: Iterable[Anchor],
    profile: Profile,
    now: datetime,
    also: Callable[[], None] | None = None,
    kind: CertificateKind = CertificateKind.USER,
) -> VerifiedCertificate:
    """Verify a proof in the order of the card login protocol, section 3.

    What is proven, and the reason when it is not:

    4. algorithm and key (ALGORITHM_REFUSED); an anchor of any JPKI kind signed the certificate
       (CERTIFICATE_UNTRUSTED);
    5. the certificate's key signed our challenge (SIGNATURE_INVALID), and `also` holds: a second check of the
       same step, which raises Refusal itself;
    6. it is a certificate of that kind (CERTIFICATE_WRONG_KIND), in profile and through the strict gate
       (CERTIFICATE_UNTRUSTED), and inside its time (CERTIFICATE_NOT_YET_VALID, CERTIFICATE_EXPIRED), as is
       its anchor (CERTIFICATE_UNTRUSTED).

    The caller still owes revocation and lineage.
    """
    leaf = unverified.certificate
    # 4
    holder = _require_key(leaf, profile)
    proof.require_algorithm(unverified.algorithm, holder.algorithm)
    issuer = _choose_issuer(leaf, tuple(anchors), now)
    # 5
    proof.require_signature(holder, challenge.message(), unverified.signature)
    if also is not None:
        also()
    # 6
    return _accept(leaf, holder, issuer, kind=kind, profile=profile, now=now)


def vouched(
    unverified: UnverifiedCertificate,
    voucher: Callable[[], None],
    *,
    anchors: Iterable[Anchor],
    profile: Profile,
    now: datetime,
) -> VerifiedCertificate:
    """Verify a user certificate for whose holder somebody else vouches, in the order of `verify`.

    `voucher` is step 5 and raises Refusal itself; the rest is as there, without `algorithm`.
    """
    holder = _require_key(unverified, profile)
    issuer = _choose_issuer(unverified, tuple(anchors), now)
    voucher()
    return _accept(unverified, holder, issuer, kind=CertificateKind.USER, profile=profile, now=now)


def certificate(
    unverified: UnverifiedCertificate,
    *,
    anchors: Iterable[Anchor],
    profile: Profile,
    kind: CertificateKind | None,
    now: datetime,
) -> VerifiedCertificate:
    """Verify a certificate of that kind (None: of any) without a proof: nobody has shown to hold its key.

    What is proven, and the reason when it is not: key (ALGORITHM_REFUSED); an anchor of any JPKI kind signed it
    (CERTIFICATE_UNTRUSTED); it is of that kind (CERTIFICATE_WRONG_KIND), in its kind's profile and through the
    strict gate (CERTIFICATE_UNTRUSTED), and inside its time (CERTIFICATE_NOT_YET_VALID, CERTIFICATE_EXPIRED), as
    is its anchor (CERTIFICATE_UNTRUSTED).

    The caller still owes revocation.
    """
    holder = _require_key(unverified, profile)
    issuer = _choose_issuer(unverified, tuple(anchors), now)
    return _accept(unverified, holder, issuer, kind=kind, profile=profile, now=now)


class _Issuer(Struct, frozen=True):
    """The anchor that signed a certificate, and whether the strict gate lets the certificate through."""

    anchor: Anchor
    gate_passed: bool


def _require_key(leaf: UnverifiedCertificate, profile: Profile) -> SubjectKey:
    """The holder's key, if the profile enables an algorithm for keys like this."""
    try:
        holder = read_key(leaf.certificate, profile.algorithms)
    except UNREADABLE as error:
        raise Refusal(Reason.ALGORITHM_REFUSED, "unreadable public key") from error
    if holder is None:
        raise Refusal(Reason.ALGORITHM_REFUSED, "key of no enabled algorithm")
    return holder


def _choose_issuer(leaf: UnverifiedCertificate, anchors: Sequence[Anchor], now: datetime) -> _Issuer:
    """The anchor that signed the certificate.

    The gate proves the signature too: only what it refuses is asked twice, because a certificate of ours that is
    out of profile is another thing than one of nobody's, and is told later.
    """
    key_id = leaf.issuer_key_id
    for anchor in anchors:
        if anchor.key_id == key_id and _passes_gate(leaf.certificate, anchor, now):
            return _Issuer(anchor, gate_passed=True)
    return _Issuer(trust.choose_issuer(leaf, anchors), gate_passed=False)


def _passes_gate(leaf: x509.Certificate, anchor: Anchor, now: datetime) -> bool:
    """The strict gate: signature and the absence of unknown or wrongly critical extensions.

    It is asked at a moment inside the certificate's own time, so that a time outside is told apart by
    `_require_time` instead of by the gate's prose.
    """
    moment = min(max(now, leaf.not_valid_before_utc), leaf.not_valid_after_utc)
    try:
        anchor.gate.time(moment).build_client_verifier().verify(leaf, [])
    except (*UNREADABLE, VerificationError):
        return False
    return True


def _accept(
    leaf: UnverifiedCertificate,
    holder: SubjectKey,
    issuer: _Issuer,
    *,
    kind: CertificateKind | None,
    profile: Profile,
    now: datetime,
) -> VerifiedCertificate:
    """Step 6, after whatever had to be proven of the holder."""
    anchor = issuer.anchor
    _require_kind(anchor, kind)
    device = _require_profile(leaf, anchor, profile)
    if not issuer.gate_passed:
        raise Refusal(Reason.CERTIFICATE_UNTRUSTED, "refused by the strict gate")
    _require_time(leaf.certificate, anchor, now)
    extensions.remember(leaf.said)
    return VerifiedCertificate(leaf, anchor, device, holder)


def _require_kind(anchor: Anchor, kind: CertificateKind | None) -> None:
    if kind is not None and anchor.kind is not kind:
        raise Refusal(Reason.CERTIFICATE_WRONG_KIND, f"a {anchor.kind} certificate")


def _require_profile(leaf: UnverifiedCertificate, anchor: Anchor, profile: Profile) -> Device:
    """JPKI's own rules for the anchor's kind, which the gate does not prove; the device that they tell."""
    rules = profile.rules[anchor.kind]
    if anchor.organisation != profile.organisation:  # the leaf's issuer name is the anchor's name
        raise Refusal(Reason.CERTIFICATE_UNTRUSTED, "issuer organisation of another environment")
    if leaf.signed_with != anchor.algorithm.identifier:
        raise Refusal(Reason.CERTIFICATE_UNTRUSTED, "not signed with the algorithm of its issuer's key")
    if leaf.said.critical != _CRITICAL:
        raise Refusal(Reason.CERTIFICATE_UNTRUSTED, "critical extensions are not the profile's")
    if x509.BasicConstraints in leaf.said.by_type or x509.NameConstraints in leaf.said.by_type:
        raise Refusal(Reason.CERTIFICATE_UNTRUSTED, "constraints of an authority in an end-entity certificate")
    if leaf.said.key_usage != rules.key_usage:
        raise Refusal(Reason.CERTIFICATE_UNTRUSTED, "keyUsage is not the profile's")
    if leaf.said.purposes != rules.purposes:
        raise Refusal(Reason.CERTIFICATE_UNTRUSTED, "extKeyUsage is not the profile's")
    if rules.other_names and not rules.other_names <= _other_names(leaf):
        raise Refusal(Reason.CERTIFICATE_UNTRUSTED, "the holder's names are not all there")
    return _device(leaf, rules)


def _other_names(leaf: UnverifiedCertificate) -> set[x509.ObjectIdentifier]:
    """The types of its subjectAltName's otherNames."""
    names = leaf.find(x509.SubjectAlternativeName) or ()
    return {name.type_id for name in names if isinstance(name, x509.OtherName)}


def _device(leaf: UnverifiedCertificate, rules: Rules) -> Device:
    """What the one policy tells."""
    stated = leaf.said.policies
    device = rules.policies.get(stated[0]) if len(stated) == 1 else None
    if device is None:
        raise Refusal(Reason.CERTIFICATE_UNTRUSTED, "policy of no accepted certificate")
    return device


def _require_time(leaf: x509.Certificate, anchor: Anchor, now: datetime) -> None:
    if now < leaf.not_valid_before_utc:
        raise Refusal(Reason.CERTIFICATE_NOT_YET_VALID)
    if now > leaf.not_valid_after_utc:
        raise Refusal(Reason.CERTIFICATE_EXPIRED, days_past=(now - leaf.not_valid_after_utc).days)
    if not anchor.lives(now):
        raise Refusal(Reason.CERTIFICATE_UNTRUSTED, "trust anchor outside its validity")
