"""What a looser reader would overlook: each way of overlooking by name, so that a person is told what to look at.

Two texts that differ only so are neither the same nor different. The ways are tried together; a smallest set
of them under which the two are alike gives the reasons.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files

from idp.comparison.characters import HYPHENS
from idp.comparison.numerals import NUMERALS, value_of
from idp.comparison.outcome import DIFFERENT, SAME, Finding, Why, cannot_tell

Way = tuple[Why, Callable[[str], str]]

_MARKS = re.compile("[〓■□●◆◇★☆*?\ufffd]")
"""What systems print in place of a character that they do not have."""
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_LOOKALIKES = str.maketrans("二八口工力夕卜へ一三", "ニハロエカタトヘーミ")
_SMALL = str.maketrans(
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ", "あいうえおつやゆよわかけアイウエオツヤユヨワカケ"
)
_VOICED = str.maketrans("ぢづゔヂヅヴをヲ", "じずぶジズブおオ")
_VOWELS: Mapping[str, str] = {
    "あ": "あかさたなはまやらわがざだばぱぁゃゎ",
    "い": "いきしちにひみりゐぎじぢびぴぃ",
    "う": "うくすつぬふむゆるぐずづぶぷぅゅっゔ",
    "え": "えけせてねへめれゑげぜでべぺぇ",
    "お": "おこそとのほもよろをごぞどぼぽぉょ",
}
_VOWEL_OF = {kana: vowel for vowel, row in _VOWELS.items() for kana in row}
_ANY_HYPHEN = f"[{re.escape(HYPHENS)}]"
_LONG = re.compile(f"(?<=[\u3041-\u30ff]){_ANY_HYPHEN}")
_KANJI = "\u3400-\u9fff\U00020000-\U0003ffff々"
_PARTICLE = re.compile(f"(?<=[{_KANJI}])[ヶケがガヵカッツつのノ之](?=[{_KANJI}])")
_PUNCTUATION = re.compile(r"[・･,，、.．。'’]")


@cache
def _variants() -> dict[int, str]:
    """Each form of a character to the first one of its set, for `str.translate`."""
    table: dict[int, str] = {}
    for line in files("idp.comparison").joinpath("variants.txt").read_text(encoding="utf-8").splitlines():
        for forms in () if line.startswith("#") else line.split():
            table |= {ord(form): forms[0] for form in forms[1:]}
    for code in (*range(0xF900, 0xFB00), *range(0x2F800, 0x2FA20)):
        unified = unicodedata.normalize("NFC", chr(code))
        if unified != chr(code):
            table[code] = unified.translate(table)
    return table


def katakana_to_hiragana(text: str) -> str:
    """Hiragana in place of katakana; the long vowel mark stays."""
    return "".join(chr(ord(one) - 0x60) if "ァ" <= one <= "ヶ" else one for one in text)


def _compatible(text: str) -> str:
    """`Ⅲ` as `III`, `㈱` as `(株)`: NFKC, but for the ideographs that `_variants` knows."""
    return "".join(
        one if unicodedata.category(one) == "Lo" and ord(one) >= 0x3400 else unicodedata.normalize("NFKC", one)
        for one in text
    )


def _without_marks(text: str) -> str:
    """Latin letters without accents; kana keep their voice marks."""
    apart = "".join(unicodedata.normalize("NFD", one) if one < "\u2000" else one for one in text)
    return "".join(one for one in apart if not "\u0300" <= one <= "\u036f").translate(
        {0xD8: "O", 0xF8: "o", 0x142: "l"}
    )


def _repeated(text: str) -> str:
    return re.sub("(.)[々〻ゝヽ]", r"\1\1", text)


def _long_vowels(text: str) -> str:
    """A hyphen behind kana as the long vowel mark, and that as the vowel which it prolongs."""
    found: list[str] = []
    for one in _LONG.sub("ー", text):
        before = katakana_to_hiragana(found[-1]) if found else ""
        vowel = _VOWEL_OF.get(before, "")
        if one == "ー" and vowel:
            found.append(vowel)
        elif one in "うウ" and vowel == "お":
            found.append("お")
        else:
            found.append(one)
    return "".join(found)


def _numerals(text: str) -> str:
    def number(found: re.Match[str]) -> str:
        value = value_of(found[0])
        return found[0] if value is None else str(value)

    return re.sub(f"[{NUMERALS}]+", number, text)


WAYS: Sequence[Way] = (
    (Why.INVISIBLE_CHARACTER, lambda text: "".join(one for one in text if unicodedata.category(one) != "Cf")),
    (Why.VARIATION_SELECTOR, lambda text: _SELECTORS.sub("", text)),
    (Why.COMPATIBILITY_FORM, _compatible),
    (Why.CHARACTER_VARIANT, lambda text: text.translate(_variants())),
    (Why.ITERATION_MARK, _repeated),
    (Why.DIACRITIC, _without_marks),
    (Why.LETTER_CASE, str.casefold),
    (Why.PUNCTUATION, lambda text: _PUNCTUATION.sub("", text)),
    (Why.SMALL_KANA, lambda text: text.translate(_SMALL)),
    (Why.VOICED_PAIR, lambda text: text.translate(_VOICED)),
    (Why.LOOKALIKE, lambda text: text.translate(_LOOKALIKES)),
    (Why.LONG_VOWEL, _long_vowels),
    (Why.KANA_SCRIPT, katakana_to_hiragana),
    (Why.SPACES, lambda text: text.replace(" ", "")),
)
"""For any text, in the order in which they are applied."""
_ANY_DASH: Way = (Why.LOOKALIKE, lambda text: re.sub(_ANY_HYPHEN, "-", text))
ADDRESS_WAYS: Sequence[Way] = (
    (Why.SECTION_WORD, lambda text: re.sub("大字|小字|字", "", text)),
    (Why.PLACE_PARTICLE, lambda text: _PARTICLE.sub("", text)),
    (Why.NUMERAL_FORM, _numerals),
    *WAYS,
    _ANY_DASH,
)
"""For addresses, where more is written in more than one way."""
NUMBER_WAYS: Sequence[Way] = (*WAYS, _ANY_DASH)
"""For addresses whose numbers were typed with what only looks like a hyphen."""


def likeness(left: str, right: str, ways: Sequence[Way] = WAYS) -> Finding:
    """SAME for equal texts, CANNOT_TELL with the ways that it takes to make them alike, else DIFFERENT."""
    if left == right:
        return SAME
    if not _alike(left, right, ways):
        return DIFFERENT
    needed = list(ways)
    for way in reversed(ways):
        fewer = [other for other in needed if other is not way]
        if _alike(left, right, fewer):
            needed = fewer
    marked = [Why.SUBSTITUTE_CHARACTER] if _MARKS.search(left) or _MARKS.search(right) else []
    return cannot_tell(*(why for why, _ in needed), *marked)


def _alike(left: str, right: str, ways: Sequence[Way]) -> bool:
    for _, way in ways:
        left, right = way(left), way(right)
    return len(left) == len(right) and all(
        one == other or _MARKS.match(one) or _MARKS.match(other) for one, other in zip(left, right, strict=True)
    )
