"""The conversation with one Vault: its HTTP answers told apart, and an identity that logs in when it must."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from hvac.api.auth_methods import AppRole as AppRoleMethod

from connectors.errors import Garbled, Refused, Unreachable
from connectors.http import Answer, Outbound, Redirected

ANSWER_BYTES = 128 * 1024
"""Enough for 64 KiB unwrapped: base64 makes 87,384 characters of it."""


@dataclass(frozen=True, slots=True)
class AppRole:
    """Credentials of the AppRole method; `mount` is the path it is enabled at."""

    role_id: str = field(repr=False)
    secret_id: str = field(repr=False)
    mount: str = "approle"


@dataclass(frozen=True, slots=True)
class Token:
    """A token that somebody else keeps alive, such as Vault Agent. It is never renewed here."""

    value: str = field(repr=False)


class Wire:
    """Requests to one Vault, answers as JSON objects.

    Every method raises Unreachable for no answer in time, 5xx (sealed), 429 and a standby that does not forward;
    Refused for any other 4xx; Garbled for anything that is not Vault's form.
    """

    def __init__(self, outbound: Outbound, address: str) -> None:
        self._outbound = outbound
        self._address = address.rstrip("/")

    def send(self, method: str, path: str, body: object = None, *, token: str | None = None) -> Answer:
        """One request to `path` (`/v1/...`), its answer unjudged but for what no retry with a token mends."""
        headers = {"Content-Type": "application/json", "X-Vault-Request": "true"}
        if token is not None:
            headers["X-Vault-Token"] = token
        data = None if body is None else json.dumps(body).encode()
        try:
            answer = self._outbound.send(method, self._address + path, body=data, headers=headers)
        except Redirected as error:
            raise Unreachable("Vault answered from a standby that does not forward") from error
        if answer.status == 429:
            raise Unreachable("Vault is busy or in standby")
        return answer

    def login(self, url: str, *, use_token: bool, json: object) -> Mapping[str, Any]:
        """The entry that hvac's login methods call on what they call an adapter."""
        del use_token  # the session keeps the token
        return content(self.send("POST", url, json))


class Session:
    """One identity at one Vault, safe for threads. Logs in at the first call and again after a 403, once.

    `get` and `post` make it an adapter for hvac's API classes, which thus keep to our time and size limits.
    """

    def __init__(self, wire: Wire, identity: AppRole | Token) -> None:
        self._wire = wire
        self._identity = identity
        self._token = identity.value if isinstance(identity, Token) else None
        self._logging_in = threading.Lock()

    def get(self, url: str) -> Mapping[str, Any]:
        """GET `url` (`/v1/...`)."""
        return self.call("GET", url)

    def post(self, url: str, json: object = None) -> Mapping[str, Any]:
        """POST `url` (`/v1/...`) with a JSON body."""
        return self.call("POST", url, json)

    def call(self, method: str, path: str, body: object = None) -> Mapping[str, Any]:
        """One authenticated request; the JSON object of the answer, empty for 204. Raises as `Wire` does."""
        token = self._token or self._log_in(instead_of=None)
        answer = self._wire.send(method, path, body, token=token)
        if answer.status == 403 and isinstance(self._identity, AppRole):
            # Vault says 403 both for a token that has ended and for a path that the policy does not give.
            token = self._log_in(instead_of=token)
            answer = self._wire.send(method, path, body, token=token)
        return content(answer)

    def _log_in(self, *, instead_of: str | None) -> str:
        if isinstance(self._identity, Token):
            return self._identity.value
        with self._logging_in:
            if self._token is None or self._token == instead_of:  # else another thread was here first
                self._token = _client_token(
                    AppRoleMethod(self._wire).login(
                        self._identity.role_id,
                        self._identity.secret_id,
                        use_token=False,
                        mount_point=self._identity.mount,
                    )
                )
            return self._token


def content(answer: Answer) -> Mapping[str, Any]:
    """The JSON object of an answer, empty for 204. Raises Refused for 4xx, Garbled for any other form."""
    if 400 <= answer.status < 500:
        # Vault's own words are left out: they may quote the request.
        raise Refused(f"Vault refused the request: {answer.status}")
    if answer.status == 204:
        return {}
    if answer.status != 200:
        raise Garbled(f"Vault answered {answer.status}")
    try:
        unverified = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise Garbled("Vault answered with something that is not JSON") from None
    if not isinstance(unverified, dict):
        raise Garbled("Vault answered with JSON that is not an object")
    return cast(Mapping[str, Any], unverified)


def field_of(answer: Mapping[str, Any], group: str, name: str) -> object:
    """`answer[group][name]`. Raises Garbled when there is no such thing."""
    inner = answer.get(group)
    if not isinstance(inner, dict) or name not in inner:
        raise Garbled(f"Vault answered without {group}.{name}")
    return inner[name]


def _client_token(answer: Mapping[str, Any]) -> str:
    token = field_of(answer, "auth", "client_token")
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise Garbled("Vault answered the login with a token of another form")
    return token
