"""What is written goes to the database in one flight, and each statement says what it means when it is refused."""

import secrets
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from components.postgres import Postgres
from components.relay import Relay
from components.town import town
from sqlalchemy import Integer, bindparam, column, func, insert, select, table
from sqlalchemy.exc import PendingRollbackError

from idp.store import schema
from idp.store.engine import DatabaseUnavailable, WriteConflict

_p, _o = schema.code_redemption, schema.one_time_value
SPEND = insert(_p)
SPEND_ELSEWHERE = insert(_o)
SPEND_FOUND = insert(_p).values(
    expires_at=select(_p.c.expires_at).where(_p.c.code_digest == bindparam("found")).scalar_subquery()
)
SPENT = select(func.count()).select_from(_p)


class Taken(WriteConflict):
    """What the tests say of a statement."""


@pytest.fixture(scope="module")
def server():
    """A PostgreSQL."""
    with Postgres() as running:
        yield running


@contextmanager
def served(server, folder, founded):
    """A town on a database of its own."""
    database = server.database()
    with town(folder, founded, environment=database.environment, owner_url=database.owner_url) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path, founded_world):
    """The store of a town on one of the two databases."""
    if request.param == "sqlite":
        with town(tmp_path, founded_world) as made:
            yield made.product.store
        return
    with served(request.getfixturevalue("server"), tmp_path, founded_world) as made:
        yield made.product.store


def code():
    """A row of a code that nobody has spent."""
    return {"tenant_id": "aoba", "code_digest": secrets.token_bytes(32), "expires_at": 1, "spent_ms": 0}


def value():
    """A row of another table whose key may be taken as well."""
    return {"tenant_id": "aoba", "purpose": "test", "digest": secrets.token_bytes(32), "expires_at": 1}


def write(store, *statements):
    """Let statements with their values, and what they mean when refused, be written in one transaction."""
    with store.for_tenant("aoba").write() as tx:
        for statement, given, unless in statements:
            tx.run(statement, given, unless=unless)


def spent(store):
    """How many codes are spent."""
    with store.for_tenant("aoba").read() as tx:
        return tx.connection.execute(SPENT).scalar_one()


def test_a_key_that_is_taken_is_what_the_statement_says(store):
    """And nothing is written: neither what came before in the block, nor what came after."""
    taken = code()
    write(store, (SPEND, taken, Taken))
    with pytest.raises(Taken):
        write(store, (SPEND, code(), None), (SPEND, taken, Taken), (SPEND, code(), None))
    assert spent(store) == 1


def test_what_is_looked_up_and_missing_is_what_the_statement_says(store):
    """A column that may not be NULL, and a row that is not there to be looked up."""
    there = code()
    write(store, (SPEND, there, None))
    found = code() | {"found": there["code_digest"]}
    missing = code() | {"found": bytes(32)}
    for row in (found, missing):
        del row["expires_at"]
    write(store, (SPEND_FOUND, found, Taken))
    with pytest.raises(Taken):
        write(store, (SPEND, code(), None), (SPEND_FOUND, missing, Taken))
    assert spent(store) == 2


@pytest.mark.parametrize("first", [True, False])
def test_no_statement_speaks_for_another(store, first):
    """The error is of the statement that was refused, whichever of the block it is."""
    taken = value()
    write(store, (SPEND_ELSEWHERE, taken, None))
    refused, fresh = (SPEND_ELSEWHERE, taken, None), (SPEND, code(), Taken)
    with pytest.raises(WriteConflict) as caught:
        write(store, *((refused, fresh) if first else (fresh, refused)))
    assert type(caught.value) is WriteConflict
    assert spent(store) == 0


def test_no_other_refusal_is_taken_for_it(store):
    """A row that refers to a tenant that is not there: neither its key is taken nor is something missing in it."""
    with pytest.raises(WriteConflict) as caught, store.for_tenant("nowhere").write() as tx:
        tx.run(SPEND, code() | {"tenant_id": "nowhere"}, unless=Taken)
    assert type(caught.value) is WriteConflict


def swallow(store, refused, kept):
    """A caller that goes on after the error."""
    with store.for_tenant("aoba").write() as tx:
        tx.run(SPEND, kept)
        tx.run(SPEND, refused, unless=Taken)
        with pytest.raises(Taken):
            tx.connection.execute(SPENT)


def test_an_error_that_was_swallowed_is_not_committed(server, tmp_path, founded_world):
    """On PostgreSQL, where a COMMIT after a failure writes nothing and says so quietly."""
    with served(server, tmp_path, founded_world) as made:
        store, refused = made.product.store, code()
        write(store, (SPEND, refused, None))
        with pytest.raises(PendingRollbackError):
            swallow(store, refused, code())
        assert spent(store) == 1


