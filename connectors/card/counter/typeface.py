"""The typeface of printed sheets: where one for Japanese is found, and what it cannot print."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from pathlib import Path

GETA = "〓"
"""What printers put where a character was missing."""
_USUAL = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),  # Debian: fonts-noto-cjk
    Path("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc"),
    Path("C:/Windows/Fonts/YuGothM.ttc"),
    Path("C:/Windows/Fonts/msgothic.ttc"),
    Path("/System/Library/Fonts/ヒラギノ角ゴシック W3.ttc"),
)
_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))


class TypefaceAbsent(Exception):
    """No file with Japanese characters was found on this computer."""


@dataclass(frozen=True, slots=True)
class Printable:
    """A text as it can be printed. `exact`: nothing was replaced, and no variant of a character left out."""

    text: str
    exact: bool


def find(wish: Path | None, usual: Iterable[Path] = _USUAL) -> Path:
    """The file to be used: the wished one, or the first that is there. Raises TypefaceAbsent."""
    for candidate in usual if wish is None else (wish,):
        if candidate.is_file():
            return candidate
    raise TypefaceAbsent("there is no file with Japanese characters: install fonts-noto-cjk, or name one")


def printable(text: str, covered: Container[int]) -> Printable:
    """The text in characters of `covered` (code points). A character that is not there becomes `GETA`.

    Selectors of variants (UTS #37) are left out, since the sheet shows the usual shape: then it is not exact.
    """
    printed = []
    exact = True
    for character in text:
        if any(ord(character) in selectors for selectors in _SELECTORS):
            exact = False
        elif ord(character) in covered:
            printed.append(character)
        else:
            printed.append(GETA)
            exact = False
    return Printable("".join(printed), exact)
