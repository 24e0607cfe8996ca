"""Why a certification path was refused: one closed set, each with the public reason it is answered by."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from idp.errors import Reason


class PathReason(StrEnum):
    """Values are stable: operators' logs and the vector tests name them."""

    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    ALGORITHM_REFUSED = "algorithm_refused"
    KEY_REFUSED = "key_refused"
    EXTENSION_REFUSED = "extension_refused"
    ANCHOR_UNFIT = "anchor_unfit"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    ISSUER_UNKNOWN = "issuer_unknown"
    SEARCH_EXHAUSTED = "search_exhausted"
    PATH_INVALID = "path_invalid"
    PATH_TOO_LONG = "path_too_long"
    NAME_CONSTRAINTS = "name_constraints"
    NAME_MISMATCH = "name_mismatch"
    USAGE_REFUSED = "usage_refused"
    POLICY_REFUSED = "policy_refused"
    REVOKED = "revoked"
    STATUS_UNKNOWN = "status_unknown"
    EVIDENCE_MISSING = "evidence_missing"
    EVIDENCE_TOO_OLD = "evidence_too_old"
    REQUEST_REFUSED = "request_refused"


_PUBLIC: Mapping[PathReason, Reason] = MappingProxyType(
    {
        PathReason.TOO_LARGE: Reason.TOO_LARGE,
        PathReason.MALFORMED: Reason.MALFORMED,
        PathReason.ALGORITHM_REFUSED: Reason.ALGORITHM_REFUSED,
        PathReason.KEY_REFUSED: Reason.ALGORITHM_REFUSED,
        PathReason.NOT_YET_VALID: Reason.CERTIFICATE_NOT_YET_VALID,
        PathReason.EXPIRED: Reason.CERTIFICATE_EXPIRED,
        PathReason.REVOKED: Reason.CERTIFICATE_REVOKED,
        PathReason.STATUS_UNKNOWN: Reason.CERTIFICATE_STATUS_UNKNOWN,
        PathReason.EVIDENCE_MISSING: Reason.REVOCATION_UNAVAILABLE,
        PathReason.EVIDENCE_TOO_OLD: Reason.EVIDENCE_TOO_OLD,
    }
)


class PathRefusal(Exception):
    """A typed refusal of one path engine run; `detail` is for the log and holds no personal data."""

    def __init__(self, reason: PathReason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail

    @property
    def public(self) -> Reason:
        """The reason as the rest of the product answers it; all trust failures look alike outside."""
        return _PUBLIC.get(self.reason, Reason.CERTIFICATE_UNTRUSTED)
