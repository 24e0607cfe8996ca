"""Evidence as it is stored with the decision that rests on it."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec

from idp.jpki.revocation import Evidence
from idp.keys.sealing import TenantKeys
from idp.revocation.deferral import Deferred

_NAME_BYTES = 16


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
    return told(evidence) | {"digest": tag(evidence.digest)}


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(dict[str, Any])


def written(members: Mapping[str, object]) -> str:
    """The evidence as a login's row, its code and its sealed records hold it: JSON."""
    return _ENCODER.encode(members).decode()


def members_of(evidence: str) -> dict[str, Any]:
    """Undo `written`."""
    return _DECODER.decode(evidence)


NO_CERTIFICATE = "none"
"""The method in what is stored of a login behind which no certificate stands."""


def without_certificate(now: int) -> dict[str, object]:
    """What is stored of such a login: it never becomes too old, and no session goes on by it."""
    times = dict.fromkeys(("checked_at", "this_update", "next_update"), now)
    return {"method": NO_CERTIFICATE, **times, "fallback": False}


def recorded_by_itself(
    evidence: Evidence, keys: TenantKeys, token_bytes: Callable[[int], bytes]
) -> dict[str, object]:
    """The same for a decision without a transaction: `decision`, a name used once, is what its digest is bound to.

    It stands beside the digest, or no auditor could tell whether an answer that was kept elsewhere is this one.
    """
    decision = token_bytes(_NAME_BYTES).hex()
    return recorded(evidence, partial(keys.evidence_tag, decision)) | {"decision": decision}


def told(evidence: Evidence) -> dict[str, object]:
    """What may be told of evidence once times are rounded (`idp/oidc/claims/claims.py`); here they are exact."""
    return {
        "method": str(evidence.method),
        "checked_at": int(evidence.checked_at.timestamp()),
        "this_update": int(evidence.this_update.timestamp()),
        "next_update": int(evidence.next_update.timestamp()),
        "fallback": evidence.fallback,
    }
