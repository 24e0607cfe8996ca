"""Moments of telling: in the next span, all over it, and the same whenever in its own span a thing happened."""

from datetime import datetime, timedelta

import pytest

from idp.events.spread import moment
from idp.japan import JAPAN

DAY = 24 * 3600
MIDNIGHT = datetime(2026, 4, 1, tzinfo=JAPAN)


@pytest.mark.parametrize("happened", [timedelta(0), timedelta(hours=13), timedelta(seconds=DAY - 1)])
@pytest.mark.parametrize(("share", "into"), [(0.0, 0), (0.5, DAY // 2), (1 - 2**-53, DAY - 1)])
def test_a_day_of_spans_is_a_day_in_japan(happened, share, into):
    """Whatever happened on the first of April is told on the second, at a moment that its hour has no part in."""
    told = moment(int((MIDNIGHT + happened).timestamp()), span_seconds=DAY, share=share)
    assert told == int((MIDNIGHT + timedelta(days=1)).timestamp()) + into


def test_shorter_spans_divide_the_day():
    """Quarters of an hour begin on the quarter."""
    told = moment(int((MIDNIGHT + timedelta(minutes=20)).timestamp()), span_seconds=900, share=0.0)
    assert told == int((MIDNIGHT + timedelta(minutes=30)).timestamp())


def test_without_a_span_things_are_told_at_once():
    """As a developer wants it."""
    assert moment(1_800_000_001, span_seconds=0, share=0.9) == 1_800_000_001
