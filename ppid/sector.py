"""Tenant and sector ids: opaque names, fixed at creation, never a host name or a redirect URI."""

import re

from ppid.errors import SectorIdRefused, TenantIdRefused

_ID = re.compile(r"[a-z0-9-]{1,64}")
_RULE = "1 to 64 characters of a-z, 0-9 and hyphen"


def require_tenant_id(value: object) -> str:
    """`value` if it is a tenant id. Raises TenantIdRefused."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise TenantIdRefused(f"tenant_id is not {_RULE}")
    return value


def require_sector_id(value: object) -> str:
    """`value` if it is a sector id. Raises SectorIdRefused."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise SectorIdRefused(f"sector_id is not {_RULE}")
    return value