def test_what_fails_as_late_as_the_commit_is_told(server, tmp_path, founded_world):
    """A constraint that PostgreSQL looks at only then: nothing was written, and nobody takes it for written."""
    with served(server, tmp_path, founded_world) as made:
        made.change("CREATE TABLE late (id integer UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        store, add = made.product.store, insert(table("late", column("id", Integer)))
        write(store, (add, {"id": 1}, None))
        with pytest.raises(WriteConflict):
            write(store, (SPEND, code(), None), (add, {"id": 1}, None))
        assert spent(store) == 0
        write(store, (add, {"id": 2}, None))


def test_what_ends_the_connection_as_late_as_the_commit_is_told(server, tmp_path, founded_world):
    """All statements had answers by then; but nothing was written, and the next transaction goes on."""
    with served(server, tmp_path, founded_world) as made:
        made.change("CREATE TABLE late (id integer)")
        made.change("""CREATE FUNCTION end_it() RETURNS trigger LANGUAGE plpgsql AS
                       $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$""")
        made.change("""CREATE CONSTRAINT TRIGGER ends AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED
                       FOR EACH ROW EXECUTE FUNCTION end_it()""")
        store, add = made.product.store, insert(table("late", column("id", Integer)))
        with pytest.raises(DatabaseUnavailable):
            write(store, (SPEND, code(), None), (add, {"id": 1}, None))
        assert spent(store) == 0
        write(store, (SPEND, code(), None))
        assert spent(store) == 1


def on_its_connection(store, asked):
    """What the next free connection answers outside of any transaction of the store's."""
    held = store.engine.pool.connect()
    try:
        return held.dbapi_connection.pgconn.exec_(asked).get_value(0, 0).decode()
    finally:
        held.close()


def test_a_whole_transaction_in_one_flight_says_neither_begin_nor_commit(server, tmp_path, founded_world):
    """Only where somebody asks before its end: then nothing of it is there for others until then."""
    prepared = b"SELECT count(*) FROM pg_prepared_statements WHERE statement IN ('BEGIN', 'COMMIT')"
    with served(server, tmp_path, founded_world) as made:
        store = made.product.store
        store.engine.dispose()
        write(store, (SPEND, code(), None), (SPEND_ELSEWHERE, value(), None))
        assert on_its_connection(store, prepared) == "0"
        with store.for_tenant("aoba").write() as tx:
            assert tx.run(SPEND, code()).rowcount == 1
            assert spent(store) == 1
            tx.run(SPEND, code())
        assert spent(store) == 3


def test_a_tenant_is_local_to_its_flight(server, tmp_path, founded_world):
    """The connection that wrote or read for one tenant knows none afterwards."""
    asked = b"SELECT coalesce(current_setting('app.tenant', true), '')"
    with served(server, tmp_path, founded_world) as made:
        store = made.product.store
        store.engine.dispose()
        write(store, (SPEND, code(), None))
        assert on_its_connection(store, asked) == ""
        with pytest.raises(Taken):
            write(store, (SPEND, row := code(), None), (SPEND, row, Taken))
        assert on_its_connection(store, asked) == ""


def test_a_refusal_leaves_no_value_in_the_servers_log(server, tmp_path, founded_world):
    """PostgreSQL writes down that a constraint was violated: by its name, without the key and the row."""
    with served(server, tmp_path, founded_world) as made:
        refused = code()
        write(made.product.store, (SPEND, refused, None))
        missing = code() | {"found": bytes(32)}
        del missing["expires_at"]
        for statement, given in ((SPEND, refused), (SPEND_FOUND, missing)):
            with pytest.raises(Taken):
                write(made.product.store, (statement, given, Taken))
    log = server.log.read_text()
    assert "pk_code_redemption" in log
    assert "violates not-null constraint" in log
    for row in (refused, missing):
        assert row["code_digest"].hex() not in log


def test_a_returning_login_takes_four_round_trips(server, tmp_path, founded_world):
    """One to find the certificate, one to write the proof, one to find the pair, one to write the redemption."""
    database, port = server.database(), urlsplit(server.superuser_dsn).port
    with Relay(port) as relay:
        url = database.environment["IDP_DATABASE_URL"].replace(f":{port}/", f":{relay.port}/")
        environment = {**database.environment, "IDP_DATABASE_URL": url}
        with town(tmp_path, founded_world, environment=environment, owner_url=database.owner_url) as made:
            made.sign_in(made.library)
            before = relay.round_trips
            made.sign_in(made.library)
            assert relay.round_trips - before == 4
