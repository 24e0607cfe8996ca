"""What a service does when it is told that a session is over: check the token, forget whoever signed in by it.

OpenID Connect Back-Channel Logout 1.0, section 2.6, with a stock JOSE library and the provider's published keys.
"""

from collections import deque
from collections.abc import Callable
from typing import Any

import requests
from flask import Response, request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

_ALGORITHMS = ["RS256", "ES256"]
_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_KEPT = 10_000


class LoggedOut:
    """The sessions of the provider that are over, as far as this service was told. `keys` fetches its JWKS."""

    def __init__(self, issuer: str, client_id: str, keys: Callable[[], KeySet]) -> None:
        self._claims = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": client_id},
            iat={"essential": True},
            exp={"essential": True},
        )
        self._keys = keys
        self._sids: deque[str] = deque(maxlen=_KEPT)
        self._met: deque[str] = deque(maxlen=_KEPT)

    def includes(self, sid: str | None) -> bool:
        """Whether that session is over."""
        return sid in self._sids

    def receive(self) -> Response:
        """Answer one logout token: 200, or 400 for one that is not taken; never anything that may be stored."""
        try:
            taken = self._take(request.form.get("logout_token", ""))
        except requests.RequestException:
            return Response(status=503)
        return Response(status=200 if taken else 400)

    def _take(self, token: str) -> bool:
        try:
            decoded = jwt.decode(token, self._keys(), algorithms=_ALGORITHMS)
            self._claims.validate(decoded.claims)
        except (JoseError, ValueError):
            return False
        claims = decoded.claims
        if decoded.header.get("typ") != "logout+jwt" or not _says_logout(claims):
            return False
        jti, sid = claims.get("jti"), claims.get("sid")
        if not isinstance(jti, str) or not isinstance(sid, str) or jti in self._met:
            return False
        self._met.append(jti)
        self._sids.append(sid)
        return True


def _says_logout(claims: dict[str, Any]) -> bool:
    events = claims.get("events")
    return isinstance(events, dict) and events.get(_EVENT) == {} and "nonce" not in claims
