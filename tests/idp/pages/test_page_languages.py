"""Which language a resident meets."""

import pytest

from idp.pages.languages import choose_language


@pytest.mark.parametrize(
    ("requested", "ui_locales", "accept_language", "expected"),
    [
        (None, None, None, "ja"),
        ("", "", "", "ja"),
        ("en", "ja", "ja", "en"),
        ("ja", "en", "en", "ja"),
        (None, "en-GB ja", "ja", "en"),
        (None, "fr de", "en-US,en;q=0.9", "en"),
        (None, None, "fr, en;q=0.5, ja;q=0.9", "ja"),
        (None, None, "EN-us", "en"),
        (None, None, "ja;q=0, en;q=0.1", "en"),
        (None, None, "ja;q=x, en", "en"),
        (None, None, "ja;q=nan, en;q=0.2", "en"),
        (None, None, "ja;q=7, en", "en"),
        (None, None, "*", "ja"),
        (None, None, "fr", "ja"),
        ("ja-simple", "en", "en", "ja-simple"),
        (None, "JA-Simple en", "en", "ja-simple"),
        (None, None, "ja-simple;q=0.5, ja;q=0.1", "ja-simple"),
        ("ja-hard", None, None, "ja"),
        ("en-simple", None, None, "en"),
        ("../../etc/passwd", None, "en", "en"),
        ("xx", "yy " * 10_000, "zz," * 10_000, "ja"),
        (None, None, ";;;=,,,q", "ja"),
    ],
)
def test_the_language_is_the_first_wish_that_we_speak(
    requested: str | None, ui_locales: str | None, accept_language: str | None, expected: str
) -> None:
    """The link followed, then the service's wish, then the browser's weights; Japanese when nobody asked."""
    assert expected == choose_language(requested, ui_locales, accept_language)
