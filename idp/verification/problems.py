"""What the API answers when it does not do what was asked, beside the refusals of proofs (RFC 9457).

Every `code` is stable. A detail names a member of the request or a limit; nothing that was sent is repeated.
"""

from collections.abc import Mapping

from idp import answers
from idp.answers import Problem, retry_headers
from idp.errors import Refusal

STATUS = {
    "malformed": 400,
    "invalid_token": 401,
    "invalid_dpop_proof": 401,
    "use_dpop_nonce": 401,
    "insufficient_scope": 403,
    "claim_refused": 403,
    "procedure_refused": 403,
    "not_done": 409,
    "already_linked": 409,
    "user_number_in_use": 409,
    "idempotency_in_progress": 409,
    "too_large": 413,
    "unsupported_media_type": 415,
    "idempotency_key_reused": 422,
    "rate_limited": 429,
    "not_installed": 501,
    "busy": 503,
}
"""The codes that are the API's own, or that it gives a detail."""


class ApiProblem(Exception):
    """A problem by its code. `headers`: what belongs to it beside Retry-After."""

    def __init__(self, code: str, detail: str = "", *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.headers = headers or {}


def problem(failure: ApiProblem | Refusal) -> Problem:
    """A failure as it is answered."""
    if isinstance(failure, Refusal):
        return answers.problem(failure)
    status = STATUS[failure.code]
    body = {"type": "about:blank", "title": failure.code.replace("_", " "), "code": failure.code}
    if failure.detail:
        body["detail"] = failure.detail
    return Problem(status, body, retry_headers(status) | dict(failure.headers))
