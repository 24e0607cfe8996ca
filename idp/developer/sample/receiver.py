"""What a service does with the events that are pushed to it: check each token, remember the latest, say thanks.

RFC 8417 (the token) and RFC 8935 (the push), with a stock JOSE library and the provider's published keys.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests
from flask import Response, jsonify, request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

_ALGORITHMS = ["RS256", "ES256"]
_SECONDS = 5
_SHOWN = 10


class EventRefused(Exception):
    """A token that is not taken; `code` as in RFC 8935 section 2.4."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """An event as the page shows it: the last part of its URI, whom and which day it is about, its `jti`."""

    name: str
    sub: str
    occurred_on: str
    jti: str


class Receiver:
    """The receiver of one service. `keys` fetches the provider's JWKS, as at every stranger's."""

    def __init__(self, issuer: str, client_id: str, keys: Callable[[], KeySet]) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._keys = keys
        self._latest: deque[ReceivedEvent] = deque(maxlen=_SHOWN)

    @property
    def latest(self) -> list[ReceivedEvent]:
        """The last events, the newest first."""
        return list(reversed(self._latest))

    def receive(self) -> Response:
        """Answer one push: 202, also for a token that came before; 400 says what is wrong with it."""
        try:
            event = self._checked(request.get_data(as_text=True))
        except EventRefused as refused:
            answer = jsonify(err=refused.code, description=refused.code.replace("_", " "))
            answer.status_code = 400
            return answer
        except requests.RequestException:
            return Response(status=503)
        if event.jti not in {known.jti for known in self._latest}:
            self._latest.append(event)
        return Response(status=202)

    def _checked(self, token: str) -> ReceivedEvent:
        if request.mimetype != "application/secevent+jwt":
            raise EventRefused("invalid_request")
        keys = self._keys()
        try:
            decoded = jwt.decode(token, keys, algorithms=_ALGORITHMS)
        except (JoseError, ValueError) as error:
            raise EventRefused("invalid_key") from error
        if decoded.header.get("typ") != "secevent+jwt":
            raise EventRefused("invalid_request")
        if decoded.claims.get("iss") != self._issuer:
            raise EventRefused("invalid_issuer")
        if decoded.claims.get("aud") != self._client_id:
            raise EventRefused("invalid_audience")
        return _event(decoded.claims)


def _event(claims: dict[str, Any]) -> ReceivedEvent:
    try:
        ((uri, body),) = claims["events"].items()
        sub, jti = claims["sub_id"]["sub"], claims["jti"]
        return ReceivedEvent(str(uri).rpartition("/")[2], str(sub), str(body.get("occurred_on", "")), str(jti))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EventRefused("invalid_request") from error


def published_keys(issuer: str, ca_file: str | None = None) -> KeySet:
    """The provider's keys by its discovery document; `ca_file`: who vouches for its certificate.

    Raises requests.RequestException.
    """

    def get(url: str) -> Any:
        return requests.get(url, timeout=_SECONDS, verify=ca_file or True).json()

    return KeySet.import_key_set(get(get(f"{issuer}/.well-known/openid-configuration")["jwks_uri"]))
