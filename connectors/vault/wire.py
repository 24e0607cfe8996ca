"""Requests to one Vault at one or more addresses: answers told apart, the next address asked when one is mute."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, cast

from connectors.errors import Garbled, Refused, Unreachable
from connectors.http import Answer, Outbound, Redirected


class NotThere(Refused):
    """Vault has nothing under that path, or tells nobody."""


class Wire:
    """Requests to one Vault, answers as JSON objects.

    `addresses`: nodes of one cluster, or one name in front of them. Asked first is the one that answered last. No
    redirect is followed: a standby that sends elsewhere is passed over, and nobody unlisted sees a token.
    Every method raises Unreachable when no address answers in time, all answer 5xx (sealed), 429 or as a standby
    that does not forward; Refused for any other 4xx; Garbled for anything that is not Vault's form.
    """

    def __init__(self, outbound: Outbound, addresses: Sequence[str], *, seconds: float) -> None:
        """`seconds`: how long a request may take over all addresses, where the caller does not say."""
        self._outbound = outbound
        self._addresses = [address.rstrip("/") for address in addresses]
        self._seconds = seconds
        self._preferred = 0

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        seconds: float | None = None,
        once: bool = False,
    ) -> Answer:
        """One request to `path` (`/v1/...`), its answer unjudged but for what no retry with a token mends.

        `body`: JSON's values, or JSON as it is sent. `once`: to the preferred address alone, for what must not be
        done twice.
        """
        deadline = time.monotonic() + (self._seconds if seconds is None else seconds)
        # Behind one address there may be several nodes: it is asked again where the first node broke off.
        alone = len(self._addresses) == 1
        first, count = self._preferred, 1 if once else max(2, len(self._addresses))
        mute = Unreachable("no time is left to ask Vault")
        for turn in range(count):
            left = deadline - time.monotonic()
            if left <= 0:
                break
            index = (first + turn) % len(self._addresses)
            share = left if alone else left / (count - turn)
            try:
                answer = self._ask(self._addresses[index], method, path, body, token, share)
            except Unreachable as error:
                mute = error
                # Whoever comes next begins with another one, and does not wait for this one first.
                self._preferred = (index + 1) % len(self._addresses)
                continue
            self._preferred = index
            return answer
        raise mute

    def _ask(
        self, address: str, method: str, path: str, body: object, token: str | None, seconds: float
    ) -> Answer:
        headers = {"Content-Type": "application/json", "X-Vault-Request": "true"}
        if token is not None:
            headers["X-Vault-Token"] = token
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        try:
            answer = self._outbound.send(method, address + path, body=data, headers=headers, seconds=seconds)
        except Redirected as error:
            raise Unreachable("Vault answered from a standby that does not forward") from error
        if answer.status == 429:
            raise Unreachable("Vault is busy or in standby")
        return answer


def content(answer: Answer) -> Mapping[str, Any]:
    """The JSON object of an answer, empty for 204. Raises Refused for 4xx (NotThere for 404), else Garbled."""
    if answer.status == 404:
        raise NotThere("Vault refused the request: 404")
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


def text_of(answer: Mapping[str, Any], group: str, name: str) -> str:
    """`answer[group][name]`, which must be printable ASCII: it goes into a header or a file. Raises Garbled."""
    value = field_of(answer, group, name)
    if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable():
        raise Garbled(f"Vault answered with a {name} of another form")
    return value
