"""Statements that are sent past SQLAlchemy: the same rows and the same errors, on a real PostgreSQL."""

import secrets
from contextlib import ExitStack, suppress
from datetime import UTC, date, datetime
from threading import Thread

import pytest
from components.postgres import Postgres
from components.town import town
from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import DataError, IntegrityError, PendingRollbackError, ProgrammingError

from idp.store import schema
from idp.store.engine import WriteConflict

_m = schema.meter
ADD = insert(_m)
FIND = select(_m).where(_m.c.tenant_id == bindparam("tenant"), _m.c.entry_id == bindparam("entry"))
AT_ONCE = 4
"""As many connections as the pool keeps."""


@pytest.fixture(scope="module")
def served(tmp_path_factory, founded_world):
    """(The database server, the store of a town on it)."""
    with Postgres() as server:
        database = server.database()
        folder = tmp_path_factory.mktemp("prepared")
        options = {"environment": database.environment, "owner_url": database.owner_url}
        with town(folder, founded_world, **options) as made:
            yield server, made.product.store


def row(**changes):
    """A row with text, bytes, a date, truth and a number."""
    usual = {"day": date(2026, 11, 26), "client_id": "c'ä見\\", "kind": "user", "purpose": "login"}
    return {
        **{"tenant_id": "aoba", "entry_id": secrets.token_bytes(16), **usual, "method": "ocsp"},
        **{"remembered": False, "answered": True, "count": 2**40, **changes},
    }


def write(store, *rows, tenant="aoba"):
    """Several rows in one transaction."""
    with store.for_tenant(tenant).write() as tx:
        assert [tx.run(ADD, written).rowcount for written in rows] == [1] * len(rows)


def write_unseen(store, *rows, then=None):
    """The same without asking what became of them; `then` is raised at the end."""
    with store.for_tenant("aoba").write() as tx:
        for written in rows:
            tx.run(ADD, written)
        if then is not None:
            raise then


def find(store, written, tenant="aoba"):
    """The row of that id that a tenant's transaction finds."""
    with store.for_tenant(tenant).read() as tx:
        return tx.run(FIND, {"tenant": "aoba", "entry": written["entry_id"]}).first()


def test_rows_are_what_they_were(served):
    """Written the short way, read either way: the same values of the same types, columns by name."""
    written = row()
    write(served[1], written)
    asked = {"tenant": "aoba", "entry": written["entry_id"]}
    with served[1].for_tenant("aoba").read() as tx:
        found = tx.run(FIND, asked).first()
        assert found._asdict() == tx.connection.execute(FIND, asked).mappings().one() == written
    assert find(served[1], row()) is None


@pytest.mark.parametrize(
    "edge",
    [
        {"day": date(1999, 12, 31), "count": -(2**63)},
        {"day": date.max, "count": 2**63 - 1, "client_id": ""},
        {"day": date.min, "remembered": True, "answered": False, "client_id": "𠮷" * 64},
    ],
)
def test_values_at_their_edges_are_what_they_were(served, edge):
    """The first and last of each kind, and a day before the one from which PostgreSQL counts."""
    written = row(**edge)
    write(served[1], written)
    with served[1].for_tenant("aoba").read() as tx:
        asked = {"tenant": "aoba", "entry": written["entry_id"]}
        assert tx.connection.execute(FIND, asked).mappings().one() == written


def test_row_security_holds_for_them(served):
    """A tenant's transaction neither sees nor writes another's rows, whatever the statement says."""
    written = row()
    write(served[1], written)
    assert find(served[1], written, "wakaba") is None
    with pytest.raises(ProgrammingError):
        write(served[1], row(), tenant="wakaba")


def test_errors_are_those_of_the_store(served):
    """A key that is there is a conflict; text that PostgreSQL cannot hold is refused, not cut off."""
    written, other = row(), row()
    write(served[1], written)
    for refused, error in ((written, WriteConflict), (row(client_id="cut\0off"), DataError)):
        with pytest.raises(error):
            write(served[1], other, refused)
        assert find(served[1], other) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": b"bytes"},
        {"entry_id": "text"},
        {"entry_id": 16},
        {"count": 1.5},
        {"count": 2**63},
        {"day": datetime(2026, 11, 26, tzinfo=UTC)},
        {"answered": "no"},
    ],
)
def test_a_value_of_another_kind_than_its_column_is_not_sent(served, wrong):
    """Bytes read as text, or text as bytes, would be other ones: refused before anything is sent."""
    other = row()
    with pytest.raises(TypeError, match="that its column cannot hold"):
        write(served[1], other, row(**wrong))
    assert find(served[1], other) is None


def test_a_parameter_of_no_type_is_not_sent(served):
    """Nobody could say how: a statement is written with types before it ever runs."""
    with pytest.raises(LookupError), served[1].for_tenant("aoba").read() as tx:
        tx.run(select(bindparam("anything")), {"anything": "text"})


