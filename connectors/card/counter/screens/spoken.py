"""A screen's words in its reader's language, as HTML: readings above characters, places where lines may break."""

import re
from dataclasses import dataclass

from markupsafe import Markup, escape

from connectors.card.counter.screens.texts import TEXTS
from connectors.card.texts import Words

EASY = "ja-simple"
LANGUAGES = {"ja": "日本語", EASY: "やさしい日本語", "en": "English"}
"""BCP 47 tag of each to its own name; the first is spoken until somebody chooses."""
FURIGANA_SWITCH = {True: "ふりがなを消す", False: "ふりがなを付ける"}
_READ = re.compile(r"([\u3400-\u9fff々]+)《([\u3040-\u30ff]+)》")
_RUBY = r"<ruby>\1<rp>（</rp><rt>\2</rt><rp>）</rp></ruby>"
_JAPANESE = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]+")


@dataclass(frozen=True, slots=True)
class Speech:
    """What a resident chose: one of LANGUAGES, and whether readings are shown where there are any."""

    language: str = "ja"
    furigana: bool = True

    def text(self, name: str) -> Markup:
        """One of TEXTS."""
        return self.words(TEXTS[name])

    def words(self, words: Words) -> Markup:
        """The same thing in this language; where nothing was said in easy Japanese, in Japanese."""
        said = {"ja": words.ja, EASY: words.easy or words.ja, "en": words.en}[self.language]
        return self.marked(said)

    def marked(self, text: str) -> Markup:
        """Any text; on an English page Japanese is marked as such for screen readers (WCAG 2.2, 3.1.2)."""
        broken = str(escape(text)).replace("|", "<wbr>")
        if self.language == "en":
            return Markup(_JAPANESE.sub(r'<span lang="ja">\g<0></span>', broken))  # noqa: S704 - escaped above
        return Markup(_READ.sub(_RUBY if self.furigana else r"\1", broken))  # noqa: S704 - escaped above
