"""What the outbox promises, on SQLite and on a real PostgreSQL alike: one at a time, at least once, none lost."""

import secrets
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from components.jobs import Does, dead, jobs, leave, pass_time, raises, stored
from components.scale import scaled

from idp.keys.sealing import SealBroken
from idp.store import outbox as rows
from idp.store import schema
from idp.store.turns import alone
from idp.worker.job import Abandon, LeaseLost, Postpone
from idp.worker.jobs import LEASE_SECONDS, MOST_IN_TURN, Round


@pytest.fixture(scope="module")
def either(shared_either):
    """A town on one of the two databases; its tests use kinds of their own."""
    return shared_either


def test_a_job_is_done_once_and_gone(either, kind):
    """Its handler gets the payload as it was put, and there is nothing left to do."""
    payload = {"number": 7, "text": "日本語", "list": [1, None, True], "map": {"a": 1.5}}
    job_id = leave(either, kind, payload)
    handler = Does()
    doing = jobs(either, {kind: handler})
    assert [doing.do_one(), doing.do_one()] == [True, False]
    assert handler.seen == [("aoba", payload)]
    assert stored(either, job_id) is None


def test_a_transaction_that_rolls_back_leaves_no_job(either, kind):
    """The outbox is written in the caller's transaction."""
    tenant = either.product.directory.tenant("aoba")

    def leave_and_fail():
        with either.product.store.for_tenant("aoba").write() as tx:
            either.product.events.outbox.put(tx, tenant.keys, kind, {}, lives_seconds=60)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        leave_and_fail()
    assert jobs(either, {kind: Does()}).do_one() is False


def test_a_job_waits_for_its_moment(either, kind):
    """Not a second before its delay is over."""
    leave(either, kind, delay_seconds=300)
    doing = jobs(either, {kind: Does()})
    assert doing.do_one() is False
    pass_time(either, 301)
    assert doing.do_one() is True


def test_a_worker_leaves_alone_what_it_does_not_know(either, kind):
    """An older worker beside a newer one neither does nor buries the newer one's jobs."""
    job_id = leave(either, kind)
    assert jobs(either, {"something-else": Does()}).do_one() is False
    assert stored(either, job_id).attempts == 0


def test_no_job_is_ever_in_two_hands(either, kind):
    """Many threads of two products: each job is done exactly once, and never twice at the same time."""
    total = scaled(40, 2000)
    for number in range(total):
        leave(either, kind, {"number": number}, tenant_id="aoba" if number % 2 else "wakaba")
    lock, running, twice, done = threading.Lock(), set(), [], Counter()

    def work(_tenant, job):
        with lock:
            if job.job_id in running:
                twice.append(job.job_id)
            running.add(job.job_id)
        done[job.payload["number"]] += 1
        with lock:
            running.remove(job.job_id)

    second = either.build()
    second.directory.refresh()
    workers = [jobs(either, {kind: Does(work)}), jobs(either, {kind: Does(work)}, product=second)] * 2

    def drain(doing):
        while doing.do_one():
            pass

    with ThreadPoolExecutor(len(workers)) as pool:
        list(pool.map(drain, workers))
    drain(workers[0])
    second.store.engine.dispose()
    assert twice == []
    assert done == Counter(range(total))


def test_no_tenant_waits_for_all_of_anothers_jobs(either, kind):
    """Some of each in turn; and all are done."""
    for number in range(MOST_IN_TURN + 20):
        leave(either, kind, {"number": number})
    leave(either, kind, tenant_id="wakaba")
    handler = Does()
    way = Round(jobs(either, {kind: handler}))
    while way.do_one():
        pass
    order = [tenant_id for tenant_id, _ in handler.seen]
    assert len(order) == MOST_IN_TURN + 21
    assert order.index("wakaba") in (0, MOST_IN_TURN)


def test_a_job_whose_worker_died_is_taken_after_its_lease(either, kind):
    """Not before; and the dead one, should it come back, can neither finish, retry, renew nor bury it."""
    job_id = leave(either, kind, lives_seconds=10 * LEASE_SECONDS)
    lost, now = secrets.token_bytes(16), int(either.clock().timestamp())
    with either.product.store.for_tenant("aoba").write() as tx:
        until = now + LEASE_SECONDS
        (taken,) = rows.claim(tx, now=now, lease=lost, lease_until=until, kinds=[kind], limit=5)
    assert (taken.job_id, taken.attempts, taken.faults) == (job_id, 1, 0)

    def as_the_lost_one(_tenant, job):
        with either.product.store.for_tenant("aoba").write() as tx:
            assert not rows.finish(tx, job.job_id, lost)
            assert not rows.retry(tx, job.job_id, lost, run_at=now, problem="", faults=0)
            assert not rows.renew(tx, job.job_id, lost, lease_until=now)
            assert not rows.bury(tx, job.job_id, lost, at=now, problem="")

    handler = Does(as_the_lost_one)
    doing = jobs(either, {kind: handler})
    assert doing.do_one() is False
    pass_time(either, LEASE_SECONDS + 1)
    assert doing.do_one() is True
    assert len(handler.seen) == 1
    assert stored(either, job_id) is None


