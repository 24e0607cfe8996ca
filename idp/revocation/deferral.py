"""Accept now, verify later: what stands in the place of evidence where a policy allows to wait for it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from idp.errors import Reason, Refusal
from idp.jpki.revocation import Evidence
from idp.revocation.policy import RevocationPolicy

NOTHING_FOUND_OUT = (Reason.REVOCATION_UNAVAILABLE, Reason.EVIDENCE_TOO_OLD)
"""Refusals that say nothing of the certificate: who may wait asks again."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """No evidence yet: asked in vain at `checked_at`, to be had until `verify_by`, or the acceptance ends."""

    checked_at: datetime
    verify_by: datetime


def evidence_or_leave(ask: Callable[[], Evidence], policy: RevocationPolicy, now: datetime) -> Evidence | Deferred:
    """What `ask` finds out; when it finds nothing and the policy allows it, leave to find out later.

    Raises Refusal as `ask` does; for a certificate that is revoked or unknown there is no leave.
    """
    try:
        return ask()
    except Refusal as refusal:
        if refusal.reason not in NOTHING_FOUND_OUT or policy.defer is None or not policy.may_defer(now):
            raise
        return Deferred(now, now + policy.defer.within)
