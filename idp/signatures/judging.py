"""Whether a proven signature may be relied on: whose certificate, at which time, not revoked.

A signature shows no time by itself. So its certificate is judged as of now, and what the signature says of its
time may only speak against it; a trusted time stamp alone shows that it was there before the certificate was
revoked, or before it expired (`expired.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cryptography import x509

from connectors.ports import CertificateKind
from idp.errors import Reason, Refusal
from idp.jpki import certificate as jpki_certificate
from idp.jpki import trust
from idp.jpki import verify as jpki_verify
from idp.jpki.certificate import UNREADABLE
from idp.jpki.path.reasons import PathReason, PathRefusal
from idp.jpki.revocation import CLOCK_SKEW, Evidence, Method, StatusRefused
from idp.revocation.check import RevocationCheck
from idp.signatures import timestamps
from idp.signatures.covering import was_good
from idp.signatures.expired import Expired, has_expired_since
from idp.signatures.found import Fault, Found, Token
from idp.signatures.judged import Demand, Judged, StampState, TimeFault
from idp.signatures.kinds import TIMESTAMP, Kind
from idp.tenants.tenancy import Tenant
from idp.trust.judging import StoreVerdict, TrustStores

_CLOCKS_DIFFER = timedelta(minutes=10)
"""How far ahead the clock of who signed may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """Everything that judging asks."""

    revocation: RevocationCheck
    stores: TrustStores
    expired: Expired
    now: Callable[[], datetime]

    def judge(self, tenant: Tenant, found: Found, demand: Demand) -> Judged:
        """The verdict. Raises nothing for whatever a document holds."""
        stamp, stamped_at = self._stamp(tenant, found)
        told = Judged(found=found, stamp=stamp, stamped_at=stamped_at)
        signer = found.signer
        if found.fault is not None or signer is None:
            return replace(told, code=found.fault or Fault.CERTIFICATE_MISSING)
        fault = self._time_fault(found, signer)
        if fault is not None:
            return replace(told, code=fault)
        leaf = _of_jpki(tenant, signer)
        if leaf is not None:
            return self._by_jpki(tenant, leaf, told, demand)
        return self._by_stores(tenant, signer, told, demand)

    def _stamp(self, tenant: Tenant, found: Found) -> tuple[StampState, datetime | None]:
        """The earliest moment that a trusted stamp tells."""
        moments = [moment for token in found.tokens if (moment := self._moment(tenant, token)) is not None]
        if moments:
            return StampState.TRUSTED, min(moments)
        return (StampState.UNTRUSTED if found.tokens else StampState.NONE), None

    def _moment(self, tenant: Tenant, token: Token) -> datetime | None:
        """When it was made, of one that the tenant trusts."""
        stamp = timestamps.read(token)
        if stamp is None or stamp.found.signer is None or stamp.made_at > self.now() + CLOCK_SKEW:
            return None
        try:
            self.stores.validate(tenant, TIMESTAMP, (stamp.found.signer, *stamp.found.pool), self.now())
        except PathRefusal:
            return None
        return stamp.made_at

    def _time_fault(self, found: Found, signer: bytes) -> TimeFault | None:
        claimed = found.claimed_at
        if claimed is None:
            return None
        if claimed > self.now() + _CLOCKS_DIFFER:
            return TimeFault.IN_FUTURE
        try:
            certificate = x509.load_der_x509_certificate(signer)
        except UNREADABLE:
            return None  # which whoever judges the certificate says
        if claimed > certificate.not_valid_after_utc:
            return TimeFault.EXPIRED
        return TimeFault.NOT_YET_VALID if claimed < certificate.not_valid_before_utc else None

    def _by_jpki(
        self, tenant: Tenant, leaf: jpki_certificate.UnverifiedCertificate, told: Judged, demand: Demand
    ) -> Judged:
        if Kind.JPKI not in demand.kinds:
            return replace(told, code=Reason.CERTIFICATE_WRONG_KIND)
        try:
            certificate = jpki_verify.certificate(
                leaf,
                anchors=tenant.anchors,
                profile=tenant.profile,
                kind=CertificateKind.SIGNATURE,
                now=self.now(),
            )
        except Refusal as refusal:
            if told.stamped_at is not None and has_expired_since(refusal.reason, told):
                return self.expired.by_jpki(tenant, leaf, told, told.stamped_at, demand)
            return replace(told, code=refusal.reason)
        told = replace(told, kind=Kind.JPKI, certificate=certificate)
        try:
            return replace(told, evidence=self.revocation.evidence_for(certificate, demand.policy, demand.tally))
        except StatusRefused as refusal:
            since = _was_good(refusal, told.stamped_at)
            code = None if since else refusal.reason
            reason = refusal.revocation_reason
            return replace(told, code=code, reason=reason, evidence=refusal.evidence, revoked_since=since)
        except Refusal as refusal:
            return replace(told, code=refusal.reason, reason=refusal.revocation_reason)

    def _by_stores(self, tenant: Tenant, signer: bytes, told: Judged, demand: Demand) -> Judged:
        """By the first store that trusts it; else the reason of the one that came nearest."""
        refusals: list[PathRefusal] = []
        for kind in Kind:
            if kind is Kind.JPKI or kind not in demand.kinds:
                continue
            try:
                verdict = self.stores.validate(tenant, kind, (signer, *told.found.pool), self.now())
            except PathRefusal as refusal:
                if told.stamped_at is not None and has_expired_since(refusal.public, told):
                    then = self.expired.by_store(tenant, kind, told, told.stamped_at, demand)
                    if then.kind is not None:
                        return then
                    refusal = PathRefusal(PathReason.ISSUER_UNKNOWN)
                refusals.append(refusal)
                continue
            return replace(told, kind=kind, path=verdict.path, evidence=_leaf_evidence(verdict))
        if not refusals:
            return replace(told, code=Reason.CERTIFICATE_UNTRUSTED)
        near = [refusal for refusal in refusals if refusal.reason not in _FAR]
        return replace(told, code=(near or refusals)[0].public)


_FAR = {PathReason.ANCHOR_UNFIT, PathReason.ISSUER_UNKNOWN}
"""Reasons of a store that has nothing to do with the certificate."""


def _of_jpki(tenant: Tenant, signer: bytes) -> jpki_certificate.UnverifiedCertificate | None:
    """The certificate, if an anchor of JPKI signed it, of whatever kind."""
    try:
        leaf = jpki_certificate.parse(signer)
        trust.choose_issuer(leaf, tenant.anchors)
    except Refusal:
        return None
    return leaf


def _was_good(refusal: StatusRefused, stamped_at: datetime | None) -> bool:
    if refusal.reason is not Reason.CERTIFICATE_REVOKED or stamped_at is None:
        return False
    return was_good(stamped_at, refusal.revoked_at, refusal.revocation_reason)


def _leaf_evidence(verdict: StoreVerdict) -> Evidence | None:
    """What shows that the signer's own certificate is not revoked, as other verdicts tell it."""
    of_leaf: Sequence[Evidence] = [
        Evidence(Method(one.method), verdict.checked_at, one.this_update, one.next_update, one.sha256)
        for one in verdict.tiers
        if one.tier == 0
    ]
    return of_leaf[0] if of_leaf else None
