"""Rows of codes that residents chose, on SQLite and on a real PostgreSQL alike."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from components.town import town

from idp.store import resident_codes
from idp.store.engine import WriteConflict
from idp.store.resident_codes import CodeRow

TODAY = date(2026, 11, 26)
ROW = CodeRow(b"c" * 32, b"p" * 32, b"sealed")


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path, founded_world):
    """The store of a town on one of the two databases."""
    more = {}
    if request.param == "postgresql":
        database = request.getfixturevalue("postgres").database()
        more = {"environment": database.environment, "owner_url": database.owner_url}
    with town(tmp_path, founded_world, **more) as made:
        yield made.product.store


def test_a_code_is_taken_given_up_and_free_again(store):
    """By one person at a time, and by nobody for a while; another tenant sees nothing of it."""
    aoba, other = store.for_tenant("aoba"), CodeRow(ROW.code_index, b"q" * 32, b"other")
    free_on = TODAY + timedelta(days=10)
    with aoba.write() as tx:
        assert resident_codes.take(tx, ROW, today=TODAY)
        assert not resident_codes.take(tx, other, today=TODAY)
        assert resident_codes.by_code(tx, ROW.code_index) == resident_codes.by_person(tx, ROW.person_mark) == ROW
    with store.for_tenant("wakaba").write() as tx:
        assert resident_codes.by_code(tx, ROW.code_index) is None
        assert not resident_codes.give_up(tx, ROW, free_on=TODAY)
    with aoba.write() as tx:
        assert not resident_codes.give_up(tx, other, free_on=free_on)
        assert resident_codes.give_up(tx, ROW, free_on=free_on)
        assert not resident_codes.give_up(tx, ROW, free_on=free_on)
        assert resident_codes.by_code(tx, ROW.code_index) is None
        assert not resident_codes.take(tx, other, today=free_on - timedelta(days=1))
        assert resident_codes.take(tx, other, today=free_on)


def test_of_many_at_once_one_gets_the_code(store):
    """Whoever comes first; nobody else's row is there."""

    def take(number):
        with store.for_tenant("aoba").write() as tx:
            row = CodeRow(ROW.code_index, bytes([number]) * 32, b"sealed")
            return resident_codes.take(tx, row, today=TODAY)

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(take, range(6))) == [False] * 5 + [True]


def test_a_person_has_one_code(store):
    """The table itself sees to it, whichever of two requests comes first."""
    with store.for_tenant("aoba").write() as tx:
        assert resident_codes.take(tx, ROW, today=TODAY)
        assert not resident_codes.take(tx, CodeRow(b"d" * 32, ROW.person_mark, b""), today=TODAY)
        assert resident_codes.by_person(tx, ROW.person_mark) == ROW
    with pytest.raises(WriteConflict), store.for_tenant("nowhere").write() as tx:
        resident_codes.take(tx, ROW, today=TODAY)
