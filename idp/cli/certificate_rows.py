"""Verdicts on certificates as the records that `idp certificate verify` prints."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.ports import CertificateKind
from idp.errors import Reason, Refusal
from idp.jpki import certificate as certificates
from idp.jpki import verify
from idp.jpki.path.reasons import PathRefusal
from idp.jpki.revocation import Evidence
from idp.revocation.check import RevocationCheck
from idp.revocation.policy import combine
from idp.revocation.tally import Tally
from idp.tenants.tenancy import Tenant
from idp.trust import reading
from idp.trust.judging import StoreVerdict, TrustStores


@dataclass(frozen=True, slots=True)
class Judged:
    """A record to print; `reason` is None for a valid certificate."""

    record: dict[str, Any]
    reason: Reason | None


def judged_by_jpki(
    tenant: Tenant,
    revocation: RevocationCheck,
    der: bytes,
    kind: CertificateKind | None,
    at: datetime,
    tally: Tally,
) -> Judged:
    """A JPKI certificate by the tenant's anchors, profile and revocation policy; what was asked is in `tally`."""
    head = {"sha256": reading.fingerprint(der), "tenant": tenant.tenant_id, "at": at.isoformat()}
    try:
        verified = verify.certificate(
            certificates.parse(der), anchors=tenant.anchors, profile=tenant.profile, kind=kind, now=at
        )
        evidence = revocation.evidence_for(verified, combine(tenant.settings.revocation, {}), tally)
    except Refusal as refusal:
        told = {"revocation_reason": refusal.revocation_reason} if refusal.revocation_reason else {}
        return _refused(head, refusal.reason, refusal.detail, told)
    issued = {"kind": verified.kind, "device": verified.device, "issuer_key_id": verified.anchor.key_id.hex()}
    return Judged({**head, "verdict": "valid", **issued, "evidence": [_evidence(evidence)]}, None)


def judged_by_store(
    tenant: Tenant, stores: TrustStores, purpose: str, chain: Sequence[bytes], at: datetime
) -> Judged:
    """A certificate by one of the tenant's multi-tier stores."""
    head = {
        "sha256": reading.fingerprint(chain[0]),
        "tenant": tenant.tenant_id,
        "purpose": purpose,
        "at": at.isoformat(),
    }
    try:
        verdict = stores.validate(tenant, purpose, chain, at)
    except PathRefusal as refusal:
        return _refused(head, refusal.public, str(refusal), {})
    path = [reading.fingerprint(der) for der in verdict.path]
    return Judged({**head, "verdict": "valid", "path": path, "evidence": _tiers(verdict)}, None)


def in_lines(record: dict[str, Any]) -> dict[str, Any]:
    """The record for people: the path and each piece of evidence on lines of their own."""
    plain = {name: value for name, value in record.items() if name not in ("evidence", "path")}
    path = {f"path {number}": sha256 for number, sha256 in enumerate(record.get("path", ()))}
    return (
        plain
        | path
        | {
            f"evidence {number}": f"{each['method']} of {each['this_update']} until {each['next_update']}"
            for number, each in enumerate(record.get("evidence", ()))
        }
    )


def _refused(head: dict[str, Any], reason: Reason, detail: str, told: dict[str, str]) -> Judged:
    return Judged({**head, "verdict": "refused", "reason": reason, "detail": detail, **told}, reason)


def _evidence(evidence: Evidence) -> dict[str, str]:
    return {
        "method": evidence.method,
        "checked_at": evidence.checked_at.isoformat(),
        "this_update": evidence.this_update.isoformat(),
        "next_update": evidence.next_update.isoformat(),
        "sha256": evidence.digest.hex(),
    }


def _tiers(verdict: StoreVerdict) -> list[dict[str, Any]]:
    return [
        {
            "tier": each.tier,
            "method": each.method,
            "this_update": each.this_update.isoformat(),
            "next_update": each.next_update.isoformat(),
            "sha256": each.sha256.hex(),
        }
        for each in verdict.tiers
    ]
