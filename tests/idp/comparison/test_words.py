"""Every outcome and reason has its sentences, and no sentence is without its reason."""

from idp.comparison.outcome import DIFFERENT, Outcome, Why, cannot_tell
from idp.comparison.words import LANGUAGES, explanation, phrases


def test_everything_that_can_be_found_is_explained():
    """In both languages."""
    assert set(phrases()) == {*Why, *Outcome} - {Outcome.CANNOT_TELL}
    assert all(set(sentences) == set(LANGUAGES) and all(sentences.values()) for sentences in phrases().values())


def test_several_reasons_are_told_one_after_the_other():
    """In their fixed order."""
    both = explanation(cannot_tell(Why.SPACES, Why.MISSING, Why.SPACES))
    assert both["en"] == f"{phrases()['missing']['en']} {phrases()['spaces']['en']}"
    assert explanation(DIFFERENT)["ja"] == "違います。"
