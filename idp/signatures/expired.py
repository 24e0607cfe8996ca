"""A signature whose certificate has expired since a trusted time stamp: judged as of the stamp's moment.

Only with evidence that the certificate was not revoked then (`covering.py`): our own, where a list of before its
end is still in use, else what stands in the document. Without any, nobody can say.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from connectors.ports import CertificateKind
from idp.errors import Reason, Refusal
from idp.jpki import verify as jpki_verify
from idp.jpki.certificate import UnverifiedCertificate
from idp.jpki.path.reasons import PathReason, PathRefusal
from idp.jpki.revocation import StatusRefused
from idp.jpki.verify import VerifiedCertificate
from idp.revocation.check import RevocationCheck
from idp.signatures.covering import Covered, Question, covered, was_good
from idp.signatures.found import Enclosed
from idp.signatures.judged import Demand, Judged, TimeFault
from idp.signatures.kinds import Kind
from idp.tenants.tenancy import Tenant
from idp.trust.judging import TrustStores


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """Everything that it asks."""

    revocation: RevocationCheck
    stores: TrustStores
    now: Callable[[], datetime]

    def by_jpki(
        self, tenant: Tenant, leaf: UnverifiedCertificate, told: Judged, at: datetime, demand: Demand
    ) -> Judged:
        """The verdict on JPKI's certificate, as of `at`."""
        kind = CertificateKind.SIGNATURE
        try:
            certificate = jpki_verify.certificate(
                leaf, anchors=tenant.anchors, profile=tenant.profile, kind=kind, now=at
            )
            ours = self._ours(certificate, at, demand)
        except Refusal as refusal:
            return replace(told, code=refusal.reason, reason=refusal.revocation_reason)
        told = replace(told, kind=Kind.JPKI, certificate=certificate)
        if ours is not None:
            return _good(told, ours, at)
        chain = [one.public_bytes(Encoding.DER) for one in (leaf.certificate, certificate.anchor.certificate)]
        return self._by_document(told, tuple(chain), told.found.enclosed, at, demand)

    def by_store(self, tenant: Tenant, kind: Kind, told: Judged, at: datetime, demand: Demand) -> Judged:
        """The verdict by one of the tenant's stores, as of `at`."""
        chain = (told.found.signer or b"", *told.found.pool)
        try:
            known = self.stores.path_of(tenant, kind, chain, at)
        except PathRefusal as refusal:
            return replace(told, code=refusal.public)
        told = replace(told, kind=kind, path=known.path)
        return self._by_document(told, known.path, Enclosed(lists=known.lists) + told.found.enclosed, at, demand)

    def _ours(self, certificate: VerifiedCertificate, at: datetime, demand: Demand) -> Covered | None:
        """What can be found out today: something only where it dates from before the certificate's end.

        Raises StatusRefused for one that was revoked by `at`.
        """
        try:
            evidence = self.revocation.evidence_for(certificate, demand.policy, demand.tally)
        except StatusRefused as refusal:
            revoked = refusal.reason is Reason.CERTIFICATE_REVOKED
            if not revoked or refusal.evidence is None:
                return None
            if not was_good(at, refusal.revoked_at, refusal.revocation_reason):
                raise
            return Covered(refusal.evidence, revoked_since=True)
        except Refusal:
            return None
        ends = certificate.leaf.certificate.not_valid_after_utc
        return Covered(evidence, revoked_since=False) if evidence.this_update <= ends else None

    def _by_document(
        self, told: Judged, path: tuple[bytes, ...], enclosed: Enclosed, at: datetime, demand: Demand
    ) -> Judged:
        try:
            found = covered(path, enclosed, Question(at, self.now(), demand.policy))
        except PathRefusal as refusal:
            revoked = refusal.reason is PathReason.REVOKED
            return replace(told, code=Reason.CERTIFICATE_REVOKED if revoked else TimeFault.EXPIRED_SINCE)
        return _good(told, found, at)


def has_expired_since(reason: Reason, told: Judged) -> bool:
    """Whether a certificate that was refused for that reason was inside its time when it was stamped."""
    if reason is not Reason.CERTIFICATE_EXPIRED or told.stamped_at is None or told.found.signer is None:
        return False
    return told.stamped_at <= x509.load_der_x509_certificate(told.found.signer).not_valid_after_utc


def _good(told: Judged, found: Covered, at: datetime) -> Judged:
    return replace(told, evidence=found.evidence, revoked_since=found.revoked_since, judged_as_of=at)
