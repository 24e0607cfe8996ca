"""Which words explain a refusal or a dead end: closed tables from our codes to keys of the texts.

No code ever reaches a resident: a page shows what happened and what to do now.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from idp.errors import Reason


class Remedy(StrEnum):
    """Who can help; each value names its own texts."""

    AGAIN = "again"
    """The resident, by reading the card once more here."""
    RESTART = "restart"
    """The resident, by starting anew at the service."""
    LATER = "later"
    """Time: something of ours or of the issuer is out."""
    COUNTER = "counter"
    """The counter of the municipality where the resident is registered, with the card."""
    TENANT = "tenant"
    """The municipality that runs this login."""


REMEDIES: Mapping[Reason, Remedy] = {
    Reason.MALFORMED: Remedy.AGAIN,
    Reason.SIGNATURE_INVALID: Remedy.AGAIN,
    Reason.ALGORITHM_REFUSED: Remedy.TENANT,
    Reason.CERTIFICATE_UNTRUSTED: Remedy.COUNTER,
    Reason.CERTIFICATE_WRONG_KIND: Remedy.AGAIN,
    Reason.CERTIFICATE_EXPIRED: Remedy.COUNTER,
    Reason.CERTIFICATE_NOT_YET_VALID: Remedy.COUNTER,
    Reason.CERTIFICATE_REVOKED: Remedy.COUNTER,
    Reason.CERTIFICATE_STATUS_UNKNOWN: Remedy.COUNTER,
    Reason.CERTIFICATE_CONFLICT: Remedy.TENANT,
    Reason.CERTIFICATE_TYPE_NOT_ACCEPTED: Remedy.TENANT,
    Reason.LEVEL_INSUFFICIENT: Remedy.AGAIN,
    Reason.ATTRIBUTES_INVALID: Remedy.AGAIN,
    Reason.TERMINAL_REFUSED: Remedy.TENANT,
    Reason.SERVICE_SUSPENDED: Remedy.TENANT,
    Reason.NOT_FOUND: Remedy.RESTART,
    Reason.ALREADY_USED: Remedy.RESTART,
    Reason.EXPIRED: Remedy.RESTART,
    Reason.DECLINED: Remedy.RESTART,
    Reason.TOO_LARGE: Remedy.AGAIN,
    Reason.RATE_LIMITED: Remedy.LATER,
    Reason.REVOCATION_UNAVAILABLE: Remedy.LATER,
    Reason.EVIDENCE_TOO_OLD: Remedy.LATER,
    Reason.LINEAGE_UNAVAILABLE: Remedy.LATER,
    Reason.KEYS_UNAVAILABLE: Remedy.LATER,
}

NO_OTHER_CARD_HELPS = frozenset({Reason.SERVICE_SUSPENDED, Reason.TERMINAL_REFUSED})
"""Whatever is read again meets the same refusal."""

ABOUT_THE_CARD = frozenset(
    {Reason.CERTIFICATE_UNTRUSTED, Reason.ALGORITHM_REFUSED, Reason.CERTIFICATE_STATUS_UNKNOWN}
)
"""What a real card meets in a sandbox, which therefore says again that only sample cards work there."""


@dataclass(frozen=True)
class Explanation:
    """Keys of the texts that explain one refusal; `place` and `bring` only where somebody must be visited.

    `elsewhere`: that place may be in another municipality than the one that runs this login.
    """

    title: str
    happened: str
    advice: str
    place: str | None
    bring: str | None
    elsewhere: bool
    retry: bool
    about_the_card: bool


OF_A_SIGNATURE: Mapping[Reason, Remedy] = {
    Reason.CERTIFICATE_WRONG_KIND: Remedy.AGAIN,
    Reason.CERTIFICATE_CONFLICT: Remedy.AGAIN,
    Reason.CERTIFICATE_REVOKED: Remedy.COUNTER,
    Reason.CERTIFICATE_EXPIRED: Remedy.COUNTER,
    Reason.LINEAGE_UNAVAILABLE: Remedy.LATER,
}
"""What means something else, and is helped otherwise, where a statement is signed than at a login."""


def explain(code: str | None, *, signing: bool = False) -> Explanation:
    """Return the explanation of a code of the card login protocol, section 7; an unknown code has one too.

    `signing`: it was refused where a statement is signed.
    """
    reason = Reason(code) if code in set(Reason) else None
    remedy, named = REMEDIES[reason] if reason else Remedy.AGAIN, f"refusal.{reason or 'other'}"
    if signing and reason is not None and reason in OF_A_SIGNATURE:
        remedy, named = OF_A_SIGNATURE[reason], f"sign.refusal.{reason}"
    visit = remedy in {Remedy.COUNTER, Remedy.TENANT}
    return Explanation(
        title=f"{named}.title",
        happened=f"{named}.happened",
        advice=f"{named}.advice",
        place=f"remedy.{remedy}.place" if visit else None,
        bring=f"remedy.{remedy}.bring" if visit else None,
        elsewhere=remedy is Remedy.COUNTER,
        retry=remedy is not Remedy.RESTART and reason not in NO_OTHER_CARD_HELPS,
        about_the_card=reason in ABOUT_THE_CARD,
    )


ERROR_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "unknown_client": ("go_back", "tell_service", "paper"),
    "redirect_uri_mismatch": ("go_back", "tell_service", "paper"),
    "service_unready": ("wait", "tell_service", "paper"),
    "bad_request": ("restart", "tell_service", "paper"),
    "not_found": ("check_address", "restart"),
    "method_not_allowed": ("restart",),
    "too_large": ("restart", "tell_service"),
    "other_browser": ("same_browser", "restart", "unasked"),
    "already_finished": ("other_window", "restart"),
    "expired": ("restart", "paper"),
    "representation_over": ("restart", "at_my_agents", "paper"),
    "internal": ("wait", "tell_us", "paper"),
    "busy": ("wait", "paper"),
    "service_closed": ("wait", "tell_service", "paper"),
    "no_cookie": ("allow_cookie", "other_browser", "unasked"),
    "after_digits": ("read_there", "at_counter", "unasked"),
    "front": ("other_way", "restart", "tell_us", "paper"),
}
"""For each kind of dead end, what a person can do, the most likely first."""


def error_context(
    kind: str, *, leave_url: str | None = None, developer_url: str | None = None
) -> dict[str, object]:
    """Return the context of `error.html` for a kind of `ERROR_ACTIONS`; an unknown kind is `internal`.

    `leave_url` goes back to the service and is given only when that address is known to be the service's own.
    `developer_url`: where the kind is explained to whoever connects the service; for sandbox tenants.
    """
    known = kind if kind in ERROR_ACTIONS else "internal"
    return {
        "title_key": f"error.{known}.title",
        "body_key": f"error.{known}.body",
        "actions": [f"action.{name}" for name in ERROR_ACTIONS[known]],
        "leave_url": leave_url,
        "kind": known,
        "developer_url": developer_url,
    }
