"""The words of the pages: the same ones in every language, all of them used."""

import re

import pytest
from markupsafe import escape

from idp.errors import Reason
from idp.pages.explanations import ERROR_ACTIONS, NO_OTHER_CARD_HELPS, REMEDIES, Remedy, error_context, explain
from idp.pages.render import Pages
from idp.pages.texts import Texts, UnknownText, load, phrases, without_readings

FIELD = re.compile(r"\{(\w+)\}")
MARKUP = re.compile(r'<wbr>|<span lang="ja">|</span>|<ruby>|<rp>（</rp><rt>[^<]*</rt><rp>）</rp></ruby>')


@pytest.fixture(scope="module")
def japanese() -> Texts:
    """The Japanese words."""
    return load("ja")


@pytest.fixture(scope="module")
def english() -> Texts:
    """The English words."""
    return load("en")


@pytest.mark.parametrize("language", Pages.languages[1:])
def test_all_languages_say_the_same_things(japanese: Texts, language: str) -> None:
    """No sentence exists in one language only."""
    assert japanese.keys() == load(language).keys()


@pytest.mark.parametrize("language", Pages.languages[1:])
def test_all_languages_fill_in_the_same_fields(language: str) -> None:
    """A field of one language is a field of the others."""
    assert _fields("ja") == _fields(language)


@pytest.mark.parametrize("language", Pages.languages)
def test_every_sentence_is_read_on_some_page(every_page: dict[tuple[str, str], str], language: str) -> None:
    """Words that no page shows are dead; a page that asks for words which do not exist fails to render at all."""
    shown = MARKUP.sub("", "\n".join(html for (_, spoken), html in every_page.items() if spoken == language))
    unread = [key for key, phrase in phrases(language).items() if not _pattern(phrase).search(shown)]
    assert unread == []


@pytest.mark.parametrize("language", Pages.languages)
def test_no_sentence_is_empty_or_padded(language: str) -> None:
    """Every text says something, without white space around it (but for the joint of lists)."""
    words = {key: text for key, text in phrases(language).items() if key != "list.joint"}
    assert [key for key, text in words.items() if not text or text != text.strip()] == []


def test_every_refusal_has_a_remedy_and_words_of_its_own() -> None:
    """Each code of the protocol, section 7, is explained by sentences that no other code uses."""
    assert set(Reason) == set(REMEDIES)
    assert len({explain(code).title for code in Reason}) == len(Reason)


def test_a_code_unknown_here_is_explained_too() -> None:
    """A provider of tomorrow may refuse for new reasons: the page then says what to do all the same."""
    unknown = explain("code_of_tomorrow")
    assert (unknown.title, unknown.retry, unknown.place) == ("refusal.other.title", True, None)


@pytest.mark.parametrize(("code", "remedy"), sorted(REMEDIES.items()))
def test_who_can_help_is_said_where_somebody_must_be_visited(code: Reason, remedy: Remedy) -> None:
    """Where to go and what to bring appear for the counter and for the municipality, nowhere else."""
    explanation = explain(code)
    visit = remedy in (Remedy.COUNTER, Remedy.TENANT)
    assert (visit, visit) == (explanation.place is not None, explanation.bring is not None)
    assert explanation.retry is (remedy is not Remedy.RESTART and code not in NO_OTHER_CARD_HELPS)


def test_an_unknown_dead_end_is_called_our_mistake() -> None:
    """A kind that no table holds is shown as an error of ours, with the number that finds it."""
    assert error_context("kind_of_tomorrow")["title_key"] == "error.internal.title"


def test_every_dead_end_says_what_to_do() -> None:
    """No error page leaves a person without a next step."""
    assert [kind for kind, actions in ERROR_ACTIONS.items() if not actions] == []


def test_unknown_words_are_refused(japanese: Texts) -> None:
    """A key that no language has is a mistake of ours, and says which."""
    with pytest.raises(UnknownText, match=r"ja: card\.nothing"):
        japanese.prose("card.nothing")


def test_headings_break_at_phrase_ends(japanese: Texts) -> None:
    """The mark of a phrase end becomes a place where a line may break, and vanishes elsewhere."""
    assert japanese.prose("card.title") == "マイナンバーカードで<wbr>ログイン"
    assert japanese.plain("card.title") == "マイナンバーカードでログイン"


def test_japanese_words_are_marked_on_an_english_page(english: Texts) -> None:
    """A screen reader is told where the language changes (WCAG 2.2, 3.1.2)."""
    assert english.marked("Form 申請書 <1>") == 'Form <span lang="ja">申請書</span> &lt;1&gt;'


def _fields(language: str) -> dict[str, set[str]]:
    return {key: set(FIELD.findall(text)) for key, text in phrases(language).items()}


def _pattern(phrase: str) -> re.Pattern[str]:
    """The words of a text as HTML, with anything in its fields."""
    words = (
        re.escape(str(escape(without_readings(part).replace("|", "")))) for part in re.split(r"\{\w+\}", phrase)
    )
    return re.compile("[^\n]+?".join(words))
