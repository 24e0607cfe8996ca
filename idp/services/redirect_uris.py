"""Kinds of redirect URIs: a site's, the device's own, an application's own scheme (RFC 8252 section 7). Pure.

An application's own scheme is a domain name of its maker's turned round, `jp.example.app:/callback` (section 7.1).
Without a dot it is none (section 8.4): other applications would share it, and browsers know some themselves.
"""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SCHEME = r"([a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+)"
_NO_USER_NO_PORT = r"(?!/[^/?]*[:@])"
_PRIVATE_USE = re.compile(rf"{_SCHEME}:/{_NO_USER_NO_PORT}[A-Za-z0-9._~:/?@!$&'()+,;=%-]*", re.ASCII)
"""Of characters that stay as they are in a Location header (RFC 3986 section 2). No fragment, and no
asterisk: that looks like a pattern."""
_FORM_TARGETS = "'self' https:"
_LOOPBACK_FORM_TARGETS = "http://localhost:* http://127.0.0.1:*"


def private_use_scheme(uri: str) -> str | None:
    """The scheme of an application's own; None for any other URI."""
    found = _PRIVATE_USE.fullmatch(uri)
    return found[1] if found else None


def host_of(uri: str) -> str:
    """Who is answered there: the host in lower case; of an application's own scheme, the scheme with its colon.

    Anybody may take a scheme that reads like somebody's host: the two are never the same.
    """
    scheme = private_use_scheme(uri)
    return f"{scheme}:" if scheme else urlsplit(uri).hostname or ""


def is_on_device(uri: str, *, sandbox: bool) -> bool:
    """Whether an application on the resident's device is answered there: another one may have taken its place.

    A sandbox has sites at loopback as well.
    """
    return private_use_scheme(uri) is not None or (uri.startswith("http://") and not sandbox)


def form_targets(uris: Sequence[str], *, issuer: str) -> str:
    """Where a page's form may end whose answer leads to one of these redirect URIs (CSP, form-action).

    Browsers hold it against every redirect after the form, the service's own among them, so that sites are not
    named one by one. A policy cannot name an IPv6 address.
    """
    targets = [_FORM_TARGETS]
    if any(uri.startswith("http://") for uri in (issuer, *uris)):
        targets.append(_LOOPBACK_FORM_TARGETS)
    if any(uri.startswith("http://[") for uri in uris):
        targets.append("http:")
    targets += sorted({f"{scheme}:" for scheme in map(private_use_scheme, uris) if scheme})
    return " ".join(targets)
