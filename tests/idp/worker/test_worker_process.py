"""`idp worker` as a process: killed in the middle of a job, asked to end, run twice."""

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from components.events import SUB, delivery, emit, read
from components.jobs import dead, jobs, pass_time
from components.peer import Peer, answer
from components.postgres import Postgres
from components.process import Server, plain_environment
from components.town import town

from idp.store import schema
from idp.worker.jobs import LEASE_SECONDS

IDP = Path(sys.executable).with_name("idp")
DEADLINE = 90
ACCEPTED = [answer("202 Accepted")]


class Held:
    """A receiver that keeps whoever asks waiting, until it is let go."""

    def __init__(self):
        self.asked, self.let_go = threading.Event(), threading.Event()

    def __call__(self, _request):
        self.asked.set()
        self.let_go.wait(DEADLINE)
        yield from ACCEPTED


@pytest.fixture(scope="module")
def on_postgres(tmp_path_factory, founded_world):
    """A town on PostgreSQL, for several workers."""
    folder = tmp_path_factory.mktemp("town")
    with Postgres() as server:
        database = server.database()
        environment = {
            **database.environment,
            "IDP_CRL_DIRECTORY": str(folder / "lists"),
            "IDP_CLOCK_FILE": str(folder / "clock"),
            "IDP_EVENT_DELAY_SECONDS": "0",
        }
        with town(folder, founded_world, environment=environment, owner_url=database.owner_url) as made:
            yield made


@pytest.fixture
def worker(on_postgres, tmp_path):
    """Start `idp worker` in a process of its own: `worker(name)`; its log is NAME.log."""
    started = []

    def start(name, **more):
        environment = plain_environment(**on_postgres.environment, **more)
        server = Server([IDP, "worker"], tmp_path / f"{name}.log", env=environment)
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


def once(made):
    """`idp worker --once --json`: how many jobs it did."""
    environment = plain_environment(**made.environment)
    ran = subprocess.run(
        [IDP, "worker", "--once", "--json"], env=environment, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)["jobs"]


def outbox(made):
    """The rows that are left."""
    with made.product.store.for_tenant("aoba").read() as tx:
        return tx.connection.execute(schema.outbox.select()).all()


def test_a_worker_killed_in_the_middle_of_a_job_loses_nothing(on_postgres, worker):
    """Another takes the job after the lease and not before; the service gets the same token again."""
    held, second = Held(), jobs(on_postgres, delivery(on_postgres))
    with Peer(held) as receiver:
        service = on_postgres.register("aoba", "killed", event_endpoint=f"{receiver.origin}/events")
        first = worker("first")
        emit(on_postgres, service)
        first.wait_until(held.asked.is_set, DEADLINE)
        first.kill()
        held.let_go.set()
        assert second.do_one() is False
        (row,) = outbox(on_postgres)
        assert (row.state, row.attempts, len(receiver.requests)) == ("waiting", 1, 1)
        pass_time(on_postgres, LEASE_SECONDS + 1)
        assert [second.do_one(), second.do_one()] == [True, False]
    assert outbox(on_postgres) == []
    one, other = (request.body for request in receiver.requests)
    assert one == other
    assert read(on_postgres, one, service)[1]["sub_id"]["sub"] == SUB


def test_two_workers_share_the_work_and_end_when_they_are_asked(on_postgres, worker, tmp_path):
    """Every event arrives once, whoever took it. After SIGTERM the job in hand is still finished: exit code 0."""
    total, seen, held, all_there = 30, [], Held(), threading.Event()

    def reply(request):
        if len(seen) == total:
            return held(request)
        seen.append(request.body)
        if len(seen) == total:
            all_there.set()
        return ACCEPTED

    with Peer(reply) as receiver:
        service = on_postgres.register("aoba", "shared", event_endpoint=f"{receiver.origin}/events")
        for _ in range(total):
            emit(on_postgres, service)
        sockets = [tmp_path / f"{name}.sock" for name in ("one", "other")]
        one, other = (worker(path.stem, IDP_WORKER_SOCKET=str(path)) for path in sockets)
        one.wait_until(all_there.is_set, DEADLINE)
        one.wait_until(lambda: outbox(on_postgres) == [], DEADLINE)
        emit(on_postgres, service)
        one.wait_until(held.asked.is_set, DEADLINE)
        healthy = dict.fromkeys(("worker", "database", "keys"), "ok")
        other.wait_until(sockets[1].exists, DEADLINE)  # the first may have done all before the second was there
        for path in sockets:
            assert ask(path) == {"status": "ok", "checks": healthy}
        for process in (one, other):
            process.tell(signal.SIGTERM)
        held.let_go.set()
        assert [process.exit_code(DEADLINE) for process in (one, other)] == [0, 0]
    assert len(seen) == len(set(seen)) == total
    assert (outbox(on_postgres), dead(on_postgres)) == ([], {})
    logs = (tmp_path / "one.log").read_text() + (tmp_path / "other.log").read_text()
    assert logs.count("event.delivered") == total + 1
    assert SUB not in logs
    assert "Traceback" not in logs


def test_on_sqlite_without_a_server_the_command_works_alone(tmp_path, founded_world):
    """What is due is done."""
    with (
        town(tmp_path, founded_world, environment={"IDP_EVENT_DELAY_SECONDS": "0"}) as made,
        Peer(lambda _: ACCEPTED) as receiver,
    ):
        service = made.register("aoba", "notes", event_endpoint=f"{receiver.origin}/events")
        emit(made, service)
        assert once(made) == 1
        assert made.rows("outbox") == 0
        assert [request.line for request in receiver.requests] == ["POST /events HTTP/1.1"]


def ask(path):
    """What the management socket says of the worker."""
    from idp.cli.server import _ask

    return _ask(path)[1]


def test_a_worker_that_is_told_many_times_to_end_ends(on_postgres, worker, tmp_path):
    """A signal that comes while the one before it is handled leaves nothing waiting for itself."""
    socket = tmp_path / "worker.sock"
    running = worker("told", IDP_WORKER_SOCKET=str(socket))
    running.wait_until(socket.exists, DEADLINE)
    running.tell_many_times()
    assert running.exit_code() == 0
