"""Hosts that ask for client certificates: what a municipality may name for the card host and for the mTLS host."""

from urllib.parse import urlsplit

from idp.registration import NotAllowed
from idp.tenants.tenancy import Tenant, origin_of
from idp.tenants.tenant_settings import TenantSettings


def require_host(tenant: Tenant, origin: str) -> str:
    """The origin, empty for no such host. Raises NotAllowed.

    It is https, and another than the issuer's: at the issuer nobody is asked for a certificate, and its cookies
    are not for a host that does.
    """
    if not origin:
        return ""
    try:
        parts = urlsplit(origin)
        canonical = parts.scheme == "https" and parts.hostname is not None and origin_of(origin) == origin
    except ValueError:  # whose text repeats the URL
        canonical = False
    if not canonical or not origin.isascii() or not origin.isprintable() or "@" in origin:
        raise NotAllowed("a host for certificates is an https origin in canonical form: no path, lower-case host")
    if origin == tenant.origin:
        raise NotAllowed("a host for certificates is another host than the issuer's")
    return origin


def require_hosts_fit(tenant: Tenant, settings: TenantSettings) -> None:
    """Raise NotAllowed for one host in both roles, and while services need the mTLS host that is taken away."""
    if settings.mtls_host and settings.mtls_host == settings.card_host:
        raise NotAllowed("the mTLS host is another host than the card host: each asks for other certificates")
    needing = [client.service_id for client in tenant.clients.values() if client.needs_mtls_host]
    if needing and not settings.mtls_host:
        raise NotAllowed(
            f"services authenticate or have their tokens bound at the mTLS host: {', '.join(needing)}"
        )
