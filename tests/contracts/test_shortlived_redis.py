"""What only the shared store of short-lived state can fail at: the server, the wire, the clock of another."""

import time

import pytest
from components.redis import Redis
from components.relay import Relay

from idp.store.shortlived import Change, StateUnavailable
from idp.store.shortlived_redis import InRedis

CALLS = {
    "create": lambda state: state.create("k", {"a": "1"}, seconds=60, aliases=["x", "y"]),
    "alias": lambda state: state.alias("k", "z", seconds=60),
    "read": lambda state: state.read("x"),
    "change": lambda state: state.change("x", Change(expect={"a": "1"}, put={"a": "2"}, count={"n": 5})),
}


@pytest.fixture
def own_server(tmp_path):
    """A Redis that the test may stop and freeze."""
    with Redis(tmp_path) as server:
        yield server


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_every_call_is_one_round_trip(redis_server, call):
    """Once connected, with its scripts known to the server, each method asks once and is answered once."""
    with Relay(redis_server.port) as relay:
        state = InRedis(f"redis://127.0.0.1:{relay.port}/0")
        for warm in CALLS.values():
            warm(state)
        before = relay.round_trips
        call(state)
        assert relay.round_trips - before == 1


def test_two_processes_see_one_record(redis_server):
    """What one instance stores another finds, under the alias too."""
    InRedis(redis_server.url).create("shared", {"a": "1"}, seconds=60, aliases=["other-name"])
    assert InRedis(redis_server.url).read("other-name") == {"a": "1"}


def test_nothing_is_kept_for_ever(redis_server):
    """Every key that any method writes has an end."""
    redis_server.client.flushdb()
    state = InRedis(redis_server.url)
    for call in CALLS.values():
        call(state)
    lives = [redis_server.client.ttl(key) for key in redis_server.client.scan_iter()]
    assert len(lives) == 4
    assert all(0 < life <= 60 for life in lives)


def test_a_second_is_a_second(redis_server):
    """Seconds are counted by the server's clock."""
    state = InRedis(redis_server.url)
    state.create("brief", {"a": "1"}, seconds=1)
    assert state.read("brief") == {"a": "1"}
    time.sleep(1.1)
    assert state.read("brief") is None


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_lost_server_is_unavailable(own_server, call):
    """With the server gone each method says so, on a connection that was open and on a new one."""
    state = InRedis(own_server.url)
    state.create("k", {"a": "1"}, seconds=60, aliases=["x"])
    own_server.stop()
    with pytest.raises(StateUnavailable):
        call(state)
    with pytest.raises(StateUnavailable):
        call(InRedis(own_server.url))


def test_a_restarted_server_serves_the_same_object(own_server):
    """After a restart, with records and scripts forgotten, the next calls go through."""
    state = InRedis(own_server.url)
    state.create("k", {"a": "1"}, seconds=60)
    own_server.stop()
    own_server.start()
    assert state.read("k") is None
    state.create("k", {"a": "1"}, seconds=60)
    assert state.change("k", Change(put={"a": "2"})).applied


def test_a_silent_server_is_given_up_after_a_second(own_server):
    """A server that holds the connection and does not answer costs about a second, and is asked once."""
    state = InRedis(own_server.url)
    state.create("k", {"a": "1"}, seconds=60)
    state.change("k", Change(count={"n": 9}))
    own_server.freeze()
    started = time.monotonic()
    with pytest.raises(StateUnavailable):
        state.change("k", Change(count={"n": 9}))
    took = time.monotonic() - started
    own_server.thaw()
    assert 0.5 < took < 2
    assert InRedis(own_server.url).read("k")["n"] == "2"


def test_a_server_that_refuses_us_is_unavailable(own_server):
    """A wrong password is a store that does not answer, and the message does not repeat it."""
    own_server.client.config_set("requirepass", "right")
    state = InRedis(own_server.url.replace("//", "//:wrong-word@"))
    with pytest.raises(StateUnavailable) as refused:
        state.read("k")
    assert "wrong-word" not in str(refused.value)
