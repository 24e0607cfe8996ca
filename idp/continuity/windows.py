"""A service's window: what its registration says while its residents change numbers, under a MAC."""

import hmac
import json
from collections.abc import Mapping
from typing import Any

import structlog

from idp.keys.sealing import TenantKeys
from idp.tenants.tenancy import Window

MEMBER = "migration"
"""Of the registration."""
_MEMBERS = ("migration_id", "ends_at", "also_sector", "other_tenant", "other_client", "previous_iss")
_log = structlog.get_logger("idp.continuity")


def put(
    keys: TenantKeys, client_id: str, registration: Mapping[str, Any], window: Window | None
) -> Mapping[str, Any]:
    """The registration with that window, or with none."""
    others = {name: member for name, member in registration.items() if name != MEMBER}
    if window is None:
        return others
    said = {name: getattr(window, name) for name in _MEMBERS}
    return {**others, MEMBER: {**said, "mac": _mac(keys, client_id, said)}}


def of_registration(keys: TenantKeys, client_id: str, registration: Mapping[str, Any]) -> Window | None:
    """The window of a service, or None; one that this product did not write does not count."""
    stored = registration.get(MEMBER)
    if stored is None:
        return None
    try:
        said = {name: stored[name] for name in _MEMBERS}
        if hmac.compare_digest(_mac(keys, client_id, said), str(stored["mac"])):
            return Window(**said)
    except (KeyError, TypeError, ValueError):
        pass
    _log.error("continuity.window-refused", client=client_id)
    return None


def _mac(keys: TenantKeys, client_id: str, said: Mapping[str, Any]) -> str:
    text = json.dumps(said, sort_keys=True, ensure_ascii=True)
    return keys.trust_mac(b"client.migration", client_id.encode(), text.encode()).hex()
