"""Which redirect URIs are a client's: those that it registered, byte by byte (RFC 9700 section 2.1). Pure.

The one exception is the port of a native application, which listens at whichever its computer has free (RFC 8252
section 7.3). The application is a public client and says where by an address, never by a name (section 8.3).
"""

import re

from idp.services.client_policies import PUBLIC
from idp.tenants.tenancy import Client

_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::([1-9][0-9]{0,4}))?(/[^\s]*)?", re.ASCII)
_LAST_PORT = 65535


def is_registered(client: Client, unverified_uri: str) -> bool:
    """Whether the client may be answered there."""
    if unverified_uri in client.redirect_uris:
        return True
    if client.token_endpoint_auth_method != PUBLIC:
        return False
    asked = _without_port(unverified_uri)
    return asked is not None and any(_without_port(uri) == asked for uri in client.redirect_uris)


def _without_port(uri: str) -> tuple[str, str] | None:
    """Host and the rest of a loopback redirect URI; None for any other."""
    found = _LOOPBACK.fullmatch(uri)
    if found is None or int(found[2] or 0) > _LAST_PORT:
        return None
    return found[1], found[3] or ""
