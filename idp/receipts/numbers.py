"""The two numbers of a receipt. Pure.

到達番号 (arrival number): eleven random digits and a check digit, in groups of four. It is no secret: it stands on
letters and is said on the telephone. It tells neither day nor order.
問合せ番号 (inquiry number): sixteen characters that people read aloud, 80 random bits.
"""

import unicodedata

from idp.people import spoken

ARRIVAL_BYTES = 8
INQUIRY_BYTES = 10
_DIGITS = 12
_INQUIRY_CHARACTERS = 16
_LONGEST_TYPED = 100
_DRAWN = 10 ** (_DIGITS - 1)


def arrival_number(random: bytes) -> str:
    """An arrival number from `ARRIVAL_BYTES` random bytes, as `1234-5678-9014`."""
    digits = f"{int.from_bytes(random, 'big') % _DRAWN:0{_DIGITS - 1}}"
    return _grouped(digits + _check_digit(digits))


def inquiry_number(random: bytes) -> str:
    """An inquiry number from `INQUIRY_BYTES` random bytes, as `7K3Q-9F0M-2XAB-54TV`."""
    return spoken.spoken(random, _INQUIRY_CHARACTERS)


def read_arrival(typed: str) -> str | None:
    """The arrival number in what somebody typed, as it was given out; None for what is none.

    Full-width digits, spaces and all kinds of hyphens are theirs to use.
    """
    if len(typed) > _LONGEST_TYPED:
        return None
    text = unicodedata.normalize("NFKC", typed)
    digits = "".join(c for c in text if not c.isspace() and c not in spoken.BETWEEN)
    if len(digits) != _DIGITS or not (digits.isascii() and digits.isdigit()):
        return None
    return _grouped(digits) if _check_digit(digits[:-1]) == digits[-1] else None


def read_inquiry(typed: str) -> str | None:
    """The inquiry number in what somebody typed, as it was given out; None for what is none."""
    return spoken.read(typed, _INQUIRY_CHARACTERS)


def _grouped(digits: str) -> str:
    return "-".join(digits[at : at + 4] for at in range(0, _DIGITS, 4))


def _check_digit(digits: str) -> str:
    """ISO/IEC 7064, MOD 11,10: no single wrong digit passes."""
    product = 10
    for digit in digits:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)
