"""法人番号: thirteen digits, of which the first is a check digit. Pure.

A company's is its twelve-digit registered number (会社法人等番号) with the check digit before it; the rule is that
of the ordinance on corporate numbers (平成26年財務省令第70号, article 2).
"""

import unicodedata

DIGITS, REGISTERED_DIGITS = 13, 12
_LONGEST_TYPED = 40
_BETWEEN = str.maketrans("", "", "-‐‑–—−ー")


def of_registered(registered: str) -> str:
    """The corporate number of a registered number of twelve ASCII digits. Raises ValueError for anything else."""
    if len(registered) != REGISTERED_DIGITS or not (registered.isascii() and registered.isdigit()):
        raise ValueError("a registered number has twelve digits")
    weighted = sum(int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(registered)))
    return f"{9 - weighted % 9}{registered}"


def read(typed: str) -> str | None:
    """The corporate number in what somebody typed, as thirteen ASCII digits; None for what is none.

    Full-width digits, blanks and hyphens are theirs to use.
    """
    if len(typed) > _LONGEST_TYPED:
        return None
    text = "".join(unicodedata.normalize("NFKC", typed).translate(_BETWEEN).split())
    if len(text) != DIGITS or not (text.isascii() and text.isdigit()):
        return None
    return text if of_registered(text[1:]) == text else None
