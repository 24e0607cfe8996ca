"""Connections that lie at hand: used again at once, never missing to who waits, and gone where they should be."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from threading import Barrier, Event, Lock

import psycopg
import pytest
from sqlalchemy import Integer, String, bindparam, create_engine, event, func, select, text
from sqlalchemy.exc import DataError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as NoneFree

from idp.store import flights
from idp.store.engine import DatabaseUnavailable, Store
from idp.store.pool import ConnectionPool

KEPT, MOST, PATIENCE = 2, 4, 3
DEADLINE = 30
"""By when a server on a loaded machine has done what it was told."""
ECHO = select(func.pg_backend_pid().label("pid"), bindparam("word", type_=String()).label("word"))
LOGARITHM = select(func.ln(bindparam("number", type_=Integer())))
"""Which PostgreSQL refuses to take of 0."""


class Watched(Store):
    """A store of few connections; what the server says of them. `most`: how many were open at once, at our end.

    The server may tell of one for a moment longer that was closed before another one was opened.
    """

    def __init__(self, server, *, patience=PATIENCE):
        database = server.database()
        self.superuser, self.url = server.superuser_dsn, database.app_url
        self.name = database.app_url.rpartition("/")[2]
        limits = {"pool_size": KEPT, "max_overflow": MOST - KEPT, "pool_timeout": patience}
        engine = create_engine(database.app_url, poolclass=ConnectionPool, **limits)
        flights.listen(engine)
        self._open, self.most, self._counting = 0, 0, Lock()
        event.listen(engine, "connect", lambda _link, _record: self._count(1))
        event.listen(engine, "close", lambda _link, _record: self._count(-1))
        super().__init__(engine, flights.Flight)

    def _count(self, change):
        with self._counting:
            self._open += change
            self.most = max(self.most, self._open)

    def pids(self):
        """The server's processes for our connections."""
        asked = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND usename = 'idp_app'"
        with psycopg.connect(self.superuser) as connection:
            return {pid for (pid,) in connection.execute(asked, [self.name])}

    def states(self):
        """What those connections do."""
        asked = "SELECT state FROM pg_stat_activity WHERE datname = %s AND usename = 'idp_app'"
        with psycopg.connect(self.superuser) as connection:
            return {state for (state,) in connection.execute(asked, [self.name])}

    def end(self, *pids):
        """Let the server end connections, and wait until it has."""
        with psycopg.connect(self.superuser) as connection:
            for pid in pids:
                connection.execute("SELECT pg_terminate_backend(%s)", [pid])
        self.wait_for(lambda: not self.pids() & set(pids))

    def wait_for(self, state):
        """Until it is so."""
        until = time.monotonic() + DEADLINE
        while not state():
            assert time.monotonic() < until
            time.sleep(0.01)

    def pid(self, word="x"):
        """Which process has answered a flight of its own."""
        with self.for_tenant("aoba").read() as tx:
            found = tx.run(ECHO, {"word": word}).first()
            assert found.word == word
            return found.pid

    @contextmanager
    def several(self, count):
        """So many flights under way at once; their processes."""
        with ExitStack() as stack:
            opened = [stack.enter_context(self.for_tenant("aoba").read()) for _ in range(count)]
            yield [tx.run(ECHO, {"word": ""}).first().pid for tx in opened]


@pytest.fixture
def store(postgres):
    """A store on a database of its own."""
    made = Watched(postgres)
    yield made
    made.engine.dispose()


def test_the_last_one_used_goes_first(store):
    """One after another they need a single connection, and SQLAlchemy's pool is asked for it once."""
    first = store.pid()
    assert {store.pid() for _ in range(5)} == store.pids() == {first}
    assert store.engine.pool.checkedin() == 0
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() == first


def test_what_was_left_open_is_rolled_back_before_it_is_used_again(store):
    """A block that raises after its transaction has begun: nothing of it stays open or locked on the server."""
    with suppress(LookupError), store.for_tenant("aoba").write() as tx:
        assert tx.run(ECHO, {"word": ""}).first()
        assert store.states() == {"idle in transaction"}
        raise LookupError
    assert store.states() == {"idle"}
    assert store.pid() in store.pids()


