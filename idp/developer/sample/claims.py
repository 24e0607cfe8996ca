"""What the service asks for in claims, and what it reads from them in words for its pages."""

from collections.abc import Mapping
from typing import Any

ASKED = frozenset({"name", "address", "birthdate", "gender", "profile"})
"""Scopes whose claims come from UserInfo."""
BY_SIGNATURE, LATEST, AT_COUNTER = "jp_jpki_signature", "jp_jpki_latest_information", "jp_municipal_counter"
"""Who may vouch (OpenID Connect for Identity Assurance): each of two by a button of its own; at every login."""
BUTTONS = {"signed": BY_SIGNATURE, "latest": LATEST}
"""By what the button's link says."""
_SIGNATURES = frozenset({"valid", "revoked", "moved", "none", "unknown"})


def vouched(framework: str) -> dict[str, object]:
    """The `claims` parameter that asks for name, address and date of birth as somebody vouches for them."""
    verification = {"trust_framework": {"value": framework}}
    wanted = {"verification": verification, "claims": dict.fromkeys(("name", "address", "birthdate"))}
    return {"userinfo": {"verified_claims": wanted}}


def told_in(userinfo: Mapping[str, Any]) -> dict[str, str]:
    """The claims that a person reads, by name; `verified` where somebody vouches for the name or the address."""
    verified = userinfo.get("verified_claims")
    claims = {**userinfo, **(verified.get("claims", {}) if isinstance(verified, dict) else {})}
    address = claims.get("address")
    told = {name: claims.get(name) for name in ("name", "address", "birthdate", "gender")}
    told["address"] = address.get("formatted") if isinstance(address, dict) else None
    if isinstance(verified, dict):
        told["verified"] = verified.get("verification", {}).get("trust_framework")
    return {name: str(value) for name, value in told.items() if value}


def signature_in(claim: Mapping[str, Any]) -> str | None:
    """By which word the page says how the signature certificate stands; None for one that it does not know."""
    status = "moved" if claim.get("basic4_changed") is True else claim.get("status")
    return status if status in _SIGNATURES else None
