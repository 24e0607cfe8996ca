"""Fetch Metadata (W3C): a form of ours that somebody else's page sends is not taken.

The second wall behind cookies that are SameSite=Lax and forms that bear a value of their transaction. It holds in
browsers that know the header, and against pages of another host of the municipality, which are one site with us.
"""

SITE = "HTTP_SEC_FETCH_SITE"
"""The header Sec-Fetch-Site in a request's environment (PEP 3333)."""
_OURS = frozenset({"same-origin", "none"})
_FORMS = ("/login/", "/logout/decision", "/my/", "/receipts")
"""Under which paths residents' forms end. Services send browsers by form to `/authorize` and `/logout` alone."""


def sent_from_elsewhere(path: str, site: str | None) -> bool:
    """Whether a POST fills in a resident's form and comes from a page that is not ours.

    `path` below the issuer; `site`: what the browser says in Sec-Fetch-Site, None from one that says nothing.
    """
    return path.startswith(_FORMS) and site is not None and site not in _OURS
