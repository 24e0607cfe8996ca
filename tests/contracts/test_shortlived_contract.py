"""The contract of short-lived state, kept by memory and by a real Redis alike."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from idp.store.shortlived import Change, InMemory
from idp.store.shortlived_redis import InRedis

LIFE = 600
RECORD = {"state": "waiting", "handle": "h1"}


class Memory:
    """In-memory state and the clock it reads."""

    def __init__(self):
        self._moment = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
        self.state = InMemory(lambda: self._moment)

    def pass_time(self, seconds):
        self._moment += timedelta(seconds=seconds)


class Shared:
    """State in Redis; time passes by shortening what every key has left to live."""

    def __init__(self, server):
        self._client = server.client
        self._client.flushdb()
        self.state = InRedis(server.url)

    def pass_time(self, seconds):
        for key in self._client.scan_iter():
            self._client.pexpire(key, max(0, self._client.pttl(key) - seconds * 1000))


@pytest.fixture(params=["memory", "redis"])
def store(request):
    """An empty store of each kind, whose time the test moves."""
    return Memory() if request.param == "memory" else Shared(request.getfixturevalue("redis_server"))


@pytest.fixture
def state(store):
    """The store's port with one record `k`, alias `a`."""
    store.state.create("k", RECORD, seconds=LIFE, aliases=["a"])
    return store.state


def test_a_record_is_read_as_it_was_created(state):
    """Reading gives back exactly the fields stored."""
    assert state.read("k") == RECORD


def test_an_unknown_key_is_none(state):
    """A key that was never created reads as None and cannot be changed."""
    for key in ("other", "", "\ud83d"):
        assert state.read(key) is None
        assert state.change(key, Change(put={"x": "1"})) is None


def test_a_record_without_fields_is_there(state):
    """A record need not have fields to exist."""
    state.create("empty", {}, seconds=LIFE)
    assert state.read("empty") == {}
    assert state.change("empty", Change(put={"x": "1"})).applied
    assert state.read("empty") == {"x": "1"}


@pytest.mark.parametrize("value", ["森田 茜", "a\x00b", "\n", "\ud83d", "x" * 20_000, "☃" * 500])
def test_any_text_survives(state, value):
    """Field values are any text, half a surrogate pair from a JSON body included."""
    state.create("text", {"v": value}, seconds=LIFE)
    state.change("text", Change(expect={"v": value}, put={"w": value}))
    assert {"v": value, "w": value} == state.read("text")


def test_creating_anew_replaces_the_whole_record(state):
    """A second creation under the same key leaves no field of the first."""
    state.create("k", {"state": "new"}, seconds=LIFE)
    assert state.read("k") == {"state": "new"}


def test_an_alias_reads_and_changes_the_record(state):
    """What is done under an alias is seen under the key."""
    assert state.read("a") == RECORD
    assert state.change("a", Change(put={"state": "done"})).applied
    assert state.read("k") == {**RECORD, "state": "done"}


def test_a_later_alias_joins_the_first(state):
    """A record can be reached under many names."""
    state.alias("k", "b", seconds=LIFE)
    assert [state.read(name) for name in ("k", "a", "b")] == [RECORD, RECORD, RECORD]


def test_an_alias_moves_to_another_record(state):
    """An alias given again names the later record."""
    state.create("k2", {"state": "second"}, seconds=LIFE)
    state.alias("k2", "a", seconds=LIFE)
    assert state.read("a") == {"state": "second"}


def test_an_alias_of_nothing_reads_as_none(state):
    """An alias does not bring a record into being."""
    state.alias("absent", "c", seconds=LIFE)
    assert state.read("c") is None
    assert state.change("c", Change(put={"x": "1"})) is None


def test_a_record_ends_with_its_time(store, state):
    """A record lives for the seconds given and no longer, under key and alias."""
    store.pass_time(LIFE - 5)
    assert state.read("k") == RECORD
    store.pass_time(5)
    assert state.read("k") is None
    assert state.read("a") is None
    assert state.change("k", Change()) is None


def test_an_alias_ends_before_its_record(store, state):
    """An alias with a shorter life ends alone."""
    state.alias("k", "brief", seconds=10)
    store.pass_time(10)
    assert state.read("brief") is None
    assert state.read("k") == RECORD


def test_a_change_does_not_lengthen_a_life(store, state):
    """A record ends when it was to end, however often it was changed."""
    store.pass_time(LIFE - 5)
    state.change("k", Change(put={"state": "done"}))
    store.pass_time(5)
    assert state.read("k") is None


def test_a_record_lives_on_with_the_aliases_named(store, state):
    """Prolonged, a record and those aliases end later; an alias that was not named ends when it was to end."""
    state.alias("k", "b", seconds=LIFE)
    store.pass_time(LIFE - 5)
    state.prolong("k", seconds=LIFE, aliases=["b"])
    store.pass_time(LIFE - 5)
    assert [state.read(name) for name in ("k", "a", "b")] == [RECORD, None, RECORD]
    store.pass_time(5)
    assert [state.read(name) for name in ("k", "a", "b")] == [None, None, None]


def test_what_is_gone_is_not_prolonged(store, state):
    """Neither a record nor an alias comes back, nor comes into being."""
    store.pass_time(LIFE)
    state.prolong("k", seconds=LIFE, aliases=["a"])
    state.create("new", {"x": "1"}, seconds=LIFE)
    state.prolong("new", seconds=LIFE, aliases=["nobody's"])
    assert [state.read(name) for name in ("k", "a", "nobody's")] == [None, None, None]


