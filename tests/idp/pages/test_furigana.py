"""Easy Japanese: every character has its reading, and readings can be switched off."""

import re

import pytest
from components.page_states import every_state, shown

from idp.pages.languages import EASY
from idp.pages.render import Pages
from idp.pages.texts import load, phrases

READ = re.compile(r"[\u3400-\u9fff々]+《[ぁ-んー]+》")
UNREAD = re.compile(r"[\u3400-\u9fff々《》]")
LONGEST_SENTENCE = 70
"""Characters without readings; a fact of our texts that shall not get worse, not a law of easy Japanese."""


def test_every_character_has_a_reading() -> None:
    """No ideograph stands in a text of easy Japanese without one, and no mark is left open."""
    unread = {key: READ.sub("", text) for key, text in phrases(EASY).items()}
    assert {key: text for key, text in unread.items() if UNREAD.search(text)} == {}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_other_languages_have_no_readings(language: str) -> None:
    """The marks belong to easy Japanese alone."""
    assert [key for key, text in phrases(language).items() if "《" in text or "》" in text] == []


def test_readings_become_ruby() -> None:
    """Above the characters where a browser knows ruby, in brackets behind them where it does not."""
    ruby = "<ruby>窓口<rp>（</rp><rt>まどぐち</rt><rp>）</rp></ruby>"
    assert load(EASY).marked("市民課の窓口《まどぐち》").endswith(ruby)
    assert load(EASY, furigana=False).marked("市民課の窓口《まどぐち》") == "市民課の窓口"


def test_titles_and_names_for_screen_readers_have_no_readings() -> None:
    """What is no part of the page's text is read aloud once."""
    assert load(EASY).plain("card.reader.button") == "カードリーダーを使う"


def test_what_is_filled_in_is_escaped_as_elsewhere() -> None:
    """A name with marks and markup is text."""
    page = load(EASY).prose("ended.leave", service="<b>本《ほん》</b>")
    assert "&lt;b&gt;<ruby>本" in page


def test_without_readings_no_page_has_any(pages: Pages) -> None:
    """The switch reaches every page."""
    for state in every_state():
        assert "<rt>" not in shown(pages, state, EASY, furigana=False)


def test_sentences_are_short() -> None:
    """A sentence is read at one go."""
    found = {
        key: sentence
        for key, text in phrases(EASY).items()
        for sentence in re.split(r"[。：]", READ.sub(lambda read: read[0].partition("《")[0], text))
        if len(sentence) > LONGEST_SENTENCE
    }
    assert found == {}
