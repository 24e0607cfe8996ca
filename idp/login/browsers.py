"""Browsers that a person has signed in with before: where a consent may be remembered across devices.

Section 4 of the card login protocol allows no remembered consent on a browser not seen before. A cookie that said
no more than "seen" would not do: whoever relays a QR code signs in once with a card of their own, and is seen. So
the cookie holds one mark per person, an HMAC over a random value of the browser's own and the person's handle:

    {random value}.{mark}.{mark}...        the newest person first, at most `MOST`

Only the tenant can tell whose mark it is, and only with the person at hand; two browsers of one person, or one
browser at two tenants, share nothing. Nothing of it is stored on our side.
"""

import hmac

from idp.keys.sealing import TenantKeys

COOKIE = "seen"
SECONDS = 365 * 24 * 60 * 60
MOST = 4
_LONGEST = 300


def is_seen(keys: TenantKeys, cookie: str, handle: bytes) -> bool:
    """Whether the person with this handle has signed in with the browser that sent `cookie`."""
    browser, marks = _read(cookie)
    mark = keys.browser_mark(browser, handle)
    return any(hmac.compare_digest(mark.encode(), other.encode()) for other in marks)


def mark_in(keys: TenantKeys, cookie: str, handle: bytes) -> str:
    """By which a browser that a person is seen in is told from their others."""
    return keys.browser_mark(_read(cookie)[0], handle)


def marked(keys: TenantKeys, cookie: str, handle: bytes, *, fresh: str) -> str:
    """The cookie's next value, with this person in front. `fresh`: random, for a browser that has none yet."""
    browser, marks = _read(cookie)
    browser = browser or fresh
    mark = keys.browser_mark(browser, handle)
    return ".".join([browser, mark, *(other for other in marks if other != mark)][: MOST + 1])


def _read(cookie: str) -> tuple[str, list[str]]:
    if len(cookie) > _LONGEST or not cookie.isascii():
        return "", []
    browser, *marks = cookie.split(".")
    return browser, marks[:MOST]
