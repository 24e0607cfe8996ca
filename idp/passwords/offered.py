"""Where the municipality gives IDs on line. Pure."""

from idp.tenants.sign_in_methods import PASSWORD, PASSWORD_BY_LETTER, PASSWORD_ONLINE
from idp.tenants.tenancy import Tenant

BY_LETTER, ONLINE = "/account", "/account/online"
"""Below the issuer: with a letter, after the staff looked; at once."""


def offers(tenant: Tenant, method: str) -> bool:
    """Whether the tenant gives IDs so; without a way to use them it gives none."""
    return {PASSWORD, method} <= set(tenant.settings.methods)


def url_of(tenant: Tenant) -> str | None:
    """Where somebody without an ID gets one, None where nobody does on line."""
    if offers(tenant, PASSWORD_BY_LETTER):
        return tenant.url(BY_LETTER)
    return tenant.url(ONLINE) if offers(tenant, PASSWORD_ONLINE) else None
