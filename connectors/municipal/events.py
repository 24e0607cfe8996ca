"""Pushing Security Event Tokens to the services' receivers (RFC 8935)."""

import json
from collections.abc import Sequence
from functools import partial
from typing import cast
from urllib.parse import SplitResult, urlsplit

from connectors.errors import Refused
from connectors.http import Answer, Outbound
from connectors.municipal import addresses
from connectors.ports import EventAnswer, EventReceiver

CONNECT_SECONDS = 3.0
"""Nobody waits for an event: a municipality's server may take its time."""
READ_SECONDS = 10.0
MAX_BYTES = 16 * 1024
ERRORS = frozenset(
    {
        "invalid_request",
        "invalid_key",
        "invalid_issuer",
        "invalid_audience",
        "authentication_failed",
        "access_denied",
    }
)
"""The error codes of RFC 8935 section 2.4; another says nothing to us."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class EventPush(EventReceiver):
    """Receivers over HTTP. `networks`: private ones where services live; `ca_file`: who vouches for them."""

    def __init__(self, networks: Sequence[addresses.Network] = (), *, ca_file: str | None = None) -> None:
        self._networks = tuple(networks)
        self._ca_file = ca_file

    def push(self, endpoint: str, token: bytes, *, bearer: str | None, sandbox: bool) -> EventAnswer:
        """Deliver one token. Every delivery makes its own connection: none tells which belong together.

        Raises Refused for an endpoint that may not be reached, Unreachable, and Garbled for a redirect.
        """
        parts = _allowed(endpoint, sandbox=sandbox)
        outbound = Outbound(
            [f"{parts.scheme}://{parts.netloc}"],
            connect_seconds=CONNECT_SECONDS,
            read_seconds=READ_SECONDS,
            max_bytes=MAX_BYTES,
            ca_file=self._ca_file,
            resolve=partial(addresses.resolve, networks=self._networks, loopback=sandbox),
        )
        headers = {
            "Content-Type": "application/secevent+jwt",
            "Accept": "application/json",
            "Connection": "close",
            "User-Agent": "ppid-idp",
        }
        if bearer is not None:
            headers["Authorization"] = f"Bearer {bearer}"
        try:
            answer = outbound.send("POST", endpoint, body=token, headers=headers)
        finally:
            outbound.close()
        return EventAnswer(answer.status, _error(answer))


def _allowed(endpoint: str, *, sandbox: bool) -> SplitResult:
    """The endpoint's parts. Raises Refused unless it is https, or http on loopback for a sandbox tenant."""
    try:
        parts = urlsplit(endpoint)
        well_formed = parts.port is None or parts.port > 0
    except ValueError:
        raise Refused("an event endpoint does not parse") from None
    plain = sandbox and parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not (well_formed and parts.hostname and "@" not in parts.netloc and (plain or parts.scheme == "https")):
        raise Refused("an event endpoint is https, without user")
    return parts


def _error(answer: Answer) -> str:
    """The error code of a refusal in the form of RFC 8935, or ""; what else a receiver writes is not kept."""
    if answer.status != 400:
        return ""
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    error = cast("dict[object, object]", body).get("err") if isinstance(body, dict) else None
    return error if isinstance(error, str) and error in ERRORS else ""