def test_an_applied_change_tells_what_was_before(state):
    """The fields that a change returns are those it met, not those it left."""
    changed = state.change("k", Change(expect={"state": "waiting"}, put={"state": "done", "by": "card"}))
    assert (changed.applied, changed.before) == (True, RECORD)
    assert state.read("k") == {"state": "done", "by": "card", "handle": "h1"}


def test_a_change_that_expects_otherwise_writes_nothing(state):
    """One field that differs is enough to leave the record alone; the answer says what stands there."""
    step = Change(expect={"handle": "h1", "state": "done"}, put={"by": "card"}, count={"n": 5})
    changed = state.change("k", step)
    assert (changed.applied, changed.before) == (False, RECORD)
    assert state.read("k") == RECORD


def test_the_empty_string_expects_absence(state):
    """Expecting "" holds for a field that is not there, and for no other."""
    assert state.change("k", Change(expect={"nonce": ""}, put={"nonce": "n1"})).applied
    assert not state.change("k", Change(expect={"nonce": ""}, put={"nonce": "n2"})).applied
    assert state.read("k")["nonce"] == "n1"


def test_the_empty_string_removes(state):
    """Putting "" removes a field, also one that is not there."""
    assert state.change("k", Change(put={"handle": "", "never": ""})).applied
    assert state.read("k") == {"state": "waiting"}


def test_a_record_stays_when_its_last_field_goes(state):
    """Removing every field does not end the record."""
    state.change("k", Change(put={"handle": "", "state": ""}))
    assert state.read("k") == {}


def test_a_counter_stops_at_its_limit(state):
    """A counter rises by one with each applied change until its limit refuses the whole change."""
    for number in range(1, 4):
        step = Change(put={"nonce": f"n{number}"}, count={"nonces": 3})
        assert state.change("k", step).applied
        assert str(number) == state.read("k")["nonces"]
    assert not state.change("k", Change(put={"nonce": "n4"}, count={"nonces": 3})).applied
    assert state.read("k") == {**RECORD, "nonce": "n3", "nonces": "3"}


def test_counters_rise_together_or_not_at_all(state):
    """When one counter of a change is at its limit, the other does not rise either."""
    state.change("k", Change(count={"a": 1, "b": 9}))
    assert not state.change("k", Change(count={"a": 1, "b": 9})).applied
    assert state.read("k") == {**RECORD, "a": "1", "b": "1"}


def test_a_refused_expectation_does_not_count(state):
    """A change that is not applied spends no counter."""
    state.change("k", Change(expect={"state": "done"}, count={"n": 2}))
    assert "n" not in state.read("k")


def test_a_counter_reset_in_the_same_step_begins_at_one(state):
    """`put` comes before `count`: a counter written to "0" and counted stands at 1."""
    state.change("k", Change(count={"n": 2}))
    state.change("k", Change(put={"n": "0"}, count={"n": 2}))
    assert state.read("k")["n"] == "1"


def test_of_fifty_equal_changes_exactly_one_applies(state):
    """A step that expects what it replaces is taken once, however many ask at the same moment."""
    numbers = count(1)

    def spend(_):
        return state.change("a", Change(expect={"nonce": ""}, put={"nonce": f"n{next(numbers)}"}))

    with ThreadPoolExecutor(50) as pool:
        changes = list(pool.map(spend, range(50)))
    taken = state.read("k")["nonce"]
    assert [changed.applied for changed in changes].count(True) == 1
    assert {taken} == {changed.before["nonce"] for changed in changes if not changed.applied}


def test_parallel_counting_loses_nothing_and_keeps_the_limit(state):
    """Fifty parallel counts against a limit of 20 apply twenty times and leave the counter there."""
    with ThreadPoolExecutor(50) as pool:
        changes = list(pool.map(lambda _: state.change("k", Change(count={"n": 20})), range(50)))
    assert [changed.applied for changed in changes].count(True) == 20
    assert state.read("k")["n"] == "20"


def test_a_window_is_spent_up_to_its_limit(store):
    """What does not fit is not taken; what is left still can be."""
    spent = [store.state.spend("w", amount, limit=10, seconds=60) for amount in (4, 7, 6, 1)]
    assert [(one.within, one.used) for one in spent] == [(True, 4), (False, 4), (True, 10), (False, 10)]
    assert all(55 <= one.seconds <= 60 for one in spent)
    assert store.state.spend("other", 10, limit=10, seconds=60).within


def test_what_is_given_back_can_be_spent_again(store):
    """Never more than was taken: there is nothing to be saved up, nor in a window that nobody has begun."""
    spent = [store.state.spend("w", amount, limit=10, seconds=60) for amount in (10, 1, -3, 4, 3, -11, 11, 10)]
    assert [one.within for one in spent] == [True, False, True, False, True, True, False, True]
    assert [one.used for one in spent] == [10, 10, 7, 7, 10, 0, 0, 10]
    assert store.state.spend("other", -1, limit=10, seconds=60).used == 0
    assert not store.state.spend("other", 11, limit=10, seconds=60).within


def test_a_window_ends_and_begins_anew(store):
    """It lasts from its first spending, not from its last."""
    store.state.spend("w", 4, limit=10, seconds=60)
    store.pass_time(40)
    spent = store.state.spend("w", 4, limit=10, seconds=60)
    assert (spent.used, 15 <= spent.seconds <= 20) == (8, True)
    store.pass_time(21)
    spent = store.state.spend("w", 4, limit=10, seconds=60)
    assert (spent.used, 55 <= spent.seconds <= 60) == (4, True)


def test_parallel_spending_keeps_the_limit(store):
    """Fifty at once against a limit of twenty."""
    with ThreadPoolExecutor(50) as pool:
        spent = list(pool.map(lambda _: store.state.spend("w", 1, limit=20, seconds=60), range(50)))
    assert [one.within for one in spent].count(True) == 20
