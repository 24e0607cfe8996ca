"""The way of typing: what differs between keyboards and old systems, and never between two people.

Folded are width (full-width letters and digits, half-width kana), composition (a kana and its voice mark), the
space and the apostrophe. NFKC is not used: it does more than that to some characters and less to others.
Ideographs keep their code point, the compatibility ones too, which NFC would silently replace.
"""

import re
import unicodedata

_HALF_KANA = re.compile("[\uff61-\uff9f]+")
_IDEOGRAPHS_OF_COMPATIBILITY = re.compile("([\uf900-\ufaff\U0002f800-\U0002fa1f]+)")
_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_APOSTROPHES = dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u2032`\u00b4"), "'")
HYPHENS = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2500\u2501\u30fc\uff0d\uff70\ufe63"
"""What people type for a hyphen between two numbers, the long vowel mark among it; elsewhere that is no hyphen."""
_VOICE_MARKS = {0x309B: "\u3099", 0x309C: "\u309a"}


def typed(text: str) -> str:
    """The text in one way of typing, without spaces at its ends and with single ones inside."""
    wide = _HALF_KANA.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    wide = wide.translate(_WIDE).translate(_APOSTROPHES)
    wide = re.sub("(?<=[\u3041-\u30ff])[\u309b\u309c]", lambda mark: _VOICE_MARKS[ord(mark[0])], wide)
    parts = _IDEOGRAPHS_OF_COMPATIBILITY.split(wide)
    composed = "".join(part if at % 2 else unicodedata.normalize("NFC", part) for at, part in enumerate(parts))
    return _SPACES.sub(" ", composed).strip(" ")


def is_unreadable(text: str) -> bool:
    """Whether something in it is no text: a control character, a lone surrogate, an unassigned code point."""
    return any(unicodedata.category(character) in ("Cc", "Cs", "Cn") for character in text)


def is_latin(text: str) -> bool:
    """Whether all its letters are Latin, and there are some."""
    letters = [character for character in text if character.isalpha()]
    return bool(letters) and all(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)


def is_kana(text: str) -> bool:
    """Whether all its letters are kana, and there are some."""
    letters = [character for character in text if character.isalpha()]
    return bool(letters) and all("\u3041" <= letter <= "\u30ff" for letter in letters)
