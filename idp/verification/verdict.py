"""A verdict as it is answered: what was found out, how, and as of when. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from idp.errors import Reason, Refusal
from idp.events import quarters
from idp.jpki.revocation import Evidence, Method, StatusRefused
from idp.oidc.claims.claims import rounded
from idp.revocation.policy import RevocationPolicy
from idp.revocation.recorded import told


class Status(StrEnum):
    """What is known of a certificate. Only VALID says that it was issued and may be relied upon."""

    VALID = "valid"
    REVOKED = "revoked"
    UNKNOWN = "unknown"
    """Every responder that was asked answered that it does not know this certificate."""
    NOT_LISTED = "not_listed"
    """In no list; a list proves neither issue nor time."""
    EVIDENCE_MISSING = "evidence_missing"
    """Nobody could tell: no answer, no list, or only old ones."""
    REFUSED = "refused"
    """Not a certificate of the profile, of no trusted issuer, or outside its time."""


_OF_REFUSALS = {
    Reason.CERTIFICATE_REVOKED: Status.REVOKED,
    Reason.CERTIFICATE_STATUS_UNKNOWN: Status.UNKNOWN,
    Reason.REVOCATION_UNAVAILABLE: Status.EVIDENCE_MISSING,
    Reason.EVIDENCE_TOO_OLD: Status.EVIDENCE_MISSING,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason`: CRLReason name of REVOKED. `revocation`: as the claim of that name, or None.

    `evidence`: what the verdict rests on, for the audit trail.
    """

    status: Status
    code: Reason | None = None
    reason: str | None = None
    revocation: dict[str, object] | None = None
    evidence: Evidence | None = None

    def members(self) -> dict[str, object]:
        """Every member always, null where there is nothing to say."""
        return {"status": self.status, "code": self.code, "reason": self.reason, "revocation": self.revocation}


def good(status: Status, evidence: Evidence) -> Verdict:
    """VALID or NOT_LISTED by that evidence."""
    return Verdict(status, revocation=claim(evidence), evidence=evidence)


def bad(refusal: Refusal, *, method: Method | None, now: datetime) -> Verdict:
    """The verdict of a refusal; `method`: the last one that was asked, None when none was."""
    status = _OF_REFUSALS.get(refusal.reason, Status.REFUSED)
    if isinstance(refusal, StatusRefused) and refusal.evidence is not None:
        told_by = refusal.evidence
        return Verdict(status, refusal.reason, refusal.revocation_reason, claim(told_by), told_by)
    found = status in (Status.REVOKED, Status.UNKNOWN) and method is not None
    return Verdict(status, refusal.reason, refusal.revocation_reason, _asked(method, now) if found else None)


def claim(evidence: Evidence) -> dict[str, object]:
    """The `revocation` claim of that evidence, as in an ID token."""
    return rounded(told(evidence))


def quarter(now: datetime) -> int:
    """Seconds since 1970, rounded down to 15 minutes."""
    return quarters.quarter(int(now.timestamp()))


def fresher(policy: RevocationPolicy, freshness: int | None) -> RevocationPolicy:
    """The service's policy with evidence of that age at most; leave to verify later is for logins alone."""
    asked = [policy.max_age, None if freshness is None else timedelta(seconds=freshness)]
    ages = [age for age in asked if age is not None]
    return RevocationPolicy(policy.order, min(ages) if ages else None)


def _asked(method: Method | None, now: datetime) -> dict[str, object]:
    """What is left to say of an answer that gave no evidence to keep."""
    return {
        "method": method,
        "checked_at": quarter(now),
        "this_update": None,
        "next_update": None,
        "fallback": False,
    }
