"""The resident's words at the counter: the same things in three languages, every character with its reading."""

import re
import string

import pytest

from connectors.card import texts as card_texts
from connectors.card.counter.screens.spoken import EASY, LANGUAGES, Speech
from connectors.card.counter.screens.texts import REFUSED, TEXTS
from connectors.card.texts import Words

READ = re.compile(r"[\u3400-\u9fff々]+《[ぁ-んー]+》")
UNREAD = re.compile(r"[\u3400-\u9fff々《》]")


def spoken() -> list[Words]:
    """Everything that the resident's screen can say."""
    told = [
        *card_texts._ERRORS.values(),
        *card_texts._BLOCKED.values(),
        *card_texts.PIN_NAMES.values(),
        *card_texts.ATTRIBUTE_NAMES.values(),
    ]
    return [*TEXTS.values(), *REFUSED.values(), *told]


@pytest.mark.parametrize("words", spoken(), ids=lambda words: words.en[:40])
def test_every_language_says_it(words: Words) -> None:
    """Nothing is empty, and in easy Japanese no character stands without its reading."""
    assert all((words.ja, words.en, words.easy))
    assert not set(words.en) - set(string.printable)
    assert UNREAD.search(READ.sub("", words.easy)) is None
    assert "《" not in words.ja


def test_every_word_is_on_the_screen() -> None:
    """None is dead, and none is missing."""
    from importlib.resources import files

    template = files("connectors.card.counter.screens").joinpath("templates", "resident.html").read_text()
    assert [name for name in TEXTS if f'"{name}"' not in template and f"'{name}'" not in template] == []


def test_readings_are_shown_and_left_out() -> None:
    """As ruby, or not at all; other text passes, escaped."""
    assert "<rt>ま</rt>" in Speech(EASY).text("wait")
    assert "《" not in Speech(EASY, furigana=False).text("wait")
    assert Speech("en").marked("<b>市民課</b>") == '&lt;b&gt;<span lang="ja">市民課</span>&lt;/b&gt;'
    assert list(LANGUAGES) == ["ja", EASY, "en"]
