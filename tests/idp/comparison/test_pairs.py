"""The table of pairs: every verdict as expected, whichever side is named first, and never a wrong *same*."""

import re
from pathlib import Path

import pytest

from idp.comparison.fields import FIELDS
from idp.comparison.outcome import Outcome

LINES = Path(__file__).with_name("pairs.tsv").read_text(encoding="utf-8").splitlines()
CODE = re.compile(r"\\u([0-9a-f]{4})")
ROWS = [
    tuple(CODE.sub(lambda found: chr(int(found[1], 16)), line).split("\t"))
    for line in LINES
    if not line.startswith("#")
]


@pytest.mark.parametrize("row", ROWS, ids=[f"{number}-{row[0]}" for number, row in enumerate(ROWS)])
def test_a_pair_is_judged_as_the_table_says(row):
    """Outcome and, where the table states them, reasons; the same with the sides exchanged."""
    field, left, right, expected, because, about = row
    found = FIELDS[field](left, right)
    assert FIELDS[field](right, left) == found
    assert found.outcome == expected, (about, found)
    assert bool(found.because) == (expected == "cannot_tell")
    if because:
        assert {str(why) for why in found.because} == set(because.split(",")), about


def test_the_table_is_long_enough_and_holds_every_outcome():
    """At least 200 pairs, no pair twice, and enough of each kind."""
    assert len({row[:3] for row in ROWS}) == len(ROWS) >= 200
    outcomes = [row[3] for row in ROWS]
    assert {outcome: outcomes.count(outcome) >= 50 for outcome in Outcome} == dict.fromkeys(Outcome, True)
