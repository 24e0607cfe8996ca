"""The names of a tenant's keys in Transit. They go into URLs, so a tenant id is looked at first."""

import re

from connectors.errors import Refused

_TENANT_ID = re.compile(r"[a-z0-9-]{1,64}")


def ppid_key(tenant_id: str) -> str:
    """The name of the key that derives PPIDs. Raises Refused for anything but a tenant id."""
    return _name("ppid", tenant_id)


def data_key(tenant_id: str) -> str:
    """The name of the key that wraps data keys. Raises Refused for anything but a tenant id."""
    return _name("data", tenant_id)


def _name(prefix: str, tenant_id: str) -> str:
    if not _TENANT_ID.fullmatch(tenant_id):
        raise Refused("a tenant id is 1 to 64 of a-z, 0-9 and hyphen")
    # Transit takes no name that ends in a hyphen; no tenant id has an underscore.
    return f"{prefix}-{tenant_id}" + ("_" if tenant_id.endswith("-") else "")
