"""On which terms services may register themselves: what an invitation leaves to them, and what not. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from idp.registration.rules import SERVICE_ID
from idp.registration.texts import NAME_CHARACTERS, PURPOSE_CHARACTERS, require_short
from idp.registration.wishes import NotAllowed
from idp.services.client_policies import FAPI2, STANDARD
from idp.tenants.tenancy import LOGIN_SCOPES

PROFILES = (STANDARD.name, FAPI2.name)
"""What a service may make itself. One of the profile `legacy` is two officers' to allow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of one invitation; they hold for every later change that the service makes, too.

    `scopes`: the most that it may have. `reviewed`: whoever holds the invitation is known and trusted to say what
    residents read; else pages say that nobody has looked at it, until somebody has. `sector_id`: the sector that
    it joins, with its purpose; None for one of its own. `purpose_ja`, `purpose_en`: what residents are told that
    the service is for, which a service never says itself. `note`: for whom the invitation is, for administrators.
    """

    scopes: tuple[str, ...] = ("openid",)
    profile: str = STANDARD.name
    require_pkce: bool = True
    reviewed: bool = False
    sector_id: str | None = None
    sector_purpose: str = ""
    purpose_ja: str = ""
    purpose_en: str = ""
    note: str = ""

    def to_members(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self) | {"scopes": list(self.scopes)}

    @classmethod
    def from_members(cls, members: Mapping[str, Any]) -> "Terms":
        """Undo `to_members`."""
        return cls(**{**members, "scopes": tuple(members["scopes"])})


def require_terms(terms: Terms) -> None:
    """Raise NotAllowed unless services may be invited so."""
    if terms.profile not in PROFILES:
        raise NotAllowed(f"a service registers itself with one of the profiles {', '.join(PROFILES)}")
    if "openid" not in terms.scopes or not set(terms.scopes) <= set(LOGIN_SCOPES):
        raise NotAllowed(f"scopes are openid and any of {', '.join(LOGIN_SCOPES[1:])}")
    if terms.sector_id is not None and not SERVICE_ID.fullmatch(terms.sector_id):
        raise NotAllowed("a sector id has 1 to 64 characters of a-z, 0-9 and hyphen")
    if terms.sector_purpose and terms.sector_id is None:
        raise NotAllowed("a purpose of sharing goes with the sector that is shared")
    require_short(NAME_CHARACTERS, terms.note)
    require_short(PURPOSE_CHARACTERS, terms.sector_purpose, terms.purpose_ja, terms.purpose_en)
