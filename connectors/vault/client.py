"""An identity at one Vault: it logs in when it must, and keeps its token alive."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hvac.api.auth_methods import AppRole as AppRoleMethod

from connectors.errors import ConnectorError, Garbled, Unreachable
from connectors.vault.identity import AppRole, Token
from connectors.vault.wire import Wire, content, text_of

RENEW_AFTER = 2 / 3
"""The part of a token's life after which it is renewed: two more turns fit in before it ends."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A token in use. `lent`: for how many seconds, 0 for ever; `since`: from when on, of the monotonic clock."""

    token: str = field(repr=False)
    lent: float
    since: float
    renewable: bool

    def is_due(self, now: float) -> bool:
        """Whether it should be renewed."""
        return self.lent > 0 and now >= self.since + self.lent * RENEW_AFTER

    def has_ended(self, now: float) -> bool:
        """Whether it cannot be good any more."""
        return self.lent > 0 and now >= self.since + self.lent


class Session:
    """One identity at one Vault, safe for threads. Logs in at the first call and again after a 403, once.

    `get` and `post` make it an adapter for hvac's API classes, which thus keep to our time and size limits.
    """

    def __init__(self, wire: Wire, identity: AppRole | Token, *, seconds: float) -> None:
        """`seconds`: how long a call may take, login and all addresses included, where the caller does not say."""
        self._wire = wire
        self._identity = identity
        self._seconds = seconds
        self._lease = Lease(identity.value, 0, 0, renewable=False) if isinstance(identity, Token) else None
        self._logging_in = threading.Lock()

    def get(self, url: str) -> Mapping[str, Any]:
        """GET `url` (`/v1/...`)."""
        return self.call("GET", url)

    def post(self, url: str, json: object = None) -> Mapping[str, Any]:
        """POST `url` (`/v1/...`) with a JSON body."""
        return self.call("POST", url, json)

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        seconds: float | None = None,
        once: bool = False,
    ) -> Mapping[str, Any]:
        """One authenticated request; the JSON object of the answer, empty for 204. Raises as `Wire` does."""
        deadline = time.monotonic() + (self._seconds if seconds is None else seconds)
        token = self._valid_token() or self._log_in(None, deadline)
        answer = self._wire.send(method, path, body, token=token, seconds=_left(deadline), once=once)
        if answer.status == 403 and isinstance(self._identity, AppRole):
            # Vault says 403 both for a token that has ended and for a path that the policy does not give.
            token = self._log_in(token, deadline)
            answer = self._wire.send(method, path, body, token=token, seconds=_left(deadline), once=once)
        return content(answer)

    def once(self) -> "Once":
        """This session for what must not be done twice: no second address is tried."""
        return Once(self)

    def token(self) -> str:
        """A token that should be good now, for what streams. Raises as `call` does."""
        return self._valid_token() or self._log_in(None, time.monotonic() + self._seconds)

    def keep(self) -> None:
        """Renew the token when most of its life is over; log in anew where that is no help. Raises as `call`."""
        lease, now = self._lease, time.monotonic()
        if isinstance(self._identity, Token) or (lease is not None and not lease.is_due(now)):
            return
        deadline = now + self._seconds
        if lease is None or lease.has_ended(now) or not lease.renewable or not self._renew(lease):
            self._log_in(None if lease is None else lease.token, deadline)

    def _renew(self, lease: Lease) -> bool:
        """Whether Vault has lent the token for as long again: near its greatest age it gives less, or nothing."""
        asked = time.monotonic()
        try:
            answer = content(self._wire.send("POST", "/v1/auth/token/renew-self", {}, token=lease.token))
        except ConnectorError:  # at the greatest age OpenBao says 500, as when it is sealed: a login tells which
            return False
        renewed = _lease(answer, asked)
        if renewed.token != lease.token or 0 < renewed.lent < lease.lent * RENEW_AFTER:
            return False
        if self._lease is lease:
            self._lease = renewed
        return True

    def _valid_token(self) -> str | None:
        lease = self._lease
        return None if lease is None or lease.has_ended(time.monotonic()) else lease.token

    def _log_in(self, instead_of: str | None, deadline: float) -> str:
        if isinstance(self._identity, Token):
            return self._identity.value
        if not self._logging_in.acquire(timeout=max(0.0, _left(deadline))):
            raise Unreachable("another request is still logging in to Vault")
        try:
            valid = self._valid_token()
            if valid is not None and valid != instead_of:  # another thread was here first
                return valid
            asked = time.monotonic()
            self._lease = _lease(self._login_answer(self._identity, deadline), asked)
            return self._lease.token
        finally:
            self._logging_in.release()

    def _login_answer(self, role: AppRole, deadline: float) -> Mapping[str, Any]:
        secret = role.secret_id if isinstance(role.secret_id, str) else role.secret_id.read(self._wire)
        method = AppRoleMethod(_Login(self._wire, deadline))
        answer: Mapping[str, Any] = method.login(role.role_id, secret, use_token=False, mount_point=role.mount)
        return answer

    def ping(self) -> None:
        """Return when Vault is unsealed and knows our identity; raise Unreachable otherwise."""
        try:
            self.get("/v1/auth/token/lookup-self")
        except Unreachable:
            raise
        except ConnectorError as error:
            raise Unreachable(f"Vault does not serve us: {error}") from error


@dataclass(frozen=True, slots=True)
class Once:
    """An adapter for hvac over a session: each request goes to one address."""

    session: Session

    def post(self, url: str, json: object = None) -> Mapping[str, Any]:
        """POST `url` (`/v1/...`) with a JSON body."""
        return self.session.call("POST", url, json, once=True)


@dataclass(frozen=True, slots=True)
class _Login:
    """What hvac's login methods call an adapter."""

    wire: Wire
    deadline: float

    def login(self, url: str, *, use_token: bool, json: object) -> Mapping[str, Any]:
        """POST the credentials."""
        del use_token  # the session keeps the token
        return content(self.wire.send("POST", url, json, seconds=_left(self.deadline)))


def _left(deadline: float) -> float:
    return deadline - time.monotonic()


def _lease(answer: Mapping[str, Any], asked: float) -> Lease:
    """The lease of a login's or a renewal's answer, its life counted from when it was asked for."""
    token = text_of(answer, "auth", "client_token")
    auth = answer["auth"]
    lent = auth.get("lease_duration", 0)
    if type(lent) is not int or lent < 0:
        raise Garbled("Vault lent a token for no number of seconds")
    return Lease(token, lent, asked, renewable=auth.get("renewable") is True)
