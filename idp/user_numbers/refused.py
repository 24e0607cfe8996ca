"""Why a number is not linked, found or deleted: a closed set, answered by the API and at counters."""

from enum import StrEnum


class Why(StrEnum):
    """Stable and public, as the codes of `idp/errors.py` are."""

    MALFORMED = "malformed"
    """It has not the form of a user number."""
    NOT_FOUND = "not_found"
    """The service has no such person, number or link."""
    IN_USE = "user_number_in_use"
    """The number is another person's."""
    ALREADY_LINKED = "already_linked"
    """The person has another number, and it was not said that it is replaced."""
    NOT_LISTED = "user_number_not_listed"
    """The number is not on the list that the service handed in, and it was not said that it is new."""
    CLAIM_REFUSED = "claim_refused"
    """The claim code is missing, wrong, or was tried too often."""
    BUSY = "busy"
    """Others changed the same links at the same moment, again and again."""


STATUS = {
    Why.MALFORMED: 400,
    Why.NOT_FOUND: 404,
    Why.IN_USE: 409,
    Why.ALREADY_LINKED: 409,
    Why.NOT_LISTED: 409,
    Why.CLAIM_REFUSED: 403,
    Why.BUSY: 503,
}


class NumberRefused(Exception):
    """Nothing was changed. The message names no number and no person."""

    def __init__(self, why: Why) -> None:
        super().__init__(str(why))
        self.why = why
