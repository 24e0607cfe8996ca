"""The words of the pages: one JSON file per language, one sentence or heading per key.

In a file, `{name}` is filled in and `|` marks the end of a phrase, where a heading may break.
"""

import json
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files

from markupsafe import Markup, escape

PHRASE_END = "|"

_JAPANESE = re.compile(r"\(?[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]+\)?")
"""CJK punctuation, kana, ideographs (unified, extension A, compatibility), full-width forms; with their brackets, so
that no line breaks between."""


class UnknownText(KeyError):
    """A page asked for words that the language file does not hold: a mistake of ours, found by tests."""


class Texts:
    """The words of one language.

    Everything returned is safe to put into HTML: texts and parameters are both escaped.
    """

    def __init__(self, language: str, phrases: Mapping[str, str]) -> None:
        self.language = language
        self._phrases = phrases

    def keys(self) -> frozenset[str]:
        """Return every key of this language."""
        return frozenset(self._phrases)

    def plain(self, key: str, /, **params: object) -> Markup:
        """Return the words alone, fit for an attribute or a title. Raises UnknownText."""
        return escape(self._find(key).replace(PHRASE_END, "")).format(**params)

    def prose(self, key: str, /, **params: object) -> Markup:
        """Return the words with `<wbr>` at phrase ends and foreign words marked. Raises UnknownText."""
        words = self.marked(self._find(key)).replace(PHRASE_END, Markup("<wbr>"))
        return words.format(**{name: self.marked(value) for name, value in params.items()})

    def listed(self, names: str | list[str] | tuple[str, ...]) -> str:
        """Join names as this language does; a text passes unchanged. Not escaped."""
        return names if isinstance(names, str) else self._find("list.joint").join(names)

    def marked(self, words: object) -> Markup:
        """Escape `words` and, on a page of another language, mark Japanese for screen readers (WCAG 3.1.2)."""
        if self.language == "ja":
            return escape(words)
        return Markup(_JAPANESE.sub(r'<span lang="ja">\g<0></span>', str(escape(words))))

    def _find(self, key: str) -> str:
        try:
            return self._phrases[key]
        except KeyError:
            raise UnknownText(f"{self.language}: {key}") from None


def load(language: str) -> Texts:
    """Read the language's file from this package; nested objects become dotted keys."""
    source = files("idp.pages").joinpath("texts", f"{language}.json").read_text(encoding="utf-8")
    return Texts(language, dict(_flat(json.loads(source))))


def _flat(branch: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in branch.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, str(value)
