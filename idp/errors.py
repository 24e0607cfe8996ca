"""The one family of refusals: a closed set of reasons, raised anywhere, answered in `idp/answers.py` alone.

The codes are those of the card login protocol, section 7, which authenticators and integrators rely on.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why a proof, a page or a call was refused. Values are stable and public."""

    MALFORMED = "malformed"
    SIGNATURE_INVALID = "signature_invalid"
    ALGORITHM_REFUSED = "algorithm_refused"
    CERTIFICATE_UNTRUSTED = "certificate_untrusted"
    CERTIFICATE_WRONG_KIND = "certificate_wrong_kind"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET_VALID = "certificate_not_yet_valid"
    CERTIFICATE_REVOKED = "certificate_revoked"
    CERTIFICATE_STATUS_UNKNOWN = "certificate_status_unknown"
    CERTIFICATE_CONFLICT = "certificate_conflict"
    CERTIFICATE_TYPE_NOT_ACCEPTED = "certificate_type_not_accepted"
    LEVEL_INSUFFICIENT = "level_insufficient"
    ATTRIBUTES_INVALID = "attributes_invalid"
    TERMINAL_REFUSED = "terminal_refused"
    SERVICE_SUSPENDED = "service_suspended"
    NOT_FOUND = "not_found"
    ALREADY_USED = "already_used"
    EXPIRED = "expired"
    DECLINED = "declined"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"
    REVOCATION_UNAVAILABLE = "revocation_unavailable"
    EVIDENCE_TOO_OLD = "evidence_too_old"
    LINEAGE_UNAVAILABLE = "lineage_unavailable"
    KEYS_UNAVAILABLE = "keys_unavailable"


class Refusal(Exception):
    """A typed refusal.

    `detail` is for the operator's log and never leaves the process; it holds no personal data and no secret.
    `revocation_reason` (RFC 5280 CRLReason name) accompanies CERTIFICATE_REVOKED, for the authenticator only;
    `days_past` CERTIFICATE_EXPIRED, for the resident only: whole days since its last moment.
    """

    def __init__(
        self,
        reason: Reason,
        detail: str = "",
        *,
        revocation_reason: str | None = None,
        days_past: int | None = None,
    ) -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail
        self.revocation_reason = revocation_reason
        self.days_past = days_past
