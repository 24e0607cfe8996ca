"""Whether a proven signature may be relied on: whose certificate, at which time, not revoked.

A signature shows no time by itself. So its certificate is judged as of now, and what the signature says of its
time may only speak against it; a trusted time stamp alone shows that it was there before the certificate was
revoked.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography import x509

from connectors.ports import CertificateKind
from idp.errors import Reason, Refusal
from idp.jpki import certificate as jpki_certificate
from idp.jpki import trust
from idp.jpki import verify as jpki_verify
from idp.jpki.certificate import UNREADABLE
from idp.jpki.path.reasons import PathReason, PathRefusal
from idp.jpki.revocation import CLOCK_SKEW, Evidence, Method, StatusRefused
from idp.jpki.verify import VerifiedCertificate
from idp.revocation.check import RevocationCheck
from idp.revocation.policy import RevocationPolicy
from idp.revocation.tally import Tally
from idp.signatures import timestamps
from idp.signatures.found import Fault, Found
from idp.signatures.kinds import TIMESTAMP, Kind
from idp.tenancy import Tenant
from idp.trust.judging import StoreVerdict, TrustStores

_CLOCKS_DIFFER = timedelta(minutes=10)
"""How far ahead the clock of who signed may be."""
_NEVER_GOOD = frozenset({"keyCompromise", "cACompromise"})
"""Reasons of revocation that no time stamp helps against: when the key was lost nobody knows."""


class TimeFault(StrEnum):
    """What a signature's own time says against it. Values are stable and public."""

    IN_FUTURE = "signing_time_in_future"
    EXPIRED = "expired_at_signing"
    NOT_YET_VALID = "not_yet_valid_at_signing"


class StampState(StrEnum):
    """What is known of a signature's time stamp."""

    NONE = "none"
    TRUSTED = "trusted"
    UNTRUSTED = "untrusted"
    """Not about this signature, or of nobody whom the municipality trusts for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One signature with its verdict: relied on where `code` is None.

    `stamped_at`: the time of a trusted stamp. `revoked_since`: the certificate is revoked, but was not when the
    stamp was made. `certificate`: JPKI's, `path`: another store's, each only of one that could be trusted.
    """

    found: Found
    kind: Kind | None = None
    code: Fault | TimeFault | Reason | None = None
    reason: str | None = None
    evidence: Evidence | None = None
    stamp: StampState = StampState.NONE
    stamped_at: datetime | None = None
    revoked_since: bool = False
    certificate: VerifiedCertificate | None = field(default=None, repr=False)
    path: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Demand:
    """What a service wants: the kinds of signers that it takes, and how certificates are asked about."""

    kinds: Collection[Kind]
    policy: RevocationPolicy
    tally: Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """Everything that judging asks."""

    revocation: RevocationCheck
    stores: TrustStores
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
        if found.timestamp is None:
            return StampState.NONE, None
        stamp = timestamps.read(found.timestamp, found.stamped)
        if stamp is None or stamp.found.signer is None or stamp.made_at > self.now() + CLOCK_SKEW:
            return StampState.UNTRUSTED, None
        try:
            self.stores.validate(tenant, TIMESTAMP, (stamp.found.signer, *stamp.found.pool), self.now())
        except PathRefusal:
            return StampState.UNTRUSTED, None
        return StampState.TRUSTED, stamp.made_at

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
            return replace(told, code=_expired_or(refusal.reason, told))
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
                refusals.append(refusal)
                continue
            return replace(told, kind=kind, path=verdict.path, evidence=_leaf_evidence(verdict))
        if not refusals:
            return replace(told, code=Reason.CERTIFICATE_UNTRUSTED)
        near = [refusal for refusal in refusals if refusal.reason not in _FAR]
        return replace(told, code=_expired_or((near or refusals)[0].public, told))


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


def _expired_or(reason: Reason, told: Judged) -> Reason:
    """Of a certificate that expired after it was stamped nobody can say whether it had been revoked."""
    if reason is not Reason.CERTIFICATE_EXPIRED or told.stamped_at is None or told.found.signer is None:
        return reason
    certificate = x509.load_der_x509_certificate(told.found.signer)
    return Reason.REVOCATION_UNAVAILABLE if told.stamped_at <= certificate.not_valid_after_utc else reason


def _was_good(refusal: StatusRefused, stamped_at: datetime | None) -> bool:
    if refusal.reason is not Reason.CERTIFICATE_REVOKED or refusal.revoked_at is None or stamped_at is None:
        return False
    return stamped_at < refusal.revoked_at and refusal.revocation_reason not in _NEVER_GOOD


def _leaf_evidence(verdict: StoreVerdict) -> Evidence | None:
    """What shows that the signer's own certificate is not revoked, as other verdicts tell it."""
    of_leaf: Sequence[Evidence] = [
        Evidence(Method(one.method), verdict.checked_at, one.this_update, one.next_update, one.sha256)
        for one in verdict.tiers
        if one.tier == 0
    ]
    return of_leaf[0] if of_leaf else None
