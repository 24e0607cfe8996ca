"""The meter: one appended row per kind of question, inside the transaction of what it was asked for."""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum

from idp.japan import day_in_japan
from idp.revocation.tally import Asked
from idp.store import meters
from idp.store.engine import Transaction

MUNICIPALITY = ""
"""In the place of a client id: asked by the municipality itself, for none of its services."""


class Purpose(StrEnum):
    """What a check was made for."""

    LOGIN = "login"
    AUTHENTICATION = "authentication"
    """A proof handed in at the verification API."""
    CHECK = "check"
    SIGNATURE = "signature"
    """A signature on application data."""
    BATCH = "batch"
    VERIFY_LATER = "verify-later"
    SESSION = "session"
    """A login that goes on at another service after its evidence has become too old."""
    SIGNING = "signing"
    """A statement that a resident signed: the check of a signature certificate."""
    LATEST = "latest-information"
    """The latest-information service: the check of the certificate that agreed, and what J-LIS told."""
    RESIDENT_STATUS = "resident-status"
    """The signature certificate of a person whom a service asks about while they are away."""
    OCSP_FRONT = "ocsp-front"
    SHELTER = "shelter"
    EXCHANGE = "exchange"
    OPERATOR = "operator"
    """An administrator's own question, by command."""


class Meters:
    """Counts questions. Needs a clock and randomness, nothing else."""

    def __init__(self, now: Callable[[], datetime], token_bytes: Callable[[int], bytes]) -> None:
        self._now = now
        self._token_bytes = token_bytes

    def record(
        self, tx: Transaction, client_id: str, purpose: Purpose, asked: Sequence[Asked], *, count: int = 1
    ) -> None:
        """Append what was asked (`Tally.asked`) inside `tx`; each question `count` times. A row for equal ones.

        `client_id`: MUNICIPALITY where no service asked.
        """
        if not asked or not count:
            return
        day = day_in_japan(self._now())
        for question in dict.fromkeys(asked):
            row = meters.MeterRow(
                entry_id=self._token_bytes(16),
                day=day,
                client_id=client_id,
                kind=question.kind,
                purpose=purpose,
                method=question.method,
                remembered=question.remembered,
                answered=question.answered,
                count=asked.count(question) * count,
            )
            meters.add(tx, row)
