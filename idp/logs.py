"""Structured logs: one JSON object a line on standard error, without personal data."""

import logging
import sys

import structlog


def configure(*, level: int = logging.INFO) -> None:
    """Set the process's logging up. Times are UTC; stack traces stay in the log and nowhere else."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
