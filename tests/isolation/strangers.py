"""Presenting a live value where it does not belong, and made-up values of the same form."""

import base64
import re
import secrets
from urllib.parse import urlsplit

from components.town import BASE_URL

REFERENCE = re.compile(r"\b[0-9a-f]{8}\b")
"""The error reference of a page: random for every request."""


def made_up(value: str) -> str:
    """A value of the same length and alphabet that nobody issued."""
    raw = secrets.token_bytes(len(value))
    if re.fullmatch(r"[0-9a-f]+", value):
        return raw.hex()[: len(value)]
    return base64.urlsafe_b64encode(raw).decode()[: len(value)]


def seen(answer, *presented: str) -> tuple:
    """All that an answer says, without its random reference and without echoes of what was presented.

    Status, body and every header count: a header that is there only for live values would tell.
    """
    headers = [(name, value) for name, value in answer.headers.items() if name != "Content-Length"]
    texts = [answer.text, *(f"{name}: {value}" for name, value in headers)]
    for text_at, text in enumerate(texts):
        for value in presented:
            text = text.replace(value, "PRESENTED")  # noqa: PLW2901
        texts[text_at] = REFERENCE.sub("REFERENCE", text)
    return answer.status_code, *texts


def last_segment(url: str) -> str:
    """The handle or id with which a path ends."""
    return urlsplit(url).path.rpartition("/")[2]


def at(tenant_id: str, path: str) -> str:
    """An address at a tenant."""
    return f"{BASE_URL}/t/{tenant_id}{path}"


def cookie_of(login, name: str) -> str:
    """The value of the login's cookie whose name holds `name`."""
    return next(cookie.value for key, cookie in login.browser._cookies.items() if name in str(key))
