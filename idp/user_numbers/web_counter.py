"""LINK/user-number on the web: a counter terminal after its login. No cookies, no CORS, nothing kept by caches."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Flask, Response, request

from idp.answers import Problem, problem, retry_headers
from idp.errors import Reason, Refusal
from idp.user_numbers import counter_body
from idp.user_numbers.at_counter import AtCounter
from idp.user_numbers.refused import STATUS, NumberRefused
from idp.web.web import current_tenant, json_answer, problem_answer


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterNumberRoutes:
    """The terminal's side of it."""

    at_counter: AtCounter

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        path = "/card/<handle>/user-number"
        app.add_url_rule(f"{path}/challenge", "number_challenge", self.challenge, methods=["POST"])
        app.add_url_rule(path, "number", self.run, methods=["POST"])

    def challenge(self, handle: str) -> Response:
        """A nonce for the terminal that proved the login, or that it has to wait."""
        tenant = current_tenant()
        return _answered(lambda: self.at_counter.challenge(tenant, handle, counter_body.terminal_of(_json_body())))

    def run(self, handle: str) -> Response:
        """The number, or one that is linked now."""
        tenant = current_tenant()
        return _answered(lambda: self.at_counter.run(tenant, handle, counter_body.parse(_json_body())))


def _answered(act: Callable[[], Mapping[str, str | None]]) -> Response:
    try:
        return json_answer(dict(act()))
    except Refusal as refusal:
        return problem_answer(problem(refusal))
    except NumberRefused as refused:
        status, code = STATUS[refused.why], str(refused.why)
        body = {"type": "about:blank", "title": code.replace("_", " "), "code": code}
        return problem_answer(Problem(status, body, retry_headers(status)))


def _json_body() -> bytes:
    """The request's body, read no further than such a request may be long."""
    if request.mimetype != "application/json":
        raise Refusal(Reason.MALFORMED, "Content-Type is not application/json")
    if request.content_length is None or request.content_length > counter_body.MAX_BODY_BYTES:
        raise Refusal(Reason.TOO_LARGE if request.content_length else Reason.MALFORMED, "a terminal's request")
    return request.stream.read(counter_body.MAX_BODY_BYTES + 1)
