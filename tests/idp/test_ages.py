"""Ages by Japanese law: the day before the birthday ends, and the age is attained."""

from datetime import date

import pytest

from idp.ages import attained


@pytest.mark.parametrize(
    ("birthdate", "years", "first_day"),
    [
        ("20060401", 20, date(2026, 4, 1)),
        ("20060402", 20, date(2026, 4, 2)),
        ("20081231", 18, date(2026, 12, 31)),
        ("20080101", 18, date(2026, 1, 1)),
        ("20080229", 18, date(2026, 3, 1)),
        ("20080229", 20, date(2028, 2, 29)),
        ("20080301", 20, date(2028, 3, 1)),
        ("19610228", 65, date(2026, 2, 28)),
    ],
)
def test_an_age_is_attained_as_the_birthday_begins(birthdate, years, first_day):
    """Not on the day before, though it ends with that; 29 February counts with 1 March in other years."""
    before = date.fromordinal(first_day.toordinal() - 1)
    assert (attained(birthdate, years, before), attained(birthdate, years, first_day)) == (False, True)


@pytest.mark.parametrize(
    ("birthdate", "first_day_no_longer_open", "last_day_of_no"),
    [
        ("20060400", date(2026, 4, 30), date(2026, 3, 31)),
        ("20060000", date(2026, 12, 31), date(2025, 12, 31)),
        ("20080200", date(2028, 2, 29), date(2028, 1, 31)),
    ],
)
def test_a_date_with_unknown_parts_says_what_every_such_date_says(
    birthdate, first_day_no_longer_open, last_day_of_no
):
    """Between the earliest and the latest day that it may be nobody can tell."""
    one = date.resolution
    assert attained(birthdate, 20, last_day_of_no) is False
    assert attained(birthdate, 20, last_day_of_no + one) is None
    assert attained(birthdate, 20, first_day_no_longer_open - one) is None
    assert attained(birthdate, 20, first_day_no_longer_open) is True


@pytest.mark.parametrize("birthdate", ["00000000", "20070229", "20061301", "20060431"])
def test_no_date_says_nothing(birthdate):
    """Unknown altogether, and days that never were."""
    assert attained(birthdate, 18, date(2026, 4, 1)) is None