@pytest.mark.parametrize("kind", ["read", "write"])
def test_one_on_which_a_statement_failed_is_good_again(store, kind):
    """The error is told once, and the same connection goes on."""
    first = store.pid()
    with pytest.raises(DataError), getattr(store.for_tenant("aoba"), kind)() as tx:
        tx.run(LOGARITHM, {"number": 0}).first()
    assert store.pid() == first
    assert store.states() == {"idle"}


def test_one_that_sqlalchemy_has_used_comes_back_as_well(store):
    """By SQLAlchemy's own way."""
    with store.for_tenant("aoba").write() as tx:
        first = tx.connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    assert store.pid() == first
    assert store.states() == {"idle"}


def test_no_more_are_open_than_may_be(store):
    """Who comes when all are in use is told so after the time that they wait."""
    with store.several(MOST) as pids:
        assert store.pids() == set(pids)
        began = time.monotonic()
        with pytest.raises(NoneFree):
            store.pid()
        assert time.monotonic() - began >= PATIENCE - 0.5
    assert store.pid() in pids


def test_no_more_stay_than_are_kept(store):
    """Whatever a rush has opened besides is closed by those that come after it."""
    with store.several(MOST) as pids:
        assert len(set(pids)) == MOST
    assert len({store.pid() for _ in range(MOST)}) == 1
    store.wait_for(lambda: len(store.pids()) == KEPT)
    with store.several(KEPT) as pids:
        assert set(pids) == store.pids()


@pytest.mark.parametrize("ask", ["flight", "sqlalchemy"])
def test_who_waits_gets_the_next_that_comes_back(store, ask):
    """By either way, long before patience ends."""

    def asked():
        if ask == "flight":
            return store.pid()
        with store.engine.connect() as connection:
            return connection.execute(text("SELECT pg_backend_pid()")).scalar_one()

    with ThreadPoolExecutor(1) as waiting:
        with store.several(MOST) as pids:
            answer = waiting.submit(asked)
            time.sleep(0.2)
            assert not answer.done()
        assert answer.result(timeout=PATIENCE / 2) in pids


def test_one_put_back_while_somebody_asks_does_not_lie_there(store):
    """Between looking for one at hand and waiting for one, another thread may put one back: it is not missed."""
    pool, ready, go = store.engine.pool, Event(), Event()
    real = pool._counting  # the lock that whoever has found none at hand takes next

    class Slow:
        def __enter__(self):
            ready.set()
            assert go.wait(PATIENCE)
            return real.__enter__()

        def __exit__(self, *error):
            return real.__exit__(*error)

    first = store.pid()
    with ThreadPoolExecutor(1) as asking:
        with store.several(1):
            pool._counting = Slow()
            answer = asking.submit(store.pid)
            assert ready.wait(PATIENCE)
        go.set()
        assert answer.result(timeout=PATIENCE) == first
    assert store.pids() == {first}


def test_one_put_back_while_sqlalchemy_looks_for_one_goes_there(store):
    """Whoever asks SQLAlchemy may be about to wait: what comes back then comes back to it."""
    making, go = Event(), Event()

    def slowly(_link, _record):
        making.set()
        assert go.wait(PATIENCE)

    with ThreadPoolExecutor(1) as asking:
        with store.several(1) as pids:
            event.listen(store.engine, "connect", slowly)
            answer = asking.submit(store.pid)
            assert making.wait(PATIENCE)
        assert store.engine.pool.checkedin() == 1
        go.set()
        assert answer.result(timeout=PATIENCE) not in pids


def test_many_threads_on_few_connections(store):
    """Each gets its own answers, none waits for ever, and never are there more connections than may be."""
    together = Barrier(16)

    def work(number):
        together.wait()
        for turn in range(60):
            store.pid(f"{number}/{turn}")
            if turn % 7 == number % 7:
                with suppress(LookupError), store.for_tenant("aoba").write() as tx:
                    assert tx.run(ECHO, {"word": ""}).first()
                    raise LookupError
            if turn % 5 == number % 5:
                with store.read_platform() as connection:
                    assert connection.execute(text("SELECT 1")).scalar_one() == 1

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(work, range(16)))
    assert KEPT < store.most <= MOST
    for _ in range(MOST):
        store.pid()
    store.wait_for(lambda: len(store.pids()) <= KEPT)
    assert store.states() == {"idle"}


