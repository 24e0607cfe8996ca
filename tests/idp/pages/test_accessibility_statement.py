"""The accessibility statement: made from results, silent about nothing."""

import json
import re
from importlib.resources import files

import pytest
from components.page_states import RESULTS, every_state
from components.scale import scaled

from idp.pages.accessibility import CRITERIA, load, statement
from idp.pages.texts import phrases


def test_the_criteria_are_those_of_the_standard() -> None:
    """25 of level A and 13 of level AA, each with words in every language."""
    assert [list(CRITERIA.values()).count(level) for level in ("A", "AA")] == [25, 13]
    named = {key.removeprefix("criterion.") for key in phrases("ja") if key.startswith("criterion.")}
    assert named == set(CRITERIA)


def test_every_criterion_is_in_one_of_the_lists() -> None:
    """What no machine checked is said as well, in the order of the standard."""
    made = statement(RESULTS)
    assert made.machine == (("1.1.1", "A"), ("2.1.1", "A"), ("4.1.2", "A"))
    assert {*made.machine, *made.nobody} == set(CRITERIA.items())
    assert made.nobody[-1] == ("4.1.1", "A")


def test_results_of_another_form_are_refused() -> None:
    """A file that is not ours is no statement."""
    with pytest.raises(ValueError, match="results"):
        statement({"figures": [], "checked": {}})


def test_the_statement_that_we_serve_covers_the_pages_that_we_have() -> None:
    """A state added since was not checked: a few may wait for the next whole run, which allows for none."""
    results = json.loads(files("idp.pages").joinpath("accessibility.json").read_text(encoding="utf-8"))
    states = len(list(every_state()))
    assert states - scaled(states // 10, 0) <= results["figures"]["states"] <= states
    assert results["figures"]["violations"] == 0
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", results["figures"]["date"])
    assert load().machine


def test_every_figure_is_filled_in(every_page: dict[tuple[str, str], str]) -> None:
    """No brace of a field is left on the page."""
    for language in ("ja", "ja-simple", "en"):
        page = every_page["help accessibility", language]
        assert "{" not in page
        assert "4.10.2" in page
