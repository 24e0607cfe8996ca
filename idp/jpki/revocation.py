"""What is known of a certificate's revocation, where from, and how old that knowledge is.

*Revoked*, *cannot find out* and *evidence too old* are three reasons: each is another person's business.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from idp.errors import Reason, Refusal

CLOCK_SKEW = timedelta(seconds=60)
"""Greatest difference accepted between our clock and that of a responder or a list's issuer."""


class Method(StrEnum):
    """How revocation was looked up; in the meter, what else J-LIS charges for."""

    OCSP = "ocsp"
    CRL = "crl"
    VA = "va"
    """A validation authority: a responder trusted by our own configuration, whoever issued the certificate."""
    LATEST = "latest-information"
    """No revocation: what J-LIS tells of a person's Basic 4 since their certificate ended. Never evidence."""


class Evidence(Struct, frozen=True):
    """Proof that a certificate was not revoked, as of `this_update`.

    `digest`: SHA-256 of the signed answer or list, so that an auditor can find it again.
    """

    method: Method
    checked_at: datetime
    this_update: datetime
    next_update: datetime
    digest: bytes
    fallback: bool = False


class NoEvidence(Exception):
    """An answer, or none, that tells nothing about the certificate. `stale`: authentic, but old."""

    def __init__(self, detail: str, *, stale: bool = False) -> None:
        super().__init__(detail)
        self.stale = stale


class StatusRefused(Refusal):
    """CERTIFICATE_REVOKED or CERTIFICATE_STATUS_UNKNOWN, by the answer or list that `evidence` describes.

    `revoked_at`: the time of revocation, where whoever judged told it.
    """

    def __init__(
        self,
        reason: Reason,
        detail: str = "",
        *,
        revocation_reason: str | None = None,
        revoked_at: datetime | None = None,
        evidence: Evidence | None = None,
    ) -> None:
        super().__init__(reason, detail, revocation_reason=revocation_reason)
        self.revoked_at = revoked_at
        self.evidence = evidence


def revoked(
    reason: str | None, *, revoked_at: datetime | None = None, evidence: Evidence | None = None
) -> StatusRefused:
    """The refusal CERTIFICATE_REVOKED. A hold is not lifted in JPKI: it counts as any other reason."""
    return StatusRefused(
        Reason.CERTIFICATE_REVOKED,
        revocation_reason=reason or "unspecified",
        revoked_at=revoked_at,
        evidence=evidence,
    )


def none_left(failures: list[NoEvidence]) -> Refusal:
    """The refusal for a certificate about which no method told anything.

    EVIDENCE_TOO_OLD when at least one method gave authentic but old evidence, else REVOCATION_UNAVAILABLE.
    """
    detail = "; ".join(str(failure) for failure in failures)
    if any(failure.stale for failure in failures):
        return Refusal(Reason.EVIDENCE_TOO_OLD, detail)
    return Refusal(Reason.REVOCATION_UNAVAILABLE, detail)


def require_fresh(
    this_update: datetime, next_update: datetime | None, *, now: datetime, max_age: timedelta
) -> datetime:
    """The end of the evidence's life, if `now` lies inside it.

    Raises NoEvidence: for evidence from the future, without end, past its end, or older than `max_age`.
    """
    if this_update > now + CLOCK_SKEW:
        raise NoEvidence("thisUpdate lies in the future")
    if next_update is None:
        raise NoEvidence("no nextUpdate")
    if now >= next_update + CLOCK_SKEW or now - this_update > max_age:
        raise NoEvidence("evidence too old", stale=True)
    return next_update
