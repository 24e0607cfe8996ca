"""Pushing Security Event Tokens to the services' receivers (RFC 8935)."""

import json
from collections.abc import Sequence
from typing import cast

from connectors.http import Answer
from connectors.municipal import addresses
from connectors.municipal.delivery import Delivery
from connectors.ports import EventAnswer, EventReceiver

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


class EventPush(EventReceiver):
    """Receivers over HTTP. `networks`: private ones where services live; `ca_file`: who vouches for them."""

    def __init__(self, networks: Sequence[addresses.Network] = (), *, ca_file: str | None = None) -> None:
        self._delivery = Delivery(networks, ca_file=ca_file)

    def push(self, endpoint: str, token: bytes, *, bearer: str | None, sandbox: bool) -> EventAnswer:
        """Deliver one token. Every delivery makes its own connection: none tells which belong together.

        Raises Refused for an endpoint that may not be reached, Unreachable, and Garbled for a redirect.
        """
        headers = {"Content-Type": "application/secevent+jwt", "Accept": "application/json"}
        if bearer is not None:
            headers["Authorization"] = f"Bearer {bearer}"
        answer = self._delivery.post(endpoint, token, headers, sandbox=sandbox)
        return EventAnswer(answer.status, _error(answer))


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
