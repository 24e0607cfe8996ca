"""The texts and addresses in a wish: how long, of which characters, where to."""

import re
import unicodedata
from urllib.parse import urlsplit

from idp.registration.wishes import NotAllowed, RedirectUriNotAllowed
from idp.services.redirect_uris import LOOPBACK, private_use_scheme

_BEARER = re.compile(r"[A-Za-z0-9._~+/-]{1,1024}=*")
_INVISIBLE = ("Cc", "Cf", "Zl", "Zp")
NAME_CHARACTERS, PURPOSE_CHARACTERS, URL_CHARACTERS = 200, 400, 255


def require_short(characters: int, *texts: str) -> None:
    """Raise NotAllowed for a text that is longer, or that holds what no reader sees."""
    for text in texts:
        if len(text) > characters:
            raise NotAllowed(f"a text has more than {characters} characters")
        if any(unicodedata.category(character) in _INVISIBLE for character in text):
            raise NotAllowed("a text holds a control or direction character")


def require_url(what: str, uri: str, *, loopback_http: bool) -> None:
    """Raise NotAllowed unless it is https, or http on loopback where that is allowed.

    Absolute, printable ASCII, no fragment, no user (RFC 9700 section 4.1). Loopback is for sandbox tenants and for
    native applications (RFC 8252 section 7.3).
    """
    try:
        parts = urlsplit(uri)
        port_is_well_formed = parts.port is None or parts.port > 0
    except ValueError as error:
        raise NotAllowed(f"{what} does not parse") from error
    on_loopback = loopback_http and uri.startswith("http://") and parts.hostname in LOOPBACK
    secure = uri.startswith("https://") or on_loopback  # as written: what reads it later compares octets
    printable = all("!" <= character <= "~" for character in uri) and "\\" not in uri
    if (
        not (secure and printable and parts.hostname and port_is_well_formed)
        or "#" in uri
        or "@" in parts.netloc
        or "*" in parts.netloc
    ):
        raise NotAllowed(f"{what} is https (or http on loopback), absolute, without fragment and user")


def require_redirect_uri(uri: str, *, loopback_http: bool, own_scheme: bool) -> None:
    """Raise RedirectUriNotAllowed unless residents may be sent back to it.

    `own_scheme`: also to an application's own (RFC 8252 section 7.1).
    """
    of_application = private_use_scheme(uri) is not None
    try:
        require_short(URL_CHARACTERS, uri)
        if not of_application:
            require_url("a redirect URI", uri, loopback_http=loopback_http)
    except NotAllowed as error:
        raise RedirectUriNotAllowed(str(error)) from error
    if of_application and not own_scheme:
        raise RedirectUriNotAllowed(
            "a redirect URI with a scheme of its own is a native application's: public, of the profile standard"
        )


def require_page(url: str) -> None:
    """Raise NotAllowed for what is no https URL of a page for people; the empty text is none, and allowed."""
    if url:
        require_short(URL_CHARACTERS, url)
        require_url("a page of the municipality", url, loopback_http=False)


def require_event_receiver(endpoint: str | None, bearer: str | None, *, sandbox: bool) -> None:
    """Raise NotAllowed unless events may be pushed there with that token."""
    if endpoint is not None:
        require_short(URL_CHARACTERS, endpoint)
        require_url("an event endpoint", endpoint, loopback_http=sandbox)
    if bearer is not None and (endpoint is None or not _BEARER.fullmatch(bearer)):
        raise NotAllowed(
            "an event bearer goes with an endpoint and has 1 to 1024 characters of RFC 6750's token68"
        )