def test_a_lease_is_renewed_as_long_as_nobody_took_the_job(either, kind):
    """A long job renews; one that slept over its lease learns that it is another's, and writes nothing."""
    job_id = leave(either, kind, lives_seconds=10 * LEASE_SECONDS)
    outcomes = []

    def another_takes_it():
        pass_time(either, LEASE_SECONDS + 1)
        now = int(either.clock().timestamp())
        with either.product.store.for_tenant("aoba").write() as tx:
            other = secrets.token_bytes(16)
            rows.claim(tx, now=now, lease=other, lease_until=now + 60, kinds=[kind], limit=1)

    def long_work(_tenant, job):
        pass_time(either, LEASE_SECONDS - 1)
        outcomes.append(job.renew())
        pass_time(either, LEASE_SECONDS - 1)
        another = jobs(either, {kind: raises(AssertionError)})
        outcomes.append(another.do_one())
        another_takes_it()
        outcomes.append(job.renew())
        with either.product.store.for_tenant("aoba").write() as tx:
            job.finish(tx)

    jobs(either, {kind: Does(long_work)}).do_one()
    assert outcomes == [True, False, False]
    assert stored(either, job_id).attempts == 2


def test_what_a_handler_writes_and_the_jobs_end_commit_together(either, kind):
    """`finish` in the handler's own transaction: rolled back with it, or both done."""
    job_id = leave(either, kind)

    def write_and_fail(_tenant, job):
        with either.product.store.for_tenant("aoba").write() as tx:
            job.finish(tx)
            raise Postpone(1)

    jobs(either, {kind: Does(write_and_fail)}).do_one()
    assert stored(either, job_id).attempts == 1

    def write(_tenant, job):
        with either.product.store.for_tenant("aoba").write() as tx:
            job.finish(tx)

    pass_time(either, 3)
    assert jobs(either, {kind: Does(write)}).do_one() is True
    assert stored(either, job_id) is None


def test_the_outbox_is_counted_over_all_tenants(either, kind):
    """What waits, since when the oldest is due, what was given up: without any payload, for `idp doctor`."""

    def counted():
        with either.product.store.read_platform() as connection:
            return rows.counts(connection, int(either.clock().timestamp()))

    before = counted()
    leave(either, kind)
    leave(either, kind, tenant_id="wakaba", delay_seconds=900)
    after = counted()
    assert (after.pending - before.pending, after.dead) == (2, before.dead)
    assert after.oldest_due <= int(either.clock().timestamp())
    jobs(either, {kind: raises(Abandon("never"))}).do_one()
    assert counted().dead == before.dead + 1


def test_a_tenants_payload_opens_for_nobody_else(either, kind):
    """Another tenant's keys do not open it, nor another job's place; an altered one is buried unopened."""
    mine, other = leave(either, kind, {"sub": "s"}), leave(either, kind, {"sub": "t"})
    sealed = stored(either, mine).sealed_payload
    from idp.events.outbox import open_payload

    for tenant_id, job_id in (("wakaba", mine), ("aoba", other)):
        with pytest.raises(SealBroken):
            open_payload(either.product.directory.tenant(tenant_id).keys, job_id, sealed)
    with either.product.store.for_tenant("aoba").write() as tx:
        table = schema.outbox
        moved = table.update().where(table.c.tenant_id == "aoba", table.c.job_id == other)
        tx.connection.execute(moved.values(sealed_payload=sealed))
    handler = Does()
    doing = jobs(either, {kind: handler})
    while doing.do_one():
        pass
    assert handler.seen == [("aoba", {"sub": "s"})]
    assert dead(either)[other] == "what was sealed was altered"


def test_a_tenants_worker_sees_no_foreign_job(either, kind):
    """A claim in one tenant's transaction takes nothing of another's; on PostgreSQL no query could."""
    job_id = leave(either, kind, tenant_id="wakaba")
    now = int(either.clock().timestamp())
    with either.product.store.for_tenant("aoba").write() as tx:
        assert rows.claim(tx, now=now, lease=bytes(16), lease_until=now, kinds=[kind], limit=5) == []
        if either.product.store.engine.dialect.name == "postgresql":
            seen = tx.connection.execute(schema.outbox.select()).all()
            assert {row.tenant_id for row in seen} <= {"aoba"}
    with either.product.store.read_platform() as connection:
        assert rows.due_tenants(connection, now, [kind]) == ["wakaba"]
        if either.product.store.engine.dialect.name == "postgresql":
            mine = schema.outbox.c.job_id == job_id
            assert connection.execute(schema.outbox.update().where(mine).values(attempts=9)).rowcount == 0


def test_a_lost_lease_stops_what_the_handler_would_write(either, kind):
    """`finish` raises, so that the handler's transaction rolls back with it."""
    leave(either, kind, lives_seconds=10 * LEASE_SECONDS)
    rolled_back = []

    def slow(_tenant, job):
        pass_time(either, LEASE_SECONDS + 1)
        jobs(either, {kind: Does()}).do_one()
        try:
            with either.product.store.for_tenant("aoba").write() as tx:
                job.finish(tx)
        except LeaseLost:
            rolled_back.append(job.job_id)
            raise

    assert jobs(either, {kind: Does(slow)}).do_one() is True
    assert len(rolled_back) == 1


def test_a_task_runs_in_one_place_at_a_time(either):
    """The second comer on PostgreSQL is told; afterwards it is its turn. Tasks of other names do not meet."""
    with alone(either.product.store, "sweeping") as first, alone(either.product.store, "sweeping") as second:
        assert first is True
        assert second is (either.product.store.engine.dialect.name == "sqlite")
        with alone(either.product.store, "counting") as other:
            assert other is True
    with alone(either.product.store, "sweeping") as again:
        assert again is True
