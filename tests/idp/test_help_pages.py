"""The help pages of a running product: open to everybody, in three languages, with the furigana switch remembered."""

import pytest

from idp.web_help import TOPICS


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("language", ["ja", "ja-simple", "en"])
def test_a_help_page_is_served(aoba, topic, language):
    """Without a login, with the headers of every page."""
    answer = aoba.browser().get(f"/help{TOPICS[topic]}?lang={language}")
    assert answer.status == 200
    assert f'<html lang="{language}">' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
