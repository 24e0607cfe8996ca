"""The words of the pages: one JSON file per language, one sentence or heading per key.

In a file, `{name}` is filled in and `|` marks the end of a phrase, where a heading may break. A reading stands behind
its characters, `漢字《かんじ》` (the notation of Aozora Bunko), and becomes furigana.
"""

import json
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files

from markupsafe import Markup, escape

from idp.pages.languages import JAPANESE

PHRASE_END = "|"

_JAPANESE = re.compile(r"\(?[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]+\)?")
"""CJK punctuation, kana, ideographs (unified, extension A, compatibility), full-width forms; with their brackets, so
that no line breaks between."""

_READ = re.compile(r"([\u3400-\u9fff々]+)《([\u3040-\u30ff]+)》")
_RUBY = r"<ruby>\1<rp>（</rp><rt>\2</rt><rp>）</rp></ruby>"
"""HTML ruby; where a browser knows none, the reading stands in brackets."""


class UnknownText(KeyError):
    """A page asked for words that the language file does not hold: a mistake of ours, found by tests."""


class Texts:
    """The words of one language.

    Everything returned is safe to put into HTML: texts and parameters are both escaped. Without `furigana`
    readings are left out.
    """

    def __init__(self, language: str, phrases: Mapping[str, str], *, furigana: bool = True) -> None:
        self.language = language
        self._phrases = phrases
        self._ruby = _RUBY if furigana else r"\1"

    def keys(self) -> frozenset[str]:
        """Return every key of this language."""
        return frozenset(self._phrases)

    def plain(self, key: str, /, **params: object) -> Markup:
        """Return the words alone, fit for an attribute or a title. Raises UnknownText."""
        return escape(without_readings(self._find(key)).replace(PHRASE_END, "")).format(**params)

    def prose(self, key: str, /, **params: object) -> Markup:
        """Return the words with `<wbr>` at phrase ends and foreign words marked. Raises UnknownText."""
        words = self.marked(self._find(key)).replace(PHRASE_END, Markup("<wbr>"))
        return words.format(**{name: self.marked(value) for name, value in params.items()})

    def listed(self, names: str | list[str] | tuple[str, ...]) -> str:
        """Join names as this language does; a text passes unchanged. Not escaped."""
        return names if isinstance(names, str) else self._find("list.joint").join(names)

    def marked(self, words: object) -> Markup:
        """Escape `words`, with furigana; on a page of another language, mark Japanese for screen readers.

        WCAG 2.2, success criterion 3.1.2.
        """
        if self.language in JAPANESE:
            return Markup(_READ.sub(self._ruby, str(escape(words))))
        return Markup(_JAPANESE.sub(r'<span lang="ja">\g<0></span>', str(escape(words))))

    def _find(self, key: str) -> str:
        try:
            return self._phrases[key]
        except KeyError:
            raise UnknownText(f"{self.language}: {key}") from None


def load(language: str, *, furigana: bool = True) -> Texts:
    """Read the language's files from this package; nested objects become dotted keys."""
    return Texts(language, phrases(language), furigana=furigana)


def phrases(language: str) -> dict[str, str]:
    """Every text of a language as translators wrote it, by dotted key."""
    found: dict[str, str] = {}
    parts = (
        "",
        "help.",
        "people.",
        "signing.",
        "ways.",
        "my.",
        "receipts.",
        "organizations.",
        "account.",
        "agents.",
    )
    for part in parts:
        name = f"{part}{language}.json"
        source = files("idp.pages").joinpath("texts", name).read_text(encoding="utf-8")
        found.update(_flat(json.loads(source)))
    return found


def without_readings(words: str) -> str:
    """The words without what stands in 《》 behind characters."""
    return _READ.sub(r"\1", words)


def _flat(branch: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in branch.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, str(value)
