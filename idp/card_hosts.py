"""The host that asks browsers for the certificate on a card: what a municipality may name for it."""

from urllib.parse import urlsplit

from idp.registration import NotAllowed
from idp.tenancy import Tenant, origin_of


def required_card_host(tenant: Tenant, origin: str) -> str:
    """The origin, empty for no such host. Raises NotAllowed.

    It is https, and another than the issuer's: at the issuer nobody is asked for a certificate, and its cookies
    are not for the card host.
    """
    if not origin:
        return ""
    try:
        parts = urlsplit(origin)
        canonical = parts.scheme == "https" and parts.hostname is not None and origin_of(origin) == origin
    except ValueError:  # whose text repeats the URL
        canonical = False
    if not canonical or not origin.isascii() or not origin.isprintable() or "@" in origin:
        raise NotAllowed("a card host is an https origin in canonical form: no path, lower-case host")
    if origin == tenant.origin:
        raise NotAllowed("a card host is another host than the issuer's")
    return origin
