"""Which passwords may be chosen (NIST SP 800-63B-4, section 3.1.1). Pure.

Fifteen characters at least, because the password stands alone; any characters, no rule of composition, no end by
date. Refused is what is guessed first: the commonest passwords, alone or repeated, and the ID itself.
"""

import re
import unicodedata
from enum import StrEnum
from functools import cache

LEAST, MOST = 15, 128
"""Characters, after normalisation; most far over the 64 that have to be taken, and within what is hashed at
once."""
_LEAST_DIFFERENT = 5
_RUNS = ("0123456789" * 13, "1234567890" * 13, "abcdefghijklmnopqrstuvwxyz" * 5, "qwertyuiopasdfghjklzxcvbnm" * 5)
_REPEATED = re.compile(r"(.+?)\1+")


class Fault(StrEnum):
    """Why a password cannot be chosen; each value names its own text."""

    SHORT = "short"
    LONG = "long"
    COMMON = "common"
    DIFFERENT = "different"
    """Typed the second time, it is another one."""


def normalised(typed: str) -> str:
    """What is hashed: NFKC, so that a keyboard's full-width letters are the same password. Spaces count."""
    return unicodedata.normalize("NFKC", typed)


def fault_of(typed: str, again: str, *, sign_in_id: str) -> Fault | None:
    """Why this cannot be the password of that ID, or None."""
    password = normalised(typed)
    if len(password) < LEAST:
        return Fault.SHORT
    if len(password) > MOST:
        return Fault.LONG
    if _is_guessed_first(password.casefold(), sign_in_id):
        return Fault.COMMON
    return Fault.DIFFERENT if password != normalised(again) else None


def _is_guessed_first(password: str, sign_in_id: str) -> bool:
    if len(set(password)) < _LEAST_DIFFERENT or password in _common():
        return True
    own = sign_in_id.casefold().replace("-", "")
    bare = re.sub(r"[\s\-_.]", "", password)
    repeated = _REPEATED.fullmatch(bare)
    unit = repeated[1] if repeated else bare
    if any(bare in run or bare[::-1] in run for run in _RUNS):
        return True
    return unit in _common() or unit in (own, own * 2) or (bool(own) and bare.replace(own, "") == "")


@cache
def _common() -> frozenset[str]:
    """The 30 000 commonest passwords of the package zxcvbn, which travels with the product."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(word.casefold() for word in FREQUENCY_LISTS["passwords"])
