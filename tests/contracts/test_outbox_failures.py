"""What the outbox does with jobs that fail, on either database: tried again, buried, forgotten."""

import secrets

import pytest
from components.jobs import Does, dead, jobs, leave, pass_time, raises, stored

from connectors.errors import Unreachable
from idp.events.outbox import Outbox
from idp.store import outbox as rows
from idp.store import schema
from idp.worker.dead import KEPT_SECONDS, DeadLetters
from idp.worker.job import Abandon, Postpone
from idp.worker.outcome import MAX_FAULTS


@pytest.fixture(scope="module")
def either(shared_either):
    """A town on one of the two databases; its tests use kinds of their own."""
    return shared_either


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (Postpone(30, "not yet"), "not yet"),
        (Unreachable("the peer did not answer"), "the peer did not answer"),
        (KeyError("personal"), "KeyError"),
    ],
    ids=["postponed", "connector", "defect"],
)
def test_what_fails_is_tried_again_later(either, kind, error, problem):
    """Not at once; the problem is kept, a defect's by its type alone; then it may succeed."""
    job_id = leave(either, kind)
    assert jobs(either, {kind: raises(error)}).do_one() is True
    kept = stored(either, job_id)
    assert (kept.state, kept.problem, kept.lease) == ("waiting", problem, None)
    handler = Does()
    doing = jobs(either, {kind: handler})
    assert doing.do_one() is False
    pass_time(either, 60)
    assert doing.do_one() is True
    assert stored(either, job_id) is None


def test_what_is_abandoned_is_buried_and_may_be_tried_again(either, kind):
    """By an operator's wish, as if for the first time."""
    job_id = leave(either, kind)
    jobs(either, {kind: raises(Abandon("never"))}).do_one()
    assert dead(either)[job_id] == "never"
    tenant = either.product.directory.tenant("aoba")
    letters = DeadLetters(store=either.product.store, directory=either.product.directory, now=either.clock)
    assert letters.retry(tenant, bytes(16)) is False
    assert letters.retry(tenant, job_id) is True
    assert letters.retry(tenant, job_id) is False
    assert jobs(either, {kind: Does()}).do_one() is True
    assert stored(either, job_id) is None


def test_a_defect_is_not_tried_for_ever(either, kind):
    """Buried after a bounded number of attempts, by the error's type."""
    job_id = leave(either, kind, lives_seconds=100_000)
    doing = jobs(either, {kind: raises(KeyError("personal"))})
    attempts = 0
    while job_id not in dead(either):
        attempts += doing.do_one()
        pass_time(either, 3601)
    assert (attempts, dead(either)[job_id]) == (MAX_FAULTS, "KeyError")


def test_a_job_that_kills_its_worker_is_not_tried_for_ever(either, kind):
    """A worker that dies says nothing: its lease runs out, and the next claim counts on."""
    job_id = leave(either, kind, lives_seconds=100_000)
    for _ in range(MAX_FAULTS):
        now = int(either.clock().timestamp())
        with either.product.store.for_tenant("aoba").write() as tx:
            lease = secrets.token_bytes(16)
            assert rows.claim(tx, now=now, lease=lease, lease_until=now + 60, kinds=[kind], limit=1)
        pass_time(either, 61)
    handler = Does()
    assert jobs(either, {kind: handler}).do_one() is True
    assert handler.seen == []
    assert "died" in dead(either)[job_id]


def test_what_was_not_done_in_time_is_buried(either, kind):
    """Past its end it is not even tried; and a pause that would lead past the end is none."""
    late = leave(either, kind, lives_seconds=60)
    pass_time(either, 61)
    handler = Does()
    assert jobs(either, {kind: handler}).do_one() is True
    assert (handler.seen, dead(either)[late]) == ([], "expired")
    last = leave(either, kind, lives_seconds=60)
    jobs(either, {kind: raises(Postpone(300, "closed"))}).do_one()
    assert dead(either)[last] == "expired; at last: closed"


class HasLastWord(Does):
    """A handler that writes another job down when one of its own is given up."""

    def given_up(self, tx, tenant, payload, problem):
        """See LastWord."""
        word = {**payload, "problem": problem}
        Outbox(self.now, secrets.token_bytes).put(tx, tenant.keys, self.other, word, lives_seconds=3600)


def test_a_handler_has_the_last_word_on_what_is_given_up(either, kind):
    """Abandoned or too late, in the transaction that buries it; never on an altered payload or a done job."""
    handler, heard = HasLastWord(raises(Abandon("hopeless")).what), Does()
    handler.now, handler.other = either.clock, secrets.token_hex(8)
    leave(either, kind, {"n": 1})
    assert jobs(either, {kind: handler}).do_one()
    leave(either, kind, {"n": 2}, lives_seconds=10)
    pass_time(either, 11)
    assert jobs(either, {kind: handler}).do_one()
    handler.what = lambda _tenant, _job: None
    leave(either, kind, {"n": 3})
    altered = leave(either, kind, {"n": 4}, lives_seconds=10)
    with either.product.store.for_tenant("aoba").write() as tx:
        mine = (schema.outbox.c.tenant_id == "aoba", schema.outbox.c.job_id == altered)
        tx.connection.execute(schema.outbox.update().where(*mine).values(sealed_payload=bytes(64)))
    while jobs(either, {kind: handler}).do_one():
        pass
    assert altered in dead(either)
    while jobs(either, {handler.other: heard}).do_one():
        pass
    told = sorted((payload["n"], payload["problem"]) for _, payload in heard.seen)
    assert told == [(1, "hopeless"), (2, "expired")]


def test_dead_letters_are_forgotten_after_a_month(either, kind):
    """Not those that are younger, and nothing that waits."""
    buried, waiting = leave(either, kind), leave(either, f"{kind}-later")
    jobs(either, {kind: raises(Abandon("never"))}).do_one()
    letters = DeadLetters(store=either.product.store, directory=either.product.directory, now=either.clock)
    letters.forget()
    assert buried in dead(either)
    pass_time(either, KEPT_SECONDS + 1)
    assert letters.forget() >= 1
    assert dead(either) == {}
    assert stored(either, waiting) is not None


def test_waiting_is_no_fault(either, kind):
    """A job that waited for days is still tried after its worker died once: only faults in a row bury it."""
    job_id = leave(either, kind, lives_seconds=1_000_000)
    waiting = jobs(either, {kind: raises(Postpone(1))})
    for _ in range(2 * MAX_FAULTS):
        waiting.do_one()
        pass_time(either, 10)
    now = int(either.clock().timestamp())
    with either.product.store.for_tenant("aoba").write() as tx:
        dying = secrets.token_bytes(16)
        rows.claim(tx, now=now, lease=dying, lease_until=now + 60, kinds=[kind], limit=1)
    pass_time(either, 61)
    assert stored(either, job_id).faults == 0
    assert jobs(either, {kind: Does()}).do_one() is True
    assert (stored(either, job_id), job_id in dead(either)) == (None, False)
