"""The frame of every endpoint under `{issuer}/api/v1`: who calls, how much, what, once, and how it is answered.

An endpoint is a value: its path, what it does with a call, and what the OpenAPI document says of it. Others add
theirs to the list that `assembly.py` is handed.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from flask import Flask, Response, request
from pydantic import BaseModel

from idp.errors import Refusal
from idp.store.engine import Transaction
from idp.tenants.tenancy import Client, Tenant
from idp.verification import openapi, shapes, signed
from idp.verification.access import Access
from idp.verification.limits import Limits
from idp.verification.problems import ApiProblem, problem
from idp.verification.repeats import VERDICT_SECONDS, Attempt, KeyLost, Repeats, Written
from idp.web.web import current_tenant, json_answer, json_body

PREFIX = "/api/v1"
SMALL_BODY = 64 * 1024
"""Greatest body of an ordinary request; certificates have at most 16 KiB."""
JSON = "application/json"
_LONGEST_ACCEPT = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint found out: JSON members, or a stream of bytes of another kind."""

    members: Mapping[str, object] = field(default_factory=dict)
    status: int = 200
    stream: Iterable[bytes] | None = None
    mimetype: str = JSON


@dataclass(slots=True, kw_only=True)
class Call:
    """One request of a service that may verify. `unverified` is its body, not longer than the endpoint takes."""

    tenant: Tenant
    client: Client
    now: datetime
    mimetype: str
    unverified: bytes
    as_jwt: bool = False
    attempt: Attempt | None = None
    written: Written | None = None

    def read(self, shape: type[shapes.S]) -> shapes.S:
        """The body as JSON of that shape. Raises ApiProblem with malformed."""
        return shapes.read(shape, shapes.parse(self.unverified))

    def keep(self, tx: Transaction, answer: Answer) -> Answer:
        """Keep the answer for a repetition of this request, in the transaction of what it tells of."""
        if self.attempt is not None:
            self.written = self.write(answer)
            self.attempt.keep(tx, self.written)
        return answer

    def write(self, answer: Answer) -> Written:
        """The answer as it goes out."""
        if self.as_jwt:
            moment = int(self.now.timestamp())
            token = signed.sign(self.tenant, self.client, answer.members, now=moment)
            return Written(answer.status, signed.MEDIA_TYPE, token.encode())
        return Written(answer.status, JSON, json.dumps(answer.members, ensure_ascii=False).encode())


def _may_verify(client: Client) -> bool:
    return client.may_verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One POST. `repeatable`: it takes an Idempotency-Key; `problems`: its codes beside those of all.

    `kept_seconds`: how long an answer is repeated to the same key.
    """

    path: str
    name: str
    run: Callable[[Call], Answer]
    summary: str
    takes: type[BaseModel]
    gives: type[BaseModel]
    status: int = 200
    problems: Sequence[str] = ()
    repeatable: bool = False
    kept_seconds: int = VERDICT_SECONDS
    max_bytes: int = SMALL_BODY
    media_types: Mapping[str, Any] = field(default_factory=lambda: {JSON: None})
    """Media type -> example of a request. "" stands for a request without a body."""
    example: Mapping[str, object] = field(default_factory=dict)
    """Of an answer."""
    streams: Sequence[str] = ()
    """Media types of answers that come as a stream, beside JSON; such answers are not signed."""
    may_call: Callable[[Client], bool] = _may_verify
    """Whom it serves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """All endpoints and what they share."""

    access: Access
    limits: Limits
    repeats: Repeats
    now: Callable[[], datetime]
    endpoints: Sequence[Endpoint]

    def mount(self, app: Flask) -> None:
        """Add the routes and the document that describes them."""
        document = openapi.Document()
        for endpoint in self.endpoints:
            view = document.describe(endpoint, partial(self._answer, endpoint))
            app.add_url_rule(PREFIX + endpoint.path, f"api_{endpoint.name}", view, methods=["POST"])
        app.add_url_rule(f"{PREFIX}/openapi.json", "api_document", document.answer, methods=["GET"])

    def _answer(self, endpoint: Endpoint) -> Response:
        headers: dict[str, str] = {}
        try:
            answer = self._serve(endpoint, headers)
        except (ApiProblem, Refusal) as failure:
            refused = problem(failure)
            answer = json_answer(refused.body, refused.status, refused.headers)
            answer.mimetype = "application/problem+json"
        for name, value in headers.items():
            answer.headers.setdefault(name, value)
        return answer

    def _serve(self, endpoint: Endpoint, headers: dict[str, str]) -> Response:
        tenant, now = current_tenant(), self.now()
        headers.update(self.access.next_nonce(tenant))
        client = self.access.service(
            tenant, PREFIX + endpoint.path, now=int(now.timestamp()), may_call=endpoint.may_call
        )
        headers.update(self.limits.request(tenant, client))
        call = Call(
            tenant=tenant,
            client=client,
            now=now,
            mimetype=request.mimetype,
            unverified=_body(endpoint),
            as_jwt=_wants_jwt(),
        )
        key = request.headers.get("Idempotency-Key") if endpoint.repeatable else None
        if key is None:
            return _response(call, endpoint.run(call))
        return self._once(endpoint, call, key)

    def _once(self, endpoint: Endpoint, call: Call, key: str) -> Response:
        how = f"{endpoint.path} {call.mimetype} {call.as_jwt}".encode()
        begun = self.repeats.begin(
            call.tenant, call.client, key, how, call.unverified, kept_seconds=endpoint.kept_seconds
        )
        if isinstance(begun, Written):
            return _written(begun)
        call.attempt = begun
        try:
            answer = _response(call, endpoint.run(call))
        except KeyLost:
            raise
        except (ApiProblem, Refusal) as failure:
            refused = problem(failure)
            begun.keep_alone(Written(refused.status, "application/problem+json", json_body(refused.body)))
            raise
        except Exception:
            begun.let_go()
            raise
        if call.written is None:
            begun.keep_alone(Written(answer.status_code, answer.mimetype or JSON, answer.get_data()))
        return answer


def _body(endpoint: Endpoint) -> bytes:
    """The request's body, read no further than the endpoint takes. Raises ApiProblem."""
    if request.mimetype not in endpoint.media_types:
        raise ApiProblem("unsupported_media_type", f"Content-Type is {' or '.join(endpoint.media_types)}")
    length = request.content_length if request.mimetype else request.content_length or 0
    if length is None:
        raise ApiProblem("malformed", "Content-Length is missing")
    if length > endpoint.max_bytes:
        raise ApiProblem("too_large", f"more than {endpoint.max_bytes} bytes")
    request.max_content_length = endpoint.max_bytes
    return request.stream.read(endpoint.max_bytes + 1)


def _wants_jwt() -> bool:
    """Whether a JWS is the best match of Accept; where nothing is said, JSON is."""
    if len(request.headers.get("Accept", "")) > _LONGEST_ACCEPT:
        return False
    accept = request.accept_mimetypes
    return bool(accept) and accept.best_match([JSON, signed.MEDIA_TYPE]) == signed.MEDIA_TYPE


def _response(call: Call, answer: Answer) -> Response:
    if answer.stream is not None:
        return Response(answer.stream, status=answer.status, mimetype=answer.mimetype)
    return _written(call.written or call.write(answer))


def _written(answer: Written) -> Response:
    response = Response(answer.body, status=answer.status, mimetype=answer.mimetype)
    response.headers["Vary"] = "Accept"
    return response