def test_one_that_the_server_has_ended_at_rest_is_not_noticed(store):
    """Each of those that lie there is looked at before it is used."""
    with store.several(KEPT) as pids:
        pass
    store.end(*pids)
    with store.several(KEPT) as fresh:
        assert not set(fresh) & set(pids)


def test_one_that_the_server_ends_in_a_flight_is_told(store):
    """Nothing was written, and the next flight goes on another."""
    first = store.pid()

    def interrupted():
        with store.for_tenant("aoba").write() as tx:
            assert tx.run(ECHO, {"word": ""}).first().pid == first
            store.end(first)
            tx.run(ECHO, {"word": ""})

    with pytest.raises(DatabaseUnavailable):
        interrupted()
    assert store.pid() != first


@pytest.mark.parametrize("kind", ["read", "write"])
def test_what_never_came_to_sqlalchemys_hands_is_over(store, kind):
    """A caller that goes on where the server was gone: SQLAlchemy would have another connection, and no tenant."""

    def swallow():
        with getattr(store.for_tenant("aoba"), kind)() as tx:
            store.end(tx.run(ECHO, {"word": ""}).first().pid)
            if kind == "write":
                tx.run(ECHO, {"word": "what waits"})
            with pytest.raises(OperationalError):
                tx.connection.execute(text("SELECT 1"))
            for go_on in (lambda: tx.connection, lambda: tx.run(ECHO, {"word": ""})):
                with pytest.raises(PendingRollbackError):
                    go_on()

    with pytest.raises(PendingRollbackError):
        swallow()
    assert store.pid()


def test_one_on_which_waiting_statements_failed_does_not_go_on_by_sqlalchemy(store):
    """The tenant went with the transaction that they were of."""

    def swallow():
        with store.for_tenant("aoba").write() as tx:
            tx.run(LOGARITHM, {"number": 0})
            for error in (DataError, PendingRollbackError):
                with pytest.raises(error):
                    tx.connection.execute(text("SELECT 1"))

    with pytest.raises(PendingRollbackError):
        swallow()


def test_a_server_that_ends_each_one_that_is_made_does_not_answer(store):
    """As at a failover: nobody is told that it was a fault of ours, and it goes on once the server does."""

    def end(link, _record):
        store.end(link.info.backend_pid)

    event.listen(store.engine, "connect", end)
    with pytest.raises(DatabaseUnavailable):
        store.pid()
    event.remove(store.engine, "connect", end)
    assert store.pid() in store.pids()


def test_what_takes_one_away_in_sqlalchemys_hands_leaves_none_at_hand(store):
    """SQLAlchemy then trusts none that is older, and none of those lies where it does not see it."""
    with store.several(KEPT) as pids:
        pass

    def interrupted():
        with store.for_tenant("aoba").write() as tx:
            store.end(tx.connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
            tx.connection.execute(text("SELECT 1"))

    with pytest.raises(DatabaseUnavailable):
        interrupted()
    assert store.pid() not in pids
    store.wait_for(lambda: not store.pids() & set(pids))


def test_disposing_ends_them(store):
    """Those at hand at once; one in use when it comes back; and the store goes on with new ones."""
    with store.several(1) as late:
        with store.several(1) as early:
            pass
        store.engine.dispose()
        store.wait_for(lambda: store.pids() == set(late))
    assert store.pid() not in {*early, *late}


def test_a_fork_that_forgets_them_leaves_them_to_its_parent(store):
    """SQLAlchemy's way for a forked process is `dispose(close=False)`: both go on, each with its own."""
    first = store.pid()
    child = os.fork()
    if not child:
        store.engine.dispose(close=False)
        os._exit(0 if store.pid() != first else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert store.pid() == first
