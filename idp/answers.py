"""The one place where a reason becomes a status and a problem (RFC 9457).

Pages for people are chosen in `idp/pages`; failures without a reason become "internal" in `idp/app.py`.
"""

from dataclasses import dataclass

from idp.errors import Reason, Refusal

RETRY_SECONDS = 30
BUTTON_SECONDS = 5 * 60
"""A handle lives as long without its page being loaded; then the tries begin anew."""

STATUS = {
    Reason.MALFORMED: 400,
    Reason.SIGNATURE_INVALID: 400,
    Reason.NOT_FOUND: 404,
    Reason.ALREADY_USED: 409,
    Reason.EXPIRED: 410,
    Reason.DECLINED: 410,
    Reason.TOO_LARGE: 413,
    Reason.RATE_LIMITED: 429,
    Reason.REVOCATION_UNAVAILABLE: 503,
    Reason.EVIDENCE_TOO_OLD: 503,
    Reason.LINEAGE_UNAVAILABLE: 503,
    Reason.KEYS_UNAVAILABLE: 503,
}
"""Card login protocol, section 7; every reason left out is 403."""

WAITS = {
    Reason.RATE_LIMITED: BUTTON_SECONDS,
    **dict.fromkeys(
        (
            Reason.REVOCATION_UNAVAILABLE,
            Reason.EVIDENCE_TOO_OLD,
            Reason.LINEAGE_UNAVAILABLE,
            Reason.KEYS_UNAVAILABLE,
        ),
        RETRY_SECONDS,
    ),
}
"""Seconds after which a resident may try again, where only waiting helps."""


@dataclass(frozen=True, slots=True)
class Problem:
    """RFC 9457 problem details."""

    status: int
    body: dict[str, str]
    headers: dict[str, str]


def status_of(reason: Reason) -> int:
    """The HTTP status of a refusal."""
    return STATUS.get(reason, 403)


def problem(refusal: Refusal) -> Problem:
    """A refusal for an authenticator: a stable code and, for a revoked certificate, the reason of it."""
    status = status_of(refusal.reason)
    body = {"type": "about:blank", "title": refusal.reason.replace("_", " "), "code": str(refusal.reason)}
    if refusal.revocation_reason is not None:
        body["reason"] = refusal.revocation_reason
    return Problem(status, body, retry_headers(status))


def retry_headers(status: int) -> dict[str, str]:
    """Retry-After where waiting helps."""
    return {"Retry-After": str(RETRY_SECONDS)} if status in {429, 503} else {}
