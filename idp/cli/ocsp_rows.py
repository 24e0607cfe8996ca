"""What `idp ocsp check` shows of one question to one responder. No row names the certificate."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from time import perf_counter
from typing import Any

from cryptography.x509 import ocsp

from connectors.errors import ConnectorError
from idp.compose import StatusSource
from idp.errors import Reason, Refusal
from idp.jpki.certificate import UNREADABLE
from idp.jpki.ocsp_question import Question
from idp.jpki.revocation import NoEvidence
from idp.jpki.trust import Anchor

COLUMNS = (
    "method",
    "url",
    "issuer_key_id",
    "status",
    "this_update",
    "next_update",
    "responder",
    "signature_ok",
    "round_trip_ms",
    "detail",
)


class State(StrEnum):
    """How one question ended."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"
    STALE = "stale"
    """Authentic, but too old to be believed."""
    REFUSED = "refused"
    """An answer that proves nothing."""
    UNREACHABLE = "unreachable"


_OF_REASON = {
    Reason.CERTIFICATE_REVOKED: State.REVOKED,
    Reason.CERTIFICATE_STATUS_UNKNOWN: State.UNKNOWN,
}
PROVEN = {State.GOOD, State.REVOKED, State.UNKNOWN, State.STALE}
"""Only an answer whose signature was proved is read this far."""


def status_row(
    source: StatusSource, anchor: Anchor, serial: int, *, nonce: bytes, now: Callable[[], datetime]
) -> dict[str, Any]:
    """Ask once and judge; times and responder are what the answer says, believed or not, as `status` tells."""
    question = Question(anchor, serial, nonce)
    began = perf_counter()
    answer = None
    try:
        answer = source.source.ask(question.request())
    except ConnectorError as error:
        state, detail = State.UNREACHABLE, str(error)
    taken = perf_counter() - began
    if answer is not None:
        state, detail = _judged(source, question, answer, now())
    return {
        "method": str(source.method),
        "url": source.url,
        "issuer_key_id": anchor.key_id.hex(),
        "status": str(state),
        **_said(answer),
        "signature_ok": state in PROVEN,
        "round_trip_ms": round(taken * 1000, 1),
        "detail": detail,
    }


def _judged(source: StatusSource, question: Question, answer: bytes, now: datetime) -> tuple[State, str]:
    try:
        source.judge(answer, question, now=now)
    except NoEvidence as failure:
        return State.STALE if failure.stale else State.REFUSED, str(failure)
    except Refusal as refusal:
        return _OF_REASON[refusal.reason], refusal.revocation_reason or ""
    return State.GOOD, ""


def _said(answer: bytes | None) -> dict[str, str]:
    """thisUpdate, nextUpdate and ResponderID of an answer, empty where it has none that can be read."""
    said = {"this_update": "", "next_update": "", "responder": ""}
    try:
        response = ocsp.load_der_ocsp_response(answer or b"")
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return said
        name, key_hash = response.responder_name, response.responder_key_hash
        said["responder"] = name.rfc4514_string() if name is not None else (key_hash or b"").hex()
        single = next(iter(response.responses))
        said["this_update"] = single.this_update_utc.isoformat()
        said["next_update"] = single.next_update_utc.isoformat() if single.next_update_utc else ""
    except (*UNREADABLE, StopIteration):
        pass
    return said
