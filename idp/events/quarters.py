"""Quarters of an hour: as exactly as services are told when something was.

Exact times would let two services recognise one login; the audit trail keeps them. Pure.
"""

QUARTER_HOUR = 15 * 60


def quarter(moment: int) -> int:
    """When the quarter of an hour began in which a moment was, both in seconds since 1970."""
    return moment - moment % QUARTER_HOUR
