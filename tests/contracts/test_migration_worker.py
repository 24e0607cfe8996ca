"""A migration in processes of their own over PostgreSQL: killed in the middle, two at once."""

import sys
import time
from pathlib import Path

import pytest
from components.jobs import pass_time
from components.migrating import Kit, settle_people
from components.postgres import Postgres
from components.process import Server, plain_environment
from components.scale import against, scaled
from components.town import town
from components.virtual_reader import await_condition
from sqlalchemy import text

from idp.continuity.sweep import KNOWN_SECONDS
from idp.store import schema
from idp.worker.jobs import LEASE_SECONDS

IDP = Path(sys.executable).with_name("idp")
DEADLINE = scaled(120, 1800)
TOTAL = scaled(4_000, 100_000)
OPEN = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
)
LIVE, OLD = schema.pair.c.state == "live", schema.pair.c.key_version == 1


@pytest.fixture
def kit(tmp_path, founded_world):
    """A town on PostgreSQL with some thousand residents of its library, whose key has been rotated."""
    with Postgres() as server:
        database = server.database()
        environment = {**database.environment, "IDP_CLOCK_FILE": str(tmp_path / "clock")}
        with town(tmp_path, founded_world, environment=environment, owner_url=database.owner_url) as made:
            kit = Kit(made)
            settle_people(kit, made.library, TOTAL)
            kit.rotate()
            yield kit


@pytest.fixture
def worker(kit, tmp_path):
    """Start `idp worker` (or other words) in a process of its own: `worker(name)`; its log is NAME.log."""
    started = []

    def start(name, *words):
        server = Server(
            [IDP, *(words or ("worker",))], tmp_path / f"{name}.log", env=plain_environment(**kit.town.environment)
        )
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


def moved(kit):
    """How many grants have moved."""
    return kit.count(schema.moved_grant)


def at_rest(kit):
    """Whether nobody else's transaction is open: PostgreSQL ends what the killed one had sent, a COMMIT too."""
    with kit.town.product.store.read_platform() as connection:
        return connection.execute(OPEN).scalar_one() == 0


def whole(kit):
    """Everybody has exactly one live number and one grant, on a pair that lives."""
    grants = kit.count(schema.grant)
    return (kit.count(schema.pair, LIVE), grants) == (TOTAL, TOTAL)


def test_a_worker_killed_in_the_middle_costs_one_part(kit, worker):
    """kill -9 between two commits: nobody is between two numbers; the next worker goes on where it was."""
    migration = kit.start(kit.compromise(kit.town.library.sector_id))
    pass_time(kit.town, 2 * KNOWN_SECONDS)
    first, began = worker("first"), time.monotonic()
    first.wait_until(lambda: moved(kit) > 0, DEADLINE)
    first.kill()
    await_condition(lambda: at_rest(kit))
    then = moved(kit)
    assert 0 < then < TOTAL
    assert whole(kit)
    assert kit.count(schema.pair, LIVE, OLD) == TOTAL - then
    pass_time(kit.town, LEASE_SECONDS + 1)
    second = worker("second")
    second.wait_until(lambda: moved(kit) == TOTAL, DEADLINE)
    seconds = time.monotonic() - began
    against(f"{TOTAL} residents re-keyed, killed after {then} and gone on with", seconds, DEADLINE, "s")
    second.wait_until(lambda: kit.state(migration) == "open", DEADLINE)
    assert whole(kit)
    assert (kit.count(schema.pair, LIVE, OLD), kit.count(schema.pair)) == (0, 2 * TOTAL)
    (progress,) = kit.migrations.status(kit.tenant(), migration)[1]
    assert (progress.moved, progress.told, progress.left) == (TOTAL, 0, 0)


def test_two_jobs_of_one_migration_do_each_part_once(kit, worker, tmp_path):
    """`resume` beside a job that is alive does no harm: what is counted is what moved, and told to who follows."""
    migration = kit.start(kit.compromise(kit.town.library.sector_id))
    words = ["ppid", "migrate", "status", migration, "--tenant", "aoba", "--follow", "--json"]
    follower, told = worker("followed", *words), tmp_path / "followed.log"
    follower.wait_until(lambda: f"numbers changed: 0 of {TOTAL}" in told.read_text())
    kit.migrations.resume(kit.tenant(), migration)
    pass_time(kit.town, 2 * KNOWN_SECONDS)
    one, _ = worker("one"), worker("other")
    one.wait_until(lambda: moved(kit) == TOTAL, DEADLINE)
    one.wait_until(lambda: kit.state(migration) == "open", DEADLINE)
    assert whole(kit)
    assert kit.migrations.status(kit.tenant(), migration)[0].moved == TOTAL
    assert follower.exit_code() == 0
    assert f'"changed": {TOTAL}' in told.read_text()
