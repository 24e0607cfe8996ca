"""Codes that people read aloud and type: Crockford's base 32, in groups of four, forgiving when read."""

import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LONGEST_TYPED = 100
_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})
BETWEEN = "-‐‑–—ー−―"


def spoken(random: bytes, characters: int) -> str:
    """`characters` of the alphabet from random bytes, five bits each, in groups of four."""
    number = int.from_bytes(random, "big")
    letters = [ALPHABET[number >> 5 * at & 31] for at in range(characters)]
    text = "".join(letters)
    return "-".join(text[at : at + 4] for at in range(0, characters, 4))


def read(typed: str, characters: int) -> str | None:
    """The code in what somebody typed, as `spoken` writes it; None for anything else.

    Small letters, full-width ones, spaces and all kinds of hyphens are theirs to use; O, I and L are digits.
    """
    if len(typed) > _LONGEST_TYPED:
        return None
    text = unicodedata.normalize("NFKC", typed).upper()
    text = "".join(c for c in text if not c.isspace() and c not in BETWEEN).translate(_ALIKE)
    if len(text) != characters or any(c not in ALPHABET for c in text):
        return None
    return "-".join(text[at : at + 4] for at in range(0, characters, 4))
