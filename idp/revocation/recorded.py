"""Evidence as it is stored with the decision that rests on it."""

from collections.abc import Callable

from idp.jpki.revocation import Evidence
from idp.revocation.deferral import Deferred


def recorded(evidence: Evidence | Deferred, tag: Callable[[bytes], str]) -> dict[str, object]:
    """The evidence as JSON members; times in seconds since 1970, exact.

    `tag` makes a keyed digest, bound to the decision, of the signed answer's or list's own: one answer may serve
    a person's logins at several services, and its plain digest would join them.
    """
    if isinstance(evidence, Deferred):
        return {
            "method": None,
            "checked_at": int(evidence.checked_at.timestamp()),
            "verify_by": int(evidence.verify_by.timestamp()),
        }
    return {
        "method": str(evidence.method),
        "checked_at": int(evidence.checked_at.timestamp()),
        "this_update": int(evidence.this_update.timestamp()),
        "next_update": int(evidence.next_update.timestamp()),
        "fallback": evidence.fallback,
        "digest": tag(evidence.digest),
    }
