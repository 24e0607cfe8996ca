"""Structured logs: one JSON object a line on standard error, without personal data."""

import json
import logging
import sys

import structlog


def configure(*, quiet: bool = False) -> None:
    """Set the process's logging up; `quiet` leaves warnings and errors.

    Times are UTC; stack traces stay in the log and nowhere else.
    """
    encoder = json.JSONEncoder(ensure_ascii=False, default=repr)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(lambda event, **_: encoder.encode(event)),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING if quiet else logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
