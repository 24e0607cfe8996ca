"""Structured logs: one JSON object a line on standard error, without personal data."""

import json
import logging
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType

import msgspec
import structlog
from structlog.typing import EventDict

_REQUEST: ContextVar[Mapping[str, str]] = ContextVar("idp-request", default=MappingProxyType({}))
_requests: structlog.WriteLogger | None = None
"""Writes the line of each request; None: nobody wants to read them."""


def name_request(**names: str) -> None:
    """Let every line that this thread writes from now on say to which request it belongs."""
    _REQUEST.set(names)


def of_request(_logger: object, _level: str, event: EventDict) -> EventDict:
    """Add the request's names to a line: a processor of structlog."""
    return {**_REQUEST.get(), **event}


def configure(*, quiet: bool = False, for_good: bool = False) -> None:
    """Set the process's logging up; `quiet` leaves warnings and errors.

    `for_good`: nobody will set it up anew, so that a logger need not look again with every line. Times are UTC;
    stack traces stay in the log and nowhere else.
    """
    global _requests  # noqa: PLW0603 - a process has one log, as structlog has one configuration
    _requests = None if quiet else structlog.WriteLogger(sys.stderr)
    structlog.configure(
        processors=[of_request, structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"), _line],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING if quiet else logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=for_good,
    )


_ENCODER = json.JSONEncoder(ensure_ascii=False, default=repr)
_quoted = json.encoder.encode_basestring
"""A text as `_ENCODER` writes it."""
_moment = msgspec.json.Encoder().encode
"""A moment in UTC as `_ENCODER` writes what structlog's TimeStamper makes of it, in a tenth of the time."""


def _line(logger: object, level: str, event: EventDict) -> str:
    """The line of an event, with its level: the last processor of structlog."""
    if "exc_info" in event:
        event = structlog.processors.format_exc_info(logger, level, event)
    return _ENCODER.encode({**event, "level": level})


def request_done(*, endpoint: str | None, method: str, status: int, duration_ms: float) -> None:
    """Write the line `request.done`, as `info` of a logger of structlog's would.

    It is the one line that every request writes, and structlog's chain of calls costs more than its content.
    `endpoint`: the view's name, or None. `duration_ms` is told to a tenth.
    tests/idp/test_logs.py holds it to what structlog writes.
    """
    if _requests is not None:
        names = "".join([f'"{name}": {_quoted(text)}, ' for name, text in _REQUEST.get().items()])
        view = "null" if endpoint is None else _quoted(endpoint)
        moment = _moment(datetime.now(UTC)).decode()
        _requests.info(
            f'{{{names}"endpoint": {view}, "method": {_quoted(method)}, '
            f'"status": {status}, "duration_ms": {duration_ms:.1f}, '
            f'"event": "request.done", "ts": {moment}, "level": "info"}}'
        )
