"""What a municipality decides for all its services: stored as one JSON object in the tenant's row."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """A tenant's decisions.

    `revocation`: members of a revocation policy (`idp/revocation/policy.py`) for services that state none of
    their own. `public_body`: a public body as verifier pays J-LIS no fee.
    """

    revocation: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    public_body: bool = False


def read_settings(text: str) -> TenantSettings:
    """The settings as stored. Raises ValueError for JSON that is not ours."""
    members = json.loads(text)
    revocation = members.get("revocation", {})
    if not isinstance(revocation, dict):
        raise ValueError("revocation is an object")  # noqa: TRY004 - wrong stored text, as json.loads says it
    return TenantSettings(MappingProxyType(revocation), members.get("public_body", False) is True)


def write_settings(settings: TenantSettings) -> str:
    """Undo `read_settings`."""
    members: dict[str, object] = {}
    if settings.revocation:
        members["revocation"] = dict(settings.revocation)
    if settings.public_body:
        members["public_body"] = True
    return json.dumps(members, ensure_ascii=True, sort_keys=True)
