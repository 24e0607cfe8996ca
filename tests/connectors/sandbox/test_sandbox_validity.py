"""How long certificates live: to the end of a birthday in Japan, and never longer than the card's."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from connectors.sandbox.state import Slot
from connectors.sandbox.validity import JST, birthday, end_of_validity


@pytest.mark.parametrize(
    ("issued_at", "birth", "expected"),
    [
        (datetime(2025, 10, 27, 1, tzinfo=UTC), date(1980, 2, 17), date(2030, 2, 17)),
        (datetime(2026, 2, 16, 14, 59, 59, tzinfo=UTC), date(1980, 2, 17), date(2030, 2, 17)),
        (datetime(2026, 2, 16, 15, tzinfo=UTC), date(1980, 2, 17), date(2031, 2, 17)),
        (datetime(2026, 2, 17, 15, tzinfo=UTC), date(1980, 2, 17), date(2031, 2, 17)),
        (datetime(2024, 3, 1, 1, tzinfo=UTC), date(1960, 2, 29), date(2029, 2, 28)),
        (datetime(2023, 3, 1, 1, tzinfo=UTC), date(1960, 2, 29), date(2028, 2, 29)),
        (datetime(2028, 2, 28, 1, tzinfo=UTC), date(1960, 2, 29), date(2032, 2, 29)),
        (datetime(2027, 2, 28, 1, tzinfo=UTC), date(1960, 2, 29), date(2032, 2, 29)),
        (datetime(2027, 2, 27, 1, tzinfo=UTC), date(1960, 2, 29), date(2031, 2, 28)),
    ],
    ids=[
        "the sample of a card in use",
        "last second before the birthday in Japan",
        "issued on the birthday: it is not one after issue",
        "issued the day after",
        "29 February ends in a common year",
        "29 February ends in a leap year",
        "28 February of a leap year is before the birthday",
        "28 February of a common year is the birthday",
        "27 February of a common year is before it",
    ],
)
def test_the_fifth_birthday_after_issue(issued_at: datetime, birth: date, expected: date) -> None:
    """A certificate ends at 14:59:59Z, the last second of the fifth Japanese birthday after its issue."""
    end = datetime(expected.year, expected.month, expected.day, 14, 59, 59, tzinfo=UTC)
    assert end == end_of_validity(issued_at, birth)


@pytest.mark.parametrize(
    ("old_end", "issued_at", "expected_year"),
    [
        (datetime(2030, 2, 17, 14, 59, 59, tzinfo=UTC), datetime(2029, 11, 17, 14, 59, 58, tzinfo=UTC), 2034),
        (datetime(2030, 2, 17, 14, 59, 59, tzinfo=UTC), datetime(2029, 11, 17, 14, 59, 59, tzinfo=UTC), 2035),
        (datetime(2030, 2, 17, 14, 59, 59, tzinfo=UTC), datetime(2030, 2, 17, 14, 59, 59, tzinfo=UTC), 2036),
        (datetime(2030, 2, 17, 14, 59, 59, tzinfo=UTC), datetime(2030, 2, 17, 15, tzinfo=UTC), 2035),
        (datetime(2030, 2, 17, 14, 59, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), 2031),
    ],
    ids=[
        "a second too early",
        "the window opens",
        "last second, itself on a birthday",
        "after the end: the fifth again",
        "years early",
    ],
)
def test_the_sixth_birthday_for_a_renewal_in_the_last_months(
    old_end: datetime, issued_at: datetime, expected_year: int
) -> None:
    """Within the three months before the end it is the sixth birthday after issue, else the fifth."""
    end = end_of_validity(issued_at, date(1980, 2, 17), replaces_end=old_end)
    assert datetime(expected_year, 2, 17, 14, 59, 59, tzinfo=UTC) == end


def test_the_renewal_window_of_a_31st_opens_at_the_end_of_a_short_month() -> None:
    """Three months before 31 May is the last day of February."""
    birth, old_end = date(1980, 5, 31), datetime(2027, 5, 31, 14, 59, 59, tzinfo=UTC)
    early, open_ = (datetime(2027, 2, 28, 14, 59, second, tzinfo=UTC) for second in (58, 59))
    assert [end_of_validity(at, birth, replaces_end=old_end).year for at in (early, open_)] == [2031, 2032]


def test_a_birthday_in_a_leap_year_stays() -> None:
    """29 February is itself wherever it exists."""
    assert [date(2028, 2, 29), date(2029, 2, 28)] == [birthday(date(1960, 2, 29), year) for year in (2028, 2029)]


def test_issued_certificates_end_on_their_holders_birthday(untouched: Any) -> None:
    """The user certificate of every resident ends on a birthday, the one born on 29 February included."""
    for person in untouched.world.state.people:
        end = untouched.certificate(person.id).not_valid_after_utc.astimezone(JST)
        assert birthday(person.birth, end.year) == end.date()
        assert (end.hour, end.minute, end.second) == (23, 59, 59)


def test_the_case_of_29_february_is_among_the_residents(untouched: Any) -> None:
    """The resident born on 29 February has a certificate that ends on 28 February of a common year."""
    end = untouched.certificate("kiyoshi").not_valid_after_utc
    assert datetime(2030, 2, 28, 14, 59, 59, tzinfo=UTC) == end


def test_no_certificate_outlives_the_cards_user_certificate(untouched: Any) -> None:
    """Signature and phone certificates end no later than the user certificate of the card."""
    for person in untouched.world.state.people:
        ends = {
            slot: issued.not_after for slot in Slot if (issued := untouched.world.state.current(person.id, slot))
        }
        assert max(ends.values()) == ends[Slot.AUTH]


def test_a_renewed_signature_certificate_ends_with_the_user_certificate(sandbox: Any) -> None:
    """Renewed years later, the signature certificate would live longer, but may not."""
    sandbox.move_to(datetime(2028, 1, 10, tzinfo=UTC))
    assert sandbox.control(do="renew", resident="hanako", certificate="sign").status_code == 200
    renewed = sandbox.certificate("hanako", Slot.SIGN)
    assert sandbox.certificate("hanako").not_valid_after_utc == renewed.not_valid_after_utc
    assert datetime(2028, 1, 10, tzinfo=UTC).date() == renewed.not_valid_before_utc.date()