def test_a_connection_keeps_no_row_that_was_read(served):
    """It lies in a pool for hours; whoever signed in last is in none of its objects."""
    written = row(client_id="kept by nobody")
    write(served[1], written)
    with served[1].for_tenant("aoba").read() as tx:
        assert tx.run(FIND, {"tenant": "aoba", "entry": written["entry_id"]}).first()
        assert tx.link.reader.pgresult is None


def test_no_error_tells_a_value(served):
    """Neither its text nor what it comes from."""
    with pytest.raises(DataError) as caught:
        write(served[1], row(client_id="nobody reads this\0"))
    assert "nobody reads this" not in f"{caught.value!s} {caught.value!r} {caught.value.__cause__!r}"


def test_connections_that_died_are_replaced_unseen(served):
    """After a restart of the server every kept connection is dead: the next transactions do not notice."""
    server, store = served
    with ExitStack() as stack:
        for _ in range(AT_ONCE):
            stack.enter_context(store.for_tenant("aoba").read()).run(FIND, {"tenant": "aoba", "entry": bytes(16)})
    server.crash()
    server.start()
    for _ in range(AT_ONCE + 1):
        write(store, row())


def test_many_statements_go_in_one_flight(served):
    """What waits is sent in order when somebody asks: the same statement twice, on a connection new to both."""
    with ExitStack() as stack:
        for _ in range(AT_ONCE):  # so that the next connection has prepared nothing yet
            assert not stack.enter_context(served[1].for_tenant("aoba").read()).connection.closed
        with served[1].for_tenant("aoba").write() as tx:
            written = [row(), row()]
            ran = [tx.run(ADD, one) for one in written]
            found = tx.run(FIND, {"tenant": "aoba", "entry": written[1]["entry_id"]}).first()
            assert ([one.rowcount for one in ran], found.entry_id) == ([1, 1], written[1]["entry_id"])


def test_a_flight_may_be_longer_than_the_system_takes_at_once(served):
    """What it does not take is sent when it does: else the server waited for that, and we for the server."""
    looked_for = {"tenant": "aoba", "entry": bytes(2**25)}
    found = []

    def look():
        with served[1].for_tenant("aoba").read() as tx:
            found.append(tx.run(FIND, looked_for).first())

    looking = Thread(target=look, daemon=True)
    looking.start()
    looking.join(timeout=60)
    assert found == [None]


def test_what_waits_comes_before_what_is_sent_at_once(served):
    """A statement of SQLAlchemy's own sees what the transaction has let wait before it."""
    written = row()
    with served[1].for_tenant("aoba").write() as tx:
        tx.run(ADD, written)
        asked = {"tenant": "aoba", "entry": written["entry_id"]}
        assert tx.connection.execute(FIND, asked).mappings().one() == written


def test_a_statement_that_failed_unseen_fails_its_transaction(served):
    """Nobody asks what the second one gave: the end of the transaction tells, and nothing is written."""
    written, other = row(), row()
    write(served[1], written)
    with pytest.raises(WriteConflict):
        write_unseen(served[1], other, written)
    assert find(served[1], other) is None


def test_what_waits_is_dropped_with_its_transaction(served):
    """An exception in the block, before anything was sent: the connection's next transaction begins clean."""
    written = row()
    with pytest.raises(LookupError):
        write_unseen(served[1], written, then=LookupError())
    write(served[1], row())
    assert find(served[1], written) is None


def go_on_after_an_error(store, lost, kept, go_on):
    """A caller that swallows what its second statement says."""
    with store.for_tenant("aoba").write() as tx:
        tx.run(ADD, lost)
        with suppress(IntegrityError):
            assert tx.run(ADD, kept).rowcount
        go_on(tx)


@pytest.mark.parametrize("go_on", [lambda tx: tx.run(ADD, row()), lambda _tx: None])
def test_nothing_of_a_transaction_whose_error_was_swallowed_counts(served, go_on):
    """Whoever goes on after a failure is stopped at the next statement, or at the end at the latest."""
    lost, kept = row(), row()
    write(served[1], kept)
    with pytest.raises(PendingRollbackError):
        go_on_after_an_error(served[1], lost, kept, go_on)
    assert find(served[1], lost) is None


def test_nobody_asks_a_transaction_that_has_ended(served):
    """Its connection may be another's by then, whose statements are not to be sent early."""
    asked = []
    with suppress(KeyError), served[1].for_tenant("aoba").write() as tx:
        asked.append(tx.run(ADD, row()))
        raise KeyError
    with pytest.raises(PendingRollbackError):
        assert asked[0].rowcount


def test_nobody_reads_a_row_of_a_transaction_that_has_ended(served):
    """Whoever has its connection by then reads rows by the same reader."""
    with served[1].for_tenant("aoba").read() as tx:
        found = tx.run(FIND, {"tenant": "aoba", "entry": row()["entry_id"]})
        assert found.first() is None
    with pytest.raises(PendingRollbackError):
        found.first()
