"""A login of a test: who asked for it, what its browser and its card say, and what came of it."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from html import unescape

from werkzeug.test import Client as Browser
from werkzeug.test import TestResponse

BASE_URL = "http://localhost:8000"


@dataclass
class Service:
    """A registered service with its credentials."""

    tenant_id: str
    client_id: str
    client_secret: str
    sector_id: str


@dataclass
class Login:
    """One login under way: the browser, its transaction page and LINK, and what the service sent."""

    browser: Browser
    service: Service
    page_url: str
    link: str
    verifier: str
    state: str
    nonce: str
    challenge: dict = field(default_factory=dict)


def message(login: Login, origin: str = BASE_URL, attributes: bytes = b"") -> bytes:
    """M of the card login protocol, written here a third time, by hand."""
    asked = login.challenge
    nonce = base64.urlsafe_b64decode(asked["nonce"] + "=")
    parts = (asked["issuer"].encode(), origin.encode(), asked["transaction"].encode(), nonce, attributes)
    return b"jpki-login/1\x00" + b"".join(hashlib.sha256(part).digest() for part in parts)


def b64url(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def id_token_claims(token: str) -> dict:
    """The claims of a JWS, not verified."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def whereto(authorized: TestResponse) -> str:
    """Where a browser goes on after an authorization request: sent on, or at the own address of a page."""
    if authorized.status_code == 303:
        return authorized.headers["Location"]
    assert authorized.status_code == 200, authorized.text
    return unescape(re.search(r'data-address="([^"]+)"', authorized.text)[1])
