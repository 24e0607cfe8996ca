"""When an alarm is due: to the second, for long lives and short ones."""

from datetime import UTC, datetime, timedelta

import pytest

from idp.trust.expiring import Kind, Nearness, Trusted, due, nearness

END = datetime(2030, 1, 1, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def trusted(life=3650 * DAY, *, kind=Kind.ANCHOR, ends_at=END, name="a", purpose="lgpki", tenant="aoba"):
    """Something that ends."""
    return Trusted(kind=kind, tenant=tenant, purpose=purpose, name=name, begins_at=ends_at - life, ends_at=ends_at)


@pytest.mark.parametrize(
    ("life", "left", "expected"),
    [
        (3650 * DAY, 60 * DAY + SECOND, Nearness.FAR),
        (3650 * DAY, 60 * DAY, Nearness.NOTICE),
        (3650 * DAY, 30 * DAY + SECOND, Nearness.NOTICE),
        (3650 * DAY, 30 * DAY, Nearness.WARNING),
        (3650 * DAY, 7 * DAY + SECOND, Nearness.WARNING),
        (3650 * DAY, 7 * DAY, Nearness.URGENT),
        (3650 * DAY, SECOND, Nearness.URGENT),
        (3650 * DAY, timedelta(0), Nearness.OVER),
        (3650 * DAY, -DAY, Nearness.OVER),
        (2 * DAY, timedelta(hours=12) + SECOND, Nearness.FAR),
        (2 * DAY, timedelta(hours=12), Nearness.NOTICE),
        (2 * DAY, timedelta(hours=6), Nearness.WARNING),
        (2 * DAY, timedelta(hours=1.5), Nearness.URGENT),
        (28 * DAY, 7 * DAY + SECOND, Nearness.FAR),
    ],
)
def test_an_alarm_is_due_at_its_second(life, left, expected):
    """60, 30 and 7 days, or a quarter, an eighth and a thirty-second of what lives shorter."""
    assert nearness(trusted(life), END - left) is expected


def test_the_nearest_end_is_told_first_and_the_far_not_at_all():
    """What is over comes before all."""
    told = [
        trusted(name="far", ends_at=END + 99 * DAY),
        trusted(name="soon", ends_at=END + DAY),
        trusted(name="over", kind=Kind.LIST, ends_at=END - DAY),
        trusted(name="later", ends_at=END + 40 * DAY),
    ]
    assert [alarm.trusted.name for alarm in due(told, END)] == ["over", "soon", "later"]


@pytest.mark.parametrize(
    ("successor", "told"),
    [
        ({}, []),
        ({"purpose": "accredited"}, ["old"]),
        ({"tenant": "wakaba"}, ["old"]),
        ({"kind": Kind.INTERMEDIATE}, ["old"]),
        ({"ends_at": END - SECOND}, ["old", "new"]),
    ],
)
def test_an_old_generation_is_not_mourned_while_the_next_one_lives(successor, told):
    """Only a living anchor of the same line succeeds one."""
    old = trusted(name="old", ends_at=END - DAY)
    new = trusted(**{"name": "new", "ends_at": END + 999 * DAY, **successor})
    assert [alarm.trusted.name for alarm in due([old, new], END)] == told
