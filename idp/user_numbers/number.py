"""What a user number is, how one is kept, and the claim code that may go with it. Pure.

A number is text that a service made: it is compared as it is written, and "007" is another one than "7". It begins
and ends with a letter or digit, so that no spreadsheet takes it for a formula and no typist loses a space.
"""

import re

from idp.keys.sealing import Place, TenantKeys
from idp.user_numbers.refused import NumberRefused, Why

MAX_CHARACTERS = 64
PATTERN = "[0-9A-Za-z](?:[0-9A-Za-z ._/:#+-]{0,62}[0-9A-Za-z])?"
CLAIM_PATTERN = "[0-9A-Za-z-]{4,64}"
MOST_TRIES = 5
"""Of a number's claim code, until the service hands in a new one."""
_NUMBER, _CLAIM = re.compile(PATTERN), re.compile(CLAIM_PATTERN)


def require(unverified: str) -> str:
    """The number. Raises NumberRefused with MALFORMED."""
    if not _NUMBER.fullmatch(unverified):
        raise NumberRefused(Why.MALFORMED)
    return unverified


def is_claim(unverified: str) -> bool:
    """Whether it has the form of a claim code."""
    return _CLAIM.fullmatch(unverified) is not None


def claim_mac(keys: TenantKeys, client_id: str, number: str, claim: str) -> bytes:
    """What is kept of a claim code. Capitals and hyphens do not matter: people copy it from paper."""
    return keys.claim_mac(client_id, number, claim.replace("-", "").upper())


def seal(keys: TenantKeys, number_id: bytes, number: str) -> bytes:
    """The number as it is stored, which does not tell how long it is."""
    return keys.seal(_place(number_id), number.ljust(MAX_CHARACTERS).encode())


def unseal(keys: TenantKeys, number_id: bytes, sealed: bytes) -> str:
    """Undo `seal`."""
    return keys.open(_place(number_id), sealed).decode().rstrip()


def _place(number_id: bytes) -> Place:
    return Place("user_number", number_id, "number")
