"""kill -9 in the middle of a rotation, over PostgreSQL: everything was done, or nothing."""

import sys
from pathlib import Path

import pytest
from components.process import Server, plain_environment
from components.signing_ring import kids, published, with_next
from components.town import town
from sqlalchemy import text

from idp.store.engine import open_store

IDP = Path(sys.executable).with_name("idp")
WAITING = text(
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'audit_entry'::regclass "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@pytest.fixture
def kept(tmp_path, founded_world, postgres):
    """A town over PostgreSQL that commands find, and its database as the owner."""
    database = postgres.database()
    environment = {**database.environment, "IDP_CLOCK_FILE": str(tmp_path / "clock")}
    owner = open_store(database.owner_url)
    with town(tmp_path, founded_world, environment=environment, owner_url=database.owner_url) as made:
        yield with_next(made), owner
    owner.engine.dispose()


def rotating(made, log, *more):
    """`idp keys rotate` in a process of its own."""
    command = [IDP, "keys", "rotate", "--tenant", "aoba", *more]
    return Server(command, log, env=plain_environment(**made.environment))


@pytest.mark.parametrize("more", [(), ("--now", "--compromised")], ids=["ordinary", "emergency"])
def test_a_killed_rotation_has_done_nothing_and_can_be_done_again(kept, tmp_path, more):
    """Killed when the keys are written and their audit entry is not: the ring is as it was, and logins go on."""
    made, owner = kept
    before, coming, set_before = kids(made, "current"), kids(made, "next"), published(made)
    with owner.engine.connect() as connection, connection.begin():
        connection.execute(text("LOCK TABLE audit_entry IN ACCESS EXCLUSIVE MODE"))
        begun = rotating(made, tmp_path / "killed.log", *more)
        begun.wait_until(lambda: connection.execute(WAITING).scalar_one() > 0)
        begun.kill()
    made.product.directory.refresh()
    assert (kids(made, "current"), published(made)) == (before, set_before)
    assert made.sign_in(made.library)["sub"]
    again = rotating(made, tmp_path / "again.log", *more)
    assert again.exit_code(60) == 0, (tmp_path / "again.log").read_text()
    made.product.directory.refresh()
    assert kids(made, "current") == coming
    assert kids(made, "retired") == (set() if more else set(before.values()))
    assert made.sign_in(made.library)["sub"]
